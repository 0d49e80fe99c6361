"""Importing through the services, with real workers' code, real archives, and a real server."""

import csv
import errno
import io
import json
import time

import numpy as np
import pytest
import scipy.io
import soundfile
from sources.archives_made import tarred, zipped
from sources.range_server import serving

from workbench import formats
from workbench.core.errors import InvalidSetting, UnknownName, UnreadableFile
from workbench.core.score import Score, make_notes, quarters, transpose
from workbench.corpora import CORPORA
from workbench.jobs import intake
from workbench.services import activity, importing, library
from workbench.store import open_store

SCALE = Score(make_notes((quarters(i), quarters(1), 60 + i) for i in range(8)))
OTHER = Score(make_notes((quarters(i), quarters(1), 72 - i) for i in range(8)))
MIDI = formats.encode(SCALE, ".mid")
OPUS = b"X:1\nT:One\nK:C\nCDEF|\n\nX:2\nT:Two\nK:G\nGABc|\n\nX:3\nT:Three\nK:D\nDEFG|\n"


def tunes(count: int) -> dict[str, bytes]:
    """Real tunes as MIDI files."""
    corpus = CORPORA.get("ryans-mammoth")
    return {
        f"{member}.mid": formats.encode(corpus.read(member).score, ".mid")
        for member in corpus.members()[:count]
    }


def wav(seconds: float = 1.0) -> bytes:
    buffer = io.BytesIO()
    times = np.arange(int(22050 * seconds)) / 22050
    soundfile.write(buffer, 0.3 * np.sin(2 * np.pi * 440 * times), 22050, format="WAV")
    return buffer.getvalue()


def done(workspace, job):
    ended = activity.finish(workspace, job)
    assert ended.state == "done", ended.details
    return {row.name: row for row in importing.report(workspace, job)}


def brought_in(workspace, sources, **options):
    return done(workspace, importing.import_files(workspace, sources, **options))


def outcomes(report):
    return {name: row.outcome for name, row in report.items()}


def test_good_bad_and_double_files_of_one_import(workspace):
    report = brought_in(
        workspace,
        [
            ("scale.mid", MIDI),
            ("empty.mid", b""),
            ("half.mid", MIDI[:20]),
            ("photo.mid", b"\x89PNG\r\n\x1a\n" + bytes(200)),
            ("silent.abc", b"X:1\nT:Silence\nK:C\nz4|\n"),
            ("disguised.abc", formats.encode(OTHER, ".mid")),
        ],
        collection="lesson 1",
    )
    assert outcomes(report) == {
        "scale.mid": "imported",
        "empty.mid": "refused",
        "half.mid": "refused",
        "photo.mid": "refused",
        "silent.abc": "refused",
        "disguised.abc": "imported",  # what a file holds decides, not its name
    }
    for name, row in report.items():
        if row.outcome == "refused":
            assert row.reason.startswith(name) and row.remedy, row
            assert "Traceback" not in row.reason
    pieces, total = library.search(workspace, 'collection:"lesson 1"')
    assert total == 2
    assert {piece.title for piece in pieces} == {"scale", "disguised"}


def test_the_same_music_in_another_file_is_a_duplicate(workspace):
    brought_in(workspace, [("scale.mid", MIDI)])
    report = brought_in(
        workspace,
        [("scale.mid", MIDI), ("copy.mid", formats.encode(SCALE, ".mid", title="A title"))],
    )
    assert report["scale.mid"].reason == "This very file was imported before."
    assert report["copy.mid"].reason == "The same music is in the library already."
    assert outcomes(report) == {"scale.mid": "duplicate", "copy.mid": "duplicate"}
    assert library.search(workspace)[1] == 1


def test_of_music_in_two_files_the_first_is_kept_though_it_takes_longer_to_read(workspace):
    """Else one archive would give other titles, and so other families and splits, from day to day."""
    long = Score(make_notes((quarters(i), quarters(1), 48 + i * 7 % 36) for i in range(4000)))
    report = brought_in(
        workspace,
        [
            *((f"warm{number}.mid", data) for number, data in enumerate(tunes(4).values())),
            ("slow.musicxml", formats.encode(long, ".musicxml", title="The slow one")),
            ("quick.mid", formats.encode(long, ".mid")),
        ],
    )
    assert (report["slow.musicxml"].outcome, report["quick.mid"].outcome) == (
        "imported",
        "duplicate",
    )
    assert library.search(workspace, "notes:4000")[0][0].title == "The slow one"


@pytest.mark.parametrize(("name", "made"), [("school.zip", zipped), ("school.tar.gz", tarred)])
def test_an_archive_with_all_that_people_put_into_one(workspace, tmp_path, name, made):
    archive = made(
        {
            "../../escape.mid": MIDI,
            "inside/opus.abc": OPUS,
            "inside/readme.txt": b"hello",
            "again/escape.mid": MIDI + b"",
            "again/escape.mid ": b"",
            "nested.zip": zipped({"other.mid": formats.encode(OTHER, ".mid")}),
            "bad.mid": b"MThd no",
            "__MACOSX/inside/._opus.abc": b"\x00\x05\x16\x07",
            "inside/.DS_Store": b"x",
        }
    )
    report = brought_in(workspace, [(name, archive)])
    counts = importing.counts(workspace, importing.last_import(workspace).id)
    assert counts == {"imported": 3, "duplicate": 1, "refused": 1, "left out": 4}
    assert report[f"{name}/inside/opus.abc"].pieces == 3
    assert report[f"{name}/inside/readme.txt"].outcome == "left out"
    assert report[f"{name}/nested.zip/other.mid"].outcome == "imported"
    assert not list(tmp_path.rglob("escape*"))
    assert all(len(path.name.partition(".")[0]) == 64 for path in workspace.sources.iterdir())
    titles = {piece.title for piece in library.search(workspace)[0]}
    assert titles == {"escape", "One", "Two", "Three", "other"}


def test_a_damaged_archive_is_a_line_in_the_report(workspace):
    report = brought_in(
        workspace, [("school.zip", b"PK\x03\x04 and nothing more"), ("a.mid", MIDI)]
    )
    assert outcomes(report) == {"school.zip": "refused", "a.mid": "imported"}
    assert "cannot be opened as an archive" in report["school.zip"].reason


def test_a_zip_bomb_is_refused_before_it_is_unpacked(workspace):
    bomb = zipped({f"{i}.abc": b"X:1\nK:C\n" + b"C" * 60_000_000 for i in range(5)})
    started = time.monotonic()
    (row,) = brought_in(workspace, [("bomb.zip", bomb)]).values()
    assert row.outcome == "refused" and "more than the workbench takes" in row.reason
    assert time.monotonic() - started < 10


def test_an_empty_folder_and_an_empty_archive_are_explained(workspace, tmp_path):
    for name, made in (("empty.zip", zipped), ("empty.tar", lambda files: tarred(files, "w"))):
        (row,) = brought_in(workspace, [(name, made({}))]).values()
        assert row.outcome == "refused" and "is empty" in row.reason


def test_what_is_said_of_the_licence_goes_with_each_piece(workspace):
    brought_in(workspace, [("opus.abc", OPUS)], licence=importing.LICENCES["cc-by"])
    pieces, total = library.search(workspace)
    assert total == 3
    assert {piece.licence.name for piece in pieces} == {"CC BY 4.0"}
    assert all(piece.checksum and piece.source == "opus.abc" for piece in pieces)


@pytest.mark.long
def test_a_recording_is_kept_by_its_checksum(workspace):
    report = brought_in(workspace, [("tone.wav", wav()), ("broken.wav", wav()[:30])])
    assert outcomes(report) == {"tone.wav": "imported", "broken.wav": "refused"}
    (piece,) = library.search(workspace, "kind:recording")[0]
    assert (piece.kind, piece.title) == ("recording", "tone")
    assert abs(piece.facts["seconds"] - 1.0) < 0.01
    kept = workspace.sources / f"{piece.checksum}.wav"
    assert kept.read_bytes() == wav()
    with open_store(workspace) as store:
        assert store.pieces.recording(piece.id).sample_rate == 22050
    assert brought_in(workspace, [("again.wav", wav())])["again.wav"].outcome == "duplicate"


@pytest.mark.long
@pytest.mark.parametrize("name", ["recording", "tone.mp3 (1)", "take.final!"])
def test_a_recording_is_found_again_whatever_it_is_called(workspace, name):
    assert outcomes(brought_in(workspace, [(name, wav())])) == {name: "imported"}
    (piece,) = library.search(workspace, "kind:recording")[0]
    assert library.recording_file(workspace, piece).name == f"{piece.checksum}.wav"


def test_a_file_that_cannot_be_kept_leaves_nothing_behind(workspace, monkeypatch):
    def full(path, data):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        importing.store_file(workspace, "a.mid", b"MThd")
    assert list(workspace.sources.iterdir()) == []


def test_folders_are_walked_and_their_files_keep_their_place(workspace, tmp_path):
    folder = tmp_path / "music"
    (folder / "b").mkdir(parents=True)
    for name, data in tunes(3).items():
        (folder / "b" / name).write_bytes(data)
    (folder / "notes.txt").write_text("not music")
    report = done(workspace, importing.import_places(workspace, [folder]))
    assert importing.counts(workspace, importing.last_import(workspace).id) == {
        "imported": 3,
        "left out": 1,
    }
    assert all(name.startswith("b/") for name in report if name.endswith(".mid"))
    assert library.search(workspace, "collection:music")[1] == 3
    with pytest.raises(UnreadableFile, match="no file or folder"):
        importing.import_places(workspace, [tmp_path / "nothing"])


def test_an_address_is_fetched_imported_and_not_kept(workspace):
    with serving() as server:
        server.files["/tunes.zip"] = zipped(tunes(4))
        job = importing.import_places(workspace, [server.url + "/tunes.zip?token=secret"])
        report = done(workspace, job)
    assert set(outcomes(report).values()) == {"imported"} and len(report) == 4
    assert list((workspace.cache / "downloads").iterdir()) == []
    assert "secret" not in activity.job(workspace, job).title
    assert not any("secret" in row.reason + row.name for row in report.values())


def test_a_broken_line_fails_with_words_and_goes_on_later(workspace):
    with serving() as server:
        server.files["/tunes.zip"] = zipped(tunes(4))
        server.cut = 500
        job = importing.import_places(workspace, [server.url + "/tunes.zip"])
        assert "What has arrived is kept" in activity.finish(workspace, job).message
        server.cut = None
        importing.resume(workspace, job)
        assert len(done(workspace, job)) == 4
        assert server.asked[-1]["Range"] == "bytes=500-"


def test_an_address_that_leads_nowhere_is_a_line_in_the_report(workspace):
    with serving() as server:
        (row,) = done(
            workspace, importing.import_places(workspace, [server.url + "/no.zip"])
        ).values()
    assert row.outcome == "refused" and "the server says 404" in row.reason and row.remedy


@pytest.mark.parametrize(
    "address",
    ["http://[bad/x.zip", "http://localhost:99999/x.zip", "https://host:abc/x", "https:///x"],
)
def test_an_address_that_is_none_is_refused_at_the_door(workspace, address):
    with pytest.raises(InvalidSetting, match="no address that can be asked"):
        importing.import_places(workspace, [address])
    assert activity.recent(workspace) == []


def test_a_hosted_app_reaches_neither_its_disk_nor_its_network(workspace, tmp_path, monkeypatch):
    with serving() as server:
        server.files["/a.mid"] = MIDI
        url = server.url + "/a.mid"
        (row,) = done(workspace, importing.import_places(workspace, [url], own_net=False)).values()
        assert row.outcome == "refused" and "own network" in row.reason
    for place in (str(tmp_path), "file:///etc/passwd", "memory://x"):
        with pytest.raises(InvalidSetting, match="Only addresses that begin with http"):
            importing.check_place(place, may_read_disk=False)
        importing.check_place(place, may_read_disk=True)
    monkeypatch.delenv("WORKBENCH_LOCAL_PATHS", raising=False)
    assert importing.may_read_disk(is_own_machine=True)
    assert not importing.may_read_disk(is_own_machine=False)
    monkeypatch.setenv("WORKBENCH_LOCAL_PATHS", "1")
    assert importing.may_read_disk(is_own_machine=False)


def test_a_stopped_import_goes_on_with_the_rest(workspace, monkeypatch):
    monkeypatch.setattr(intake, "BATCH_FILES", 5)
    job = importing.import_files(workspace, [("tunes.zip", zipped(tunes(60)))])
    real = intake.Intake.file
    taken = []

    def file(self, item, *words, **more):
        if len(taken) == 30:
            activity.stop(workspace, job)
            self.report.stop_requested = True
        taken.append(item.name)
        real(self, item, *words, **more)

    monkeypatch.setattr(intake.Intake, "file", file)
    assert activity.finish(workspace, job).state == "stopped"
    before = {row.name: row for row in importing.report(workspace, job)}
    assert 0 < len(before) < 60
    taken.append("no more stops")
    importing.resume(workspace, job)
    assert activity.finish(workspace, job).state == "done"
    report = {row.name: row for row in importing.report(workspace, job)}
    assert len(report) == 60
    assert {name: report[name] for name in before} == before  # those were not dealt with again
    assert library.search(workspace)[1] == sum(row.pieces for row in report.values())


def test_what_is_no_import_does_not_go_on(workspace):
    job = activity.enqueue(workspace, "evaluate", {}, title="x")
    with pytest.raises(InvalidSetting, match="no import"):
        importing.resume(workspace, job)


def test_reasons_are_counted_by_kind_and_the_report_is_a_table(workspace):
    files = [(f"{i}.mid", b"") for i in range(3)] + [("=cmd.mid", MIDI), ("half.mid", MIDI[:20])]
    brought_in(workspace, files)
    job = importing.last_import(workspace).id
    first = importing.reasons(workspace, job)[0]
    assert first == {"outcome": "refused", "kind": "Is empty.", "files": 3}
    assert len(importing.report(workspace, job, outcomes=("refused",), kind="Is empty.")) == 3
    rows = list(csv.DictReader(io.StringIO(importing.report_csv(workspace, job))))
    assert [row["outcome"] for row in rows].count("refused") == 4
    assert rows[-1]["name"] == "'=cmd.mid"  # no formula for a spreadsheet to run
    assert all(row["remedy"] for row in rows if row["outcome"] == "refused")


def test_two_files_of_one_name_are_two_lines(workspace):
    other = formats.encode(OTHER, ".mid")
    report = brought_in(workspace, [("a.mid", MIDI), ("a.mid", other), ("a.mid", b"")])
    assert set(report) == {"a.mid", "a.mid (2)", "a.mid (3)"}


def test_unknown_collections_and_empty_limits(workspace):
    with pytest.raises(UnknownName, match="ryans-mammoth"):
        importing.load_corpus(workspace, "ryans-mamoth")
    with pytest.raises(InvalidSetting):
        importing.load_corpus(workspace, "ryans-mammoth", limit=0)
    with pytest.raises(InvalidSetting, match="installed already"):
        importing.load_corpus(workspace, "ryans-mammoth", place="/tmp")
    with pytest.raises(InvalidSetting, match="cannot be fetched by itself"):
        importing.load_corpus(workspace, "giantmidi-piano")


def test_an_installed_collection_is_loaded_once(workspace):
    report = done(workspace, importing.load_corpus(workspace, "monteverdi", limit=6))
    assert len(report) == 6 and library.search(workspace, "collection:monteverdi")[1] == 6
    again = importing.load_corpus(workspace, "monteverdi", limit=6)
    assert done(workspace, again) == {}


# --- collections to fetch, on replicas of their layout that hold real music ---


def rolls() -> bytes:
    """A MATLAB file of two pieces of piano rolls."""
    cells = {name: np.empty((1, 1), object) for name in ("traindata", "validdata", "testdata")}
    for number, cell in enumerate(cells.values()):
        cell[0, 0] = np.zeros((16, 88))
        cell[0, 0][:, 40:60:4] = number % 2 == 0
        cell[0, 0][8:, 30 + number] = 1
    cells["validdata"] = cells["validdata"][:, :0]
    file = io.BytesIO()
    scipy.io.savemat(file, cells)
    return file.getvalue()


def replica(name: str) -> dict[str, bytes]:
    """The files of a collection as its publisher lays them out, with other, real music in them."""
    music = list(tunes(4).values())
    chorale = CORPORA.get("bach-chorales").read("001-bwv269").score
    abc = formats.encode(SCALE, ".abc", title="ASTLEY'S RIDE")
    frames = [[60, 57, 53, 48]] * 8 + [[62, 59, 55, 43]] * 8
    return {
        "maestro": {
            "maestro-v3.0.0/maestro-v3.0.0.csv": (
                "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n"
                'Alban Berg,"Sonata Op. 1",train,2018,2018/a.midi,2018/a.wav,698.6\n'
                "Franz Liszt,Étude,test,2018,2018/b.midi,2018/b.wav,100.1\n"
            ).encode(),
            "maestro-v3.0.0/2018/a.midi": formats.encode(chorale, ".mid"),
            "maestro-v3.0.0/2018/b.midi": music[0],
            "maestro-v3.0.0/LICENSE": b"CC",
        },
        "lakh": {
            "lmd_full/0/000000e5b2f0bdf.mid": music[0],
            "lmd_full/0/damaged.mid": b"MThd",
            "lmd_full/f/fffffff1.mid": music[1],
        },
        "pop909": {
            "POP909-Dataset-master/POP909/001/001.mid": music[0],
            "POP909-Dataset-master/POP909/001/versions/001-v1.mid": music[1],
            "POP909-Dataset-master/POP909/001/beat_midi.txt": b"0.0 1",
            "POP909-Dataset-master/POP909/002/002.mid": music[2],
        },
        "nottingham": {
            "nottingham-dataset-master/ABC_cleaned/jigs.abc": OPUS + b"\n" + abc,
            "nottingham-dataset-master/ABC_original/jigs.abc": OPUS,
            "nottingham-dataset-master/MIDI/jigs1.mid": music[0],
        },
        "jsb-16th": {
            "Jsb16thSeparated.json": json.dumps(
                {"train": [frames], "valid": [frames[4:]], "test": []}
            ).encode()
        },
        "piano-rolls": {"mdata/JSB_Chorales.mat": rolls(), "mdata/README.md": b"four files"},
        "giantmidi-piano": {
            "midis_v1.2/midis/Abel, Frederic, Lola Polka, SLNJF0uiqRw.mid": music[0],
            "midis_v1.2/midis/Liszt, Franz, Valse, oubliee, no. 1, abc.mid": music[1],
        },
    }[name]


EXPECTED = {
    "maestro": {("Sonata Op. 1", "Alban Berg"), ("Étude", "Franz Liszt")},
    "lakh": {("000000e5b2f0bdf", ""), ("fffffff1", "")},
    "pop909": {("POP909 no. 001", ""), ("POP909 no. 002", "")},
    "nottingham": {
        ("One", "Traditional"), ("Two", "Traditional"), ("Three", "Traditional"), ("Astley's Ride", "Traditional"),
    },
    "jsb-16th": {("JSB train 1", "J. S. Bach"), ("JSB valid 1", "J. S. Bach")},
    "piano-rolls": {("JSB_Chorales train 1", "J. S. Bach"), ("JSB_Chorales test 1", "J. S. Bach")},
    "giantmidi-piano": {("Lola Polka", "Frederic Abel"), ("Valse, oubliee, no. 1", "Franz Liszt")},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fetched_collection_arrives_with_titles_and_licence(workspace, name):
    files, corpus = replica(name), CORPORA.get(name)
    archive = tarred(files) if name == "lakh" else zipped(files)
    suffix = ".tar.gz" if name == "lakh" else ".zip"
    with serving() as server:
        server.files[f"/copy{suffix}"] = archive
        place = f"{server.url}/copy{suffix}"
        job = importing.load_corpus(workspace, name, place=place, own_net=True)
        done(workspace, job)
    pieces, _ = library.search(workspace)
    assert {(piece.title, piece.composer) for piece in pieces} == EXPECTED[name]
    assert {piece.licence for piece in pieces} == {corpus.licence}
    assert all(piece.source.startswith(f"{name}:") and piece.collection == name for piece in pieces)


def test_a_collection_in_a_folder_and_only_the_first_of_it(workspace, tmp_path):
    for name, data in replica("maestro").items():
        path = tmp_path / "copy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    place = str(tmp_path / "copy")
    done(workspace, importing.load_corpus(workspace, "maestro", place=place, limit=1))
    assert [piece.title for piece in library.search(workspace)[0]] == ["Sonata Op. 1"]


def test_a_place_without_the_collection_says_so(workspace, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    job = importing.load_corpus(workspace, "maestro", place=str(tmp_path))
    assert "no file of MAESTRO" in activity.finish(workspace, job).message


def test_a_collection_that_cannot_be_reached_says_why(workspace):
    with serving() as server:
        place = server.url + "/gone.zip"
        job = importing.load_corpus(workspace, "maestro", place=place, own_net=True)
        assert "the server says 404" in activity.finish(workspace, job).message


def test_a_damaged_collection_keeps_what_came_before_the_damage(workspace, tmp_path):
    whole = tarred({f"lmd_full/{name}": data for name, data in tunes(30).items()})
    (tmp_path / "lmd.tar.gz").write_bytes(whole[: len(whole) // 2])
    report = done(
        workspace, importing.load_corpus(workspace, "lakh", place=str(tmp_path / "lmd.tar.gz"))
    )
    said = [row for row in report.values() if row.outcome == "refused"]
    assert len(report) > 5 and any("lmd.tar.gz" in row.reason for row in said)


def test_transposed_music_is_other_music_of_one_tune(workspace):
    brought_in(workspace, [("a.mid", MIDI), ("b.mid", formats.encode(transpose(SCALE, 2), ".mid"))])
    pieces, total = library.search(workspace)
    assert total == 2 and len({piece.tune for piece in pieces}) == 1
