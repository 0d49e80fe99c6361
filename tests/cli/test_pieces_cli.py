"""Tagging, taking back and tables at the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from workbench.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    place = ["--workspace", str(home)]
    assert main(["corpora", "load", "ryans-mammoth", "--limit", "5", *place]) == 0
    times = np.arange(22050) / 22050
    soundfile.write(home / "tone.wav", np.sin(2 * np.pi * 440 * times) * 0.3, 22050)
    assert main(["import", str(home / "tone.wav"), *place]) == 0
    return home


@pytest.fixture
def run(home, capsys):
    """What a command says with ``--json``; a code other than 0 comes with what stands on standard error."""

    def command(*words):
        capsys.readouterr()
        code = main([*map(str, words), "--json", "--workspace", str(home)])
        said = capsys.readouterr()
        return json.loads(said.out) if code == 0 else said.err

    return command


def test_tags_are_set_listed_renamed_and_taken_back(run):
    pieces = [row["id"] for row in run("pieces", "list", "--where", "kind:score")["pieces"][:2]]
    run("pieces", "tag", *pieces, "--set", "mood=calm", "feel=soft")
    assert run("pieces", "tags") == {"feel": {"soft": 2}, "mood": {"calm": 2}}
    assert run("pieces", "tags", "--rename", "feel", "genre") == {"pieces": 2}
    assert run("pieces", "tags", "--merge", "genre", "soft", "slow") == {"pieces": 2}
    run("pieces", "tag", pieces[0], "--unset", "mood")
    said = [row["what"] for row in run("pieces", "history")]
    assert said[0] == "tagged 1 piece without mood"
    assert said[-1] == "tagged 2 pieces mood: calm, feel: soft"
    for _ in said:
        run("pieces", "undo")
    assert run("pieces", "tags") == {}
    assert "no change to take back" in run("pieces", "undo")


def test_a_table_goes_out_and_comes_in(run, tmp_path):
    path = tmp_path / "table.json"
    run("pieces", "metadata", "--out", path)
    rows = json.loads(path.read_text())
    path.write_text(json.dumps([{"id": rows[0]["id"], "title": "A better title"}]))
    assert run("pieces", "metadata", "--from", path) == {"pieces": 1}
    assert run("pieces", "show", rows[0]["id"])["title"] == "A better title"
    assert "cannot be read" in run("pieces", "metadata", "--from", tmp_path / "none.csv")
    assert "choose one of csv, json" in run("pieces", "metadata", "--out", tmp_path / "x.pdf")


def test_facts_are_up_to_date(run):
    assert run("pieces", "facts") == {"outdated": 0}
    assert run("pieces", "facts", "--recompute") == {"pieces": 0}


def test_a_recording_is_exported_as_it_came(run, tmp_path):
    (recording,) = run("pieces", "list", "--where", "kind:recording")["pieces"]
    (score,) = run("pieces", "list", "--where", "kind:score", "--limit", "1")["pieces"]
    folder = tmp_path / "out"
    files = run("pieces", "export", recording["id"], score["id"], "--out", folder)["files"]
    assert [Path(file).suffix for file in files] == [".wav", ".mid"]
    sound, _ = soundfile.read(files[0])
    assert len(sound) > 0
    assert run("pieces", "export", recording["id"], "--out", tmp_path / "a.wav")["files"]
    said = run("pieces", "export", recording["id"], "--out", tmp_path / "a.mid")
    assert "recording in the format .wav" in said
    assert not (tmp_path / "a.mid").exists()


@pytest.mark.parametrize(
    "words", [("pieces", "list", "--limit", 10**20), ("pieces", "undo", 10**20)]
)
def test_a_number_that_nothing_can_count_is_told_in_a_sentence(run, words):
    assert run(*words) == "A number is larger than can be counted here; choose a smaller one.\n"


def test_a_place_that_cannot_be_written_is_named(run, home):
    (home / "plain").write_text("")
    said = run("pieces", "metadata", "--out", home / "plain" / "x.csv")
    assert "plain" in said and "Check the path" in said
