"""``import``, ``imports`` and ``corpora`` of the command line."""

import csv
import json

import pytest
from sources.archives_made import tarred, zipped
from sources.range_server import serving

from workbench import formats
from workbench.cli import main
from workbench.corpora import CORPORA

CORPUS = CORPORA.get("ryans-mammoth")


def midi(number: int) -> bytes:
    return formats.encode(CORPUS.read(CORPUS.members()[number]).score, ".mid")


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a command in a workspace of its own; exit status, what ``--json`` printed, standard error."""

    def command(*words):
        status = main([*map(str, words), "--workspace", str(tmp_path / "home"), "--json"])
        captured = capsys.readouterr()
        return status, json.loads(captured.out) if captured.out else None, captured.err

    return command


def test_files_folders_archives_and_addresses_in_one_go(run, tmp_path):
    (tmp_path / "folder" / "b").mkdir(parents=True)
    (tmp_path / "folder" / "b" / "one.mid").write_bytes(midi(1))
    (tmp_path / "folder" / "notes.txt").write_text("x")
    (tmp_path / "two.tgz").write_bytes(tarred({"x/two.mid": midi(2), "x/bad.mid": b"no"}))
    with serving() as server:
        server.files["/three.zip"] = zipped({"three.mid": midi(3)})
        status, answer, error = run(
            "import", tmp_path / "folder", tmp_path / "two.tgz", server.url + "/three.zip",
            "--collection", "school", "--licence", "cc0",
        )  # fmt: skip
    assert status == 0, error
    counts = {name: answer[name] for name in ("imported", "duplicate", "refused", "left out")}
    assert counts == {"imported": 3, "duplicate": 0, "refused": 1, "left out": 1}
    _, found, _ = run("pieces", "list", "--where", "collection:school")
    assert found["total"] == 3
    _, piece, _ = run("pieces", "show", found["pieces"][0]["id"])
    assert piece["licence"]["name"] == "CC0 1.0"
    table = tmp_path / "report.csv"
    _, shown, _ = run("imports", "show", "--csv", table)
    assert sum(row["files"] for row in shown["reasons"]) == 5
    with table.open() as file:
        assert len(list(csv.DictReader(file))) == 5
    assert run("imports", "list")[1][0]["state"] == "done"


def test_an_import_whose_download_broke_goes_on(run):
    with serving() as server:
        server.files["/a.zip"] = zipped({"one.mid": midi(1)})
        server.cut = 100
        status, _, error = run("import", server.url + "/a.zip")
        assert status == 1 and "What has arrived is kept" in error
        server.cut = None
        status, answer, _ = run("imports", "resume")
        assert status == 0 and answer["imported"] == 1


def test_nothing_but_refusals_is_a_failure_with_reasons(run, tmp_path):
    (tmp_path / "bad.mid").write_bytes(b"no music")
    status, answer, error = run("import", tmp_path / "bad.mid")
    assert status == 1 and answer is None
    assert "bad.mid" in error and "Nothing was imported" in error and "Traceback" not in error


def test_a_collection_from_a_copy(run, tmp_path):
    copy = tmp_path / "lmd.tar.gz"
    copy.write_bytes(tarred({"lmd_full/0/a.mid": midi(1), "lmd_full/1/b.mid": midi(2)}))
    status, answer, error = run("corpora", "load", "lakh", "--from", copy, "--limit", 1)
    assert status == 0, error
    assert answer["imported"] == 1
    rows = {row["name"]: row for row in run("corpora", "list")[1]}
    assert rows["essen"]["from"] == "installed" and rows["maestro"]["from"] == "net"
    assert rows["giantmidi-piano"]["from"] == "your copy"


def test_before_the_first_import(run):
    status, _, error = run("imports", "resume")
    assert status == 1 and "Nothing was imported yet" in error
