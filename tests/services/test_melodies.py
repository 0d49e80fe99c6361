"""Melodies that a person brings, and which models can do what with them."""

from pathlib import Path

import pytest
from sung import sung_file
from untrained import COCONET, MELODY_VAE, keep_untrained

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.services import activity, melodies, models, tasks
from workbench.services.melodies import Row, Struck
from workbench.workspace import open_workspace


@pytest.mark.long
def test_what_is_sung_becomes_a_melody_in_its_key(workspace):
    pitches = [62, 64, 66, 67, 69, 69, 66, 62]
    job = melodies.hum(workspace, "song.wav", sung_file(pitches, seconds=0.6))
    done = activity.finish(workspace, job)
    assert done.state == "done", done.message
    score = melodies.of_take(melodies.heard(done))
    assert score.notes["pitch"].tolist() == pitches
    assert str(score.keys[0]) == "D major"
    assert score.tempos[0].bpm == pytest.approx(100, abs=3)
    assert not list(workspace.cache.glob("hum-*"))


def test_what_is_no_song_is_refused_and_thrown_away(workspace):
    done = activity.finish(workspace, melodies.hum(workspace, "song.wav", b"RIFF0000WAVEno"))
    assert (done.state, "cannot be heard as a melody" in done.message) == ("failed", True)
    assert not list(workspace.cache.glob("hum-*"))
    with pytest.raises(UnreadableFile, match="more than the 30 MB"):
        melodies.hum(workspace, "song.wav", bytes(30_000_001))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("C4 D#4 Eb4:2 rest:1 g4:0.5", [Row(60, 1), Row(63, 1), Row(63, 2), Row(None, 1), Row(67, 0.5)]),
        ("60 _ 62 _ | 64 _ r r", [Row(60, 0.5), Row(62, 0.5), Row(64, 0.5), Row(None, 0.5)]),
        ("", []),
    ],
)  # fmt: skip
def test_written_notes(text, rows):
    assert melodies.written(text) == rows


@pytest.mark.parametrize("text", ["H4", "C", "C4:x", "C4:0.3", "C4:-1", "C4:1e9", "999 _"])
def test_what_is_not_written_so_is_refused(text):
    with pytest.raises(InvalidSetting):
        melodies.written(text)


@pytest.mark.parametrize("sent", [None, 5, [[1]], [["a", 2, 3]], [[0, 1e12, 60]], [[0, 1, None]]])
def test_a_browser_is_not_believed(sent):
    with pytest.raises(InvalidSetting, match="play it again"):
        melodies.taken(sent)


def test_what_a_browser_may_send():
    assert melodies.taken([[0, 0.5, 60], [0.5, 1, 62]]) == [Struck(0, 0.5, 60), Struck(0.5, 1, 62)]


@pytest.fixture(scope="module")
def with_all(tmp_path_factory) -> Path:
    workspace = open_workspace(tmp_path_factory.mktemp("tasks"))
    keep_untrained(workspace.runs / "coconet-small", COCONET)
    keep_untrained(workspace.runs / "melody-vae-small", MELODY_VAE)
    return workspace


def test_tasks_are_offered_where_a_model_can(workspace, with_all):
    possible, lacking = tasks.with_music([models.get(workspace, "folk")])
    assert [each.name for each in possible] == ["continue"]
    assert all("train " in each.needs for each in lacking)
    possible, lacking = tasks.with_music(models.bundled(workspace))
    assert not lacking  # everything can be done as soon as the app is opened
    fillers = {"harmoniser", "coconet-small"}
    autoencoders = {"melody-vae", "melody-vae-small"}
    names = {
        name: {model.name for model in tasks.models_for(name, models.available(with_all))}
        for name in tasks.TASKS
    }
    assert names == {
        "compose": {"folk", "folk-abc", "chorales", "quartets", *fillers, *autoencoders},
        "continue": {"folk", "folk-abc", "chorales", "quartets"},
        "harmonise": {"chorales", *fillers},
        "part": {"chorales", *fillers},
        "fill": fillers,
        "vary": autoencoders,
        "blend": autoencoders,
        "style": {"quartets", *autoencoders},  # told the composer
    }
