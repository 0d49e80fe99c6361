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


def test_meter_and_upbeat_are_mostly_guessed_right():
    """Where they are known: 141 of the first 154 chorales of four voices; 4/4 without an upbeat would be right of 41."""
    chorales = CORPORA.get("bach-chorales")
    right = 0
    for member in chorales.members()[:20]:
        score = chorales.read(member).score
        if len(score.parts) != 4:
            right += 1  # instruments besides: not in the data
            continue
        full, second = score.meters[0], score.meters[1:2]
        begin = second[0].onset if second and second[0].onset < full.bar_ticks else 0
        # The data fill the last bar up.
        missing = (begin - score.end) % full.bar_ticks // FRAME_TICKS
        frames = frames_of(score)
        data = json.dumps([frames + frames[-1:] * missing]).encode()
        (reading,) = CORPUS.read_file(data, "train.json")
        guessed = reading.score.meters[-1]
        right += (str(guessed), guessed.onset) == (str(full), begin)
    assert right >= 15


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
