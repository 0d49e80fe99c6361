"""Keeping, comparing and judging compositions at the command line."""

import json

import pytest

from workbench.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    out = str(home / "tune.mid")
    words = ["compose", "--model", "folk", "--bars", "2", "--count", "2", "--out", out]
    assert main([*words, "--workspace", str(home)]) == 0
    return home


@pytest.fixture
def run(home, capsys):
    """What a command says with ``--json``; a code other than 0 comes with what stands on standard error."""

    def command(*words):
        capsys.readouterr()
        code = main(["compositions", *map(str, words), "--json", "--workspace", str(home)])
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else said.err

    return command


@pytest.fixture
def ids(run):
    return [row["id"] for row in run("list", "--sort", "oldest")["compositions"]]


def test_compositions_are_put_in_order(run, ids):
    one, other = ids
    assert run("tag", one, other, "--add", "calm", "3b") == {"changed": ids}
    run("tag", other, "--remove", "3b")
    run("move", one, "--to", "Waltzes/Sketches")
    run("rate", one, "--stars", 5)
    (row,) = run("list", "--tag", "3b", "--folder", "Waltzes", "--rating", 4)["compositions"]
    assert (row["id"], row["tags"], row["rating"]) == (one, ["calm", "3b"], 5)
    assert run("show", one)["folder"] == "Waltzes/Sketches"
    assert "choose 0 to 5" in run("rate", one, "--stars", 6)
    assert "There is no composition" in run("rate", "nobody", "--stars", 1)


def test_what_is_trashed_comes_back_or_goes(run, ids):
    one, _ = ids
    run("trash", one)
    assert run("list")["total"] == 1
    assert [row["id"] for row in run("list", "--trash")["compositions"]] == [one]
    run("restore", one)
    assert run("list")["total"] == 2
    assert "name some" in run("trash")
    assert run("trash", "--empty") == {"gone": 0}


def test_versions_and_differences(run, ids):
    one, other = ids
    assert [row["id"] for row in run("versions", one)] == [one]
    found = run("diff", one, other)
    assert found["settings"] == [{"setting": "Seed", "first": "0", "second": "1"}]
    assert found["both"] + found["only_one"] > 0


def test_feedback_is_said_and_written(run, ids, tmp_path):
    one, other = ids
    assert run("feedback", one, "--say", "star", "--bar", 2) == {"2": "star"}
    assert run("feedback", other, "--say", "down") == {"whole": "down"}
    assert run("show", one)["feedback"] == {"2": "star"}
    path = tmp_path / "feedback.jsonl"
    assert run("feedback", "--out", path)["lines"] == 2
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {(row["composition"], row["bar"], row["value"]) for row in rows} == {
        (one, 2, "star"),
        (other, None, "down"),
    }
    assert "the bars 1 to 2" in run("feedback", one, "--bar", 3)
    assert "write --out FILE" in run("feedback")
