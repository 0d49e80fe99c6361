import io
import zipfile

import mido
import pytest

from workbench import formats
from workbench.core.errors import InvalidSetting, UnknownName, UnreadableFile
from workbench.core.score import Score, make_notes, quarters
from workbench.services import activity, importing, library

SCALE = Score(make_notes((quarters(i), quarters(1), 60 + i) for i in range(8)))
OTHER = Score(make_notes((quarters(i), quarters(1), 72 - i) for i in range(8)))


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def brought_in(workspace, sources, **options):
    job = importing.import_files(workspace, sources, **options)
    done = activity.finish(workspace, job)
    assert done.state == "done", done.details
    return {row.name: row for row in importing.report(workspace, job)}


def test_good_bad_and_double_files_of_one_import(workspace):
    midi = formats.encode(SCALE, ".mid")
    report = brought_in(
        workspace,
        [
            ("scale.mid", midi),
            ("copy.mid", midi),
            ("empty.mid", b""),
            ("half.mid", midi[: len(midi) // 2]),
            ("photo.mid", b"\x89PNG\r\n\x1a\n" + bytes(200)),
            ("silent.abc", b"X:1\nT:Silence\nK:C\nz4|\n"),
            ("disguised.abc", formats.encode(OTHER, ".mid")),
        ],
        collection="lesson 1",
    )
    outcomes = {name: row.outcome for name, row in report.items()}
    assert outcomes == {
        "scale.mid": "imported",
        "copy.mid": "duplicate",
        "empty.mid": "refused",
        "half.mid": "refused",
        "photo.mid": "refused",
        "silent.abc": "refused",
        "disguised.abc": "imported",  # what a file holds decides, not its name
    }
    for name, row in report.items():
        if row.outcome == "refused":
            assert row.reason.startswith(name), row.reason
            assert "Traceback" not in row.reason
    pieces, total = library.search(workspace, 'collection:"lesson 1"')
    assert total == 2
    assert {piece.title for piece in pieces} == {"scale", "disguised"}


def test_a_zip_is_opened_and_its_paths_lead_nowhere(workspace, tmp_path):
    midi = formats.encode(SCALE, ".mid")
    archive = zipped(**{"../../escape.mid": midi, "inside/other.abc": b"X:1\nK:G\nGABc|\n"})
    report = brought_in(workspace, [("school.zip", archive)])
    assert sorted(row.outcome for row in report.values()) == ["imported", "imported"]
    assert not list(tmp_path.rglob("escape.mid"))
    assert all(len(path.stem) == 64 for path in workspace.sources.iterdir())


def test_a_damaged_zip_is_refused_whole(workspace):
    with pytest.raises(UnreadableFile, match=r"school\.zip cannot be opened"):
        importing.import_files(workspace, [("school.zip", b"PK\x03\x04 and nothing more")])
    assert activity.current(workspace) == []


def test_a_zip_bomb_is_refused_before_it_is_unpacked(workspace):
    big = b"X:1\nK:C\n" + b"C" * 60_000_000
    bomb = zipped(**{f"{i}.abc": big for i in range(20)})
    assert len(bomb) < 5_000_000
    with pytest.raises(UnreadableFile, match="more than the workbench takes"):
        importing.import_files(workspace, [("bomb.zip", bomb)])


def test_importing_the_same_thing_twice_adds_nothing(workspace):
    source = [("scale.mid", formats.encode(SCALE, ".mid"))]
    brought_in(workspace, source)
    assert brought_in(workspace, source)["scale.mid"].outcome == "duplicate"
    assert library.search(workspace)[1] == 1


def test_a_collection_brings_its_licence_and_facts(filled):
    pieces, total = library.search(filled, "meter:6/8")
    assert 0 < total < 60
    for piece in pieces:
        assert piece.facts["meter"] == "6/8"
        assert piece.licence.shareable
        assert piece.collection == "ryans-mammoth"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Mood": "calm"}, "lower-case"),
        ({"key": "D"}, "fact"),
        ({"mood": " "}, "needs a value"),
        ({"mood": "x" * 500}, "200 characters"),
    ],
)
def test_bad_tags_are_refused_with_the_remedy(filled, changes, words):
    piece = library.search(filled, limit=1)[0][0]
    with pytest.raises(InvalidSetting, match=words):
        library.tag(filled, [piece.id], changes)
    assert library.piece(filled, piece.id).tags == {}


def test_tagging_an_unknown_piece_tags_none(filled):
    piece = library.search(filled, limit=1)[0][0]
    with pytest.raises(UnknownName):
        library.tag(filled, [piece.id, "ffffffff"], {"mood": "calm"})
    assert library.piece(filled, piece.id).tags == {}


def test_exported_pieces_are_read_by_another_library(filled, tmp_path):
    pieces, _ = library.search(filled, limit=3)
    paths = library.export(filled, [piece.id for piece in pieces], tmp_path / "out")
    assert len(paths) == 3
    for piece, path in zip(pieces, paths, strict=True):
        midi = mido.MidiFile(path)
        notes = [m for m in midi if m.type == "note_on" and m.velocity > 0]
        assert len(notes) == piece.facts["notes"]


def test_unknown_collections_and_empty_limits(workspace):
    with pytest.raises(UnknownName, match="ryans-mammoth"):
        importing.load_corpus(workspace, "ryans-mamoth")
    with pytest.raises(InvalidSetting):
        importing.load_corpus(workspace, "ryans-mammoth", limit=0)
