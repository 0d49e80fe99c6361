"""A melody that somebody sang, from a sound file to a composition, at the command line."""

import json

import pytest
from sung import sung_file

from workbench.cli import main
from workbench.services import composing
from workbench.workspace import open_workspace

SCALE = [60, 62, 64, 65, 67, 65, 64, 60]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """With somebody singing eight notes of half a second, and with silence."""
    home = tmp_path_factory.mktemp("home")
    (home / "tune.wav").write_bytes(sung_file(SCALE, seconds=0.5))
    (home / "notes.txt").write_text("C D E")
    return home


def run(home, capsys, model, *words, sound="tune.wav"):
    capsys.readouterr()
    command = ["compose", "--model", model, "--hum", home / sound, "--out", home / f"{model}.mid"]
    code = main([str(word) for word in [*command, *words, "--json", "--workspace", home]])
    said = capsys.readouterr()
    return (json.loads(said.out), said.err) if code == 0 else (None, said.err)


@pytest.mark.long
def test_a_hummed_tune_is_continued_and_harmonised(home, capsys):
    found, told = run(home, capsys, "folk", "--bars", 6, "--hum-tempo", 120, "--meter", "4/4")
    heard = found["heard"]
    assert heard["notes"] == "C4:1 D4:1 E4:1 F4:1 G4:1 F4:1 E4:1 C4:1"
    assert (heard["key"], heard["meter"], heard["tempo"]) == ("C major", "4/4", 120)
    assert f"Heard in C major: {heard['notes']}" in told
    workspace = open_workspace(home)
    made = composing.score(workspace, found["compositions"][0]["id"])
    assert made.notes["pitch"][: len(SCALE)].tolist() == SCALE
    found, _ = run(home, capsys, "chorales", "--hum-tempo", 120)
    made = composing.score(workspace, found["compositions"][0]["id"])
    soprano = made.notes[made.notes["part"] == 0]["pitch"]
    assert soprano.tolist() == SCALE and made.notes["part"].max() == 3
    assert not list(workspace.cache.glob("hum-*")), "of the voice nothing is kept"


@pytest.mark.parametrize(
    ("sound", "words", "said"),
    [
        ("nowhere.wav", [], "give a recording such as tune.wav"),
        ("tune.wav", ["--primer-text", "60 _"], "begins with one thing"),
        ("tune.wav", ["--hum-tempo", 1000], "leave --hum-tempo out"),
        ("notes.txt", [], "notes.txt"),
    ],
)
def test_what_cannot_be_hummed_is_said_in_a_sentence(home, capsys, sound, words, said):
    found, told = run(home, capsys, "folk", *words, sound=sound)
    assert found is None and said in told
