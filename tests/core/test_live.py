"""Live music: when its end comes, what its turns say, and how it sounds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.limits import Limits
from workbench.core.live import (
    CLOSE,
    MOST_TURNS,
    PHRASE,
    Turn,
    bar_sound,
    bars_after,
    check_turns,
    heard_from,
    plans,
    sounded,
)
from workbench.core.records import from_json, to_json
from workbench.core.score import TICKS_PER_QUARTER, parse_key, parse_meter, seconds_at
from workbench.core.specs import ComposeRequest
from workbench.formats import abc
from workbench.tokenizers.grid import full_plan

KESH = """X:1
T:The Kesh
M:6/8
L:1/8
K:G
GAG GAB|ABA ABd|edd gdd|edB dBA|GAG GAB|ABA ABd|edd gdB|AGF G3|
"""


@pytest.fixture(scope="module")
def tune():
    return abc.read_tune(KESH).score


def test_the_end_is_moved_on_phrase_by_phrase_until_one_is_asked_for():
    told = [bars_after(bar, Turn()) for bar in range(3 * PHRASE)]
    assert told == [*range(15, 7, -1)] * 3
    assert [bars_after(17, Turn(left=left)) for left in (1, 0)] == [1, 0]
    assert [heard_from(bar) for bar in (0, 7, 8, 15, 16, 23, 24)] == [0, 0, 0, 0, 8, 8, 16]


def test_a_bar_is_told_what_lies_ahead_and_may_be_the_last():
    whole = full_plan(parse_key("D major"), parse_meter("6/8"), 1, 90.0, 4)
    told, written = plans(whole, 18, Turn(ranges=((60, 75),)))
    assert (len(told.bars), len(written.bars)) == (3 + 8 + 13, 3 + 8)
    assert told.limits.are_open
    assert written.limits == Limits(((60, 75),))
    told, written = plans(whole, 18, Turn(left=0))
    assert told.bars == written.bars
    assert written.limits.form == CLOSE


def test_a_request_with_turns_is_written_down_and_read_back():
    turns = (Turn(), Turn(0.8, 0.9, 0.02, 1.1, -1.5, ((57, 70),), 132.0, 96, 1), Turn(left=0))
    request = ComposeRequest("folk", bars=3, seed=7, live=turns)
    assert from_json(ComposeRequest, json.loads(json.dumps(to_json(request)))) == request
    old = to_json(ComposeRequest("folk"))
    del old["live"]
    assert from_json(ComposeRequest, old).live == ()


@pytest.mark.parametrize(
    ("turns", "words"),
    [
        ((Turn(tempo=500),), "tempo of bar 1"),
        ((Turn(), Turn(velocity=127)), "loudness of bar 2"),
        ((Turn(density=float("nan")),), "density"),
        ((Turn(left=5),), "5 bars before the end"),
        ((Turn(left=0), Turn()), "nothing can follow"),
        ((Turn(),) * (MOST_TURNS + 1), "too many"),
    ],
)
def test_turns_that_cannot_be_played_are_refused(turns, words):
    check_turns((Turn(left=1),))  # stopped before its end came
    with pytest.raises(InvalidSetting, match=words):
        check_turns(turns)


def test_a_score_sounds_as_its_turns_say(tune):
    turns = [Turn(tempo=90.0, velocity=60)] * 4 + [Turn(tempo=120.0, velocity=110)] * 4
    played = sounded(tune, turns)
    assert [(tempo.onset, tempo.bpm) for tempo in played.tempos] == [
        (0, 90.0),
        (4 * 3 * TICKS_PER_QUARTER, 120.0),
    ]
    early = played.notes["onset"] < 4 * 3 * TICKS_PER_QUARTER
    assert set(played.notes["velocity"][early]) == {60}
    assert set(played.notes["velocity"][~early]) == {110}
    assert seconds_at(played, played.end) == pytest.approx(12 * 60 / 90 + 12 * 60 / 120)


def test_the_sound_of_every_bar_together_is_the_score(tune):
    long = tune.notes.copy()
    last = np.flatnonzero(long["onset"] < 3 * TICKS_PER_QUARTER)[-1]
    long["duration"][last] += TICKS_PER_QUARTER  # the last note of the first bar sounds on
    score = replace(tune, notes=long)
    bars = [bar_sound(score, number) for number in range(8)]
    assert {bar.quarters for bar in bars} == {3.0}
    assert [len(bar.held) for bar in bars] == [0, 1, 0, 0, 0, 0, 0, 0]
    assert bars[1].held == ((1.0, int(long["pitch"][last]), 0),)
    assert bars[0].notes[-1][0] + bars[0].notes[-1][1] == 3.0  # cut at the bar line
    assert sum(len(bar.notes) for bar in bars) == len(score.notes)
    assert [note[2] for bar in bars for note in bar.notes] == score.notes["pitch"].tolist()
