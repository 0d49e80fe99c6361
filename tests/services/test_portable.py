"""Datasets from one installation to another: the same fingerprint, and nothing harmful on the way."""

import json
import zipfile

import pytest
from sources.archives_made import spoiled_zip
from workspaces import copied

from workbench.core.augmentation import Augmentation
from workbench.core.errors import UnreadableFile
from workbench.core.packing import pack
from workbench.core.score import MAX_TICK, Score, make_notes
from workbench.services import activity, datasets, library, portable, tagging
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def made(loaded, tmp_path_factory):
    """A dataset with a tag and an augmentation, and its file."""
    filled = copied(loaded, tmp_path_factory.mktemp("made") / "home")
    some = [piece.id for piece in library.search(filled, "meter:6/8")[0]]
    tagging.tag(filled, some[:2], {"mood": "merry"})
    dataset = datasets.create(
        filled, "to go", query="meter:6/8", seed=2, note="for a friend", window_bars=16,
        augmentation=Augmentation(keys=("C major",), tempos=(1.1,)),
    )  # fmt: skip
    return dataset, portable.export(filled, "to go", tmp_path_factory.mktemp("out") / "to-go.zip")


def take(workspace, path):
    job = portable.take(workspace, path)
    done = activity.finish(workspace, job)
    return done, job


def test_another_installation_reads_it_to_the_same_fingerprint(made, workspace):
    dataset, path = made
    done, job = take(workspace, path)
    assert done.state == "done", done.details
    taken = portable.taken(workspace, job)
    assert (taken.fingerprint, taken.pieces, taken.splits) == (
        dataset.fingerprint, dataset.pieces, dataset.splits,
    )  # fmt: skip
    assert (taken.augmentation, taken.note, taken.window_bars) == (
        dataset.augmentation, dataset.note, dataset.window_bars,
    )  # fmt: skip
    assert taken.tags == dataset.tags != {}
    piece = library.piece(workspace, dataset.pieces[0])
    assert piece.facts["meter"] == "6/8"
    assert piece.licence.shareable
    assert datasets.licences_of(workspace, taken) == datasets.licences_of(workspace, dataset)
    # once more changes nothing, and it goes round
    take(workspace, path)
    assert [row["id"] for row in datasets.summaries(workspace)] == ["to go@1"]
    again = portable.export(workspace, "to go", path.with_name("again.zip"))
    other = open_workspace(workspace.home / "other")
    assert portable.taken(other, take(other, again)[1]).fingerprint == dataset.fingerprint


def test_pieces_that_are_there_keep_their_own_words(made, filled, tmp_path):
    dataset, path = made
    before = library.piece(filled, dataset.pieces[0])
    take(filled, path)
    assert library.piece(filled, dataset.pieces[0]) == before


def rewritten(path, target, change):
    """A copy of a dataset file whose members went through ``change(name, data)``; None leaves one out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return target


def other_split(name, data):
    return data.replace(b'"train"', b'"valid"', 1) if name == "pieces.jsonl" else data


def swapped_notes(name, data):
    return swapped_notes.first if name.startswith("scores/") else data


def lost_score(name, data):
    return None if name == lost_score.name else data


def climbing(name, data):
    return data.replace(climbing.id, b"../../../etc/pwd") if name == "pieces.jsonl" else data


def newer(name, data):
    return json.dumps(json.loads(data) | {"format": 2}) if name == "manifest.json" else data


def pickled(name, data):
    return b"\x80\x04\x95N." if name.startswith("scores/") else data


def bomb(name, data):
    return b" " * 6_000_000 if name == "manifest.json" else data


def fewer(name, data):
    return data.splitlines()[0] if name == "pieces.jsonl" else data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_split, "not what its fingerprint says"),
        (swapped_notes, "another piece's"),
        (lost_score, "missing"),
        (climbing, "is called"),
        (newer, "of format 2"),
        (pickled, "damaged"),
        (bomb, "too large"),
        (fewer, "missing"),
    ],
)
def test_a_file_that_was_tampered_with_leaves_no_trace(made, workspace, tmp_path, change, words):
    dataset, path = made
    with zipfile.ZipFile(path) as archive:
        swapped_notes.first = archive.read(f"scores/{dataset.pieces[0]}")
    lost_score.name = f"scores/{dataset.pieces[3]}"
    climbing.id = dataset.pieces[2].encode()
    bad = rewritten(path, tmp_path / "bad.zip", change)
    try:
        message = take(workspace, bad)[0].message
    except UnreadableFile as error:
        message = str(error)
    assert words in message
    assert library.search(workspace)[1] == 0
    assert datasets.summaries(workspace) == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", b"\x00" * 1000])
def test_what_is_no_dataset_file_is_refused(workspace, data):
    with pytest.raises(UnreadableFile, match="dataset file"):
        portable.take_bytes(workspace, data)


@pytest.mark.parametrize("how", ["name", "version"])
def test_what_zipfile_cannot_read_is_refused(made, workspace, how):
    with pytest.raises(UnreadableFile, match="dataset file"):
        portable.take_bytes(workspace, spoiled_zip(made[1].read_bytes(), how))


def test_damage_in_a_packing_of_another_kind_is_refused(made, workspace, tmp_path):
    packed = tmp_path / "packed.zip"
    with (
        zipfile.ZipFile(made[1]) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        place = new.getinfo("manifest.json").header_offset + len("manifest.json") + 80
    data = bytearray(packed.read_bytes())
    data[place : place + 40] = b"\xff" * 40
    with pytest.raises(UnreadableFile, match=r"dataset file.*manifest\.json"):
        portable.take_bytes(workspace, bytes(data))


def test_more_entries_than_a_dataset_may_have_are_refused_unread(workspace, tmp_path, monkeypatch):
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1000):
            archive.writestr(f"{number}", "")
    monkeypatch.setattr("workbench.core.portable._TABLE_BYTES", 10_000)
    with pytest.raises(UnreadableFile, match="lists more than"):
        portable.take(workspace, many)


def test_a_score_of_endless_bars_is_refused(made, workspace, tmp_path):
    endless = pack(Score(make_notes([(0, 10, 60), (MAX_TICK - 10, 10, 60)])))

    def change(name, data):
        return endless if name.startswith("scores/") else data

    assert len(endless) < 1000
    message = take(workspace, rewritten(made[1], tmp_path / "endless.zip", change))[0].message
    assert "more than the 20,000 the workbench takes" in message
    assert library.search(workspace)[1] == 0


def test_a_file_is_cut_short(made, workspace):
    data = made[1].read_bytes()
    for length in (len(data) // 3, len(data) - 30):
        with pytest.raises(UnreadableFile):
            portable.take_bytes(workspace, data[:length])
