"""The JSON of the JSB benchmark, against a chorale of music21 written in its way."""

import json

import numpy as np
import pytest

from workbench.core.errors import UnreadableFile
from workbench.core.score import Score
from workbench.corpora import CORPORA
from workbench.corpora.jsb_16th import FRAME_TICKS

CORPUS = CORPORA.get("jsb-16th")


def frames_of(score: Score) -> list[list[int]]:
    """A chorale as the benchmark has it: what sounds in each voice at each sixteenth note."""
    frames = np.full((score.end // FRAME_TICKS, 4), -1)
    for note in score.notes:
        begin, length = note["onset"] // FRAME_TICKS, note["duration"] // FRAME_TICKS
        frames[begin : begin + length, note["part"]] = note["pitch"]
    return frames.tolist()


@pytest.fixture(scope="module")
def frames():
    return frames_of(CORPORA.get("bach-chorales").read("001-bwv269").score)


def test_what_is_read_has_the_same_frames(frames):
    data = json.dumps({"train": [frames], "valid": [frames[8:]], "test": []}).encode()
    first, second = CORPUS.read_file(data, "Jsb16thSeparated.json")
    assert frames_of(first.score) == frames
    assert frames_of(second.score) == frames[8:]
    assert [first.title, second.title] == ["JSB train 1", "JSB valid 1"]
    assert [part.name for part in first.score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]


def test_held_notes_are_one_note_and_silence_is_none():
    held = [[60, -1, 48, float("nan")]] * 4 + [[62, -1, 48, 40]] * 2
    data = json.dumps({"train": [held]}).encode()
    (reading,) = CORPUS.read_file(data, "x.json")
    notes = [
        (n["onset"] // FRAME_TICKS, n["duration"] // FRAME_TICKS, n["pitch"])
        for n in reading.score.notes
    ]
    assert sorted(notes) == [(0, 4, 60), (0, 6, 48), (4, 2, 40), (4, 2, 62)]


def test_a_split_in_a_file_of_its_own(frames):
    (reading,) = CORPUS.read_file(json.dumps([frames]).encode(), "jsb16/valid.json")
    assert reading.title == "JSB valid 1"


@pytest.mark.parametrize(
    "data", [b"{", b"[[[[", b'{"notes": 3}', b'{"train": [[1, 2]]}', b'{"train": [[[1e99, 0, 0, 0]]]}', b'{"train": [[["a"]]]}']
)  # fmt: skip
def test_other_json_is_refused_in_words(data):
    with pytest.raises(UnreadableFile, match=r"x\.json"):
        CORPUS.read_file(data, "x.json")
