"""What failing models do is found, each kind by its own check, and what people write is not."""

import math

import pytest
from music import Q, chorales, reels, tune, voices

from workbench.core.score import Part, Score, make_notes
from workbench.metrics.collapse import CHECKS, findings

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def wrong(score: Score) -> dict[str, float]:
    return {found.name: found.value for found in findings(score) if found.is_wrong}


@pytest.mark.parametrize("score", [*reels(), *chorales()], ids=lambda score: str(len(score.notes)))
def test_what_people_write_has_no_findings(score):
    kettledrums = max(found.value for found in findings(score) if found.name == "repeated-note")
    assert not wrong(score) or kettledrums == 45  # BWV 41.6, with trumpets and kettledrums


def test_each_check_says_what_to_change_where_something_is_wrong():
    broken = tune([60] * 40 + [None] * 60 + [60])
    found = findings(broken)
    assert len(found) == len(CHECKS)
    assert all(each.is_wrong == bool(each.sentence) for each in found)
    assert all("; " in each.sentence for each in found if each.is_wrong)
    assert [each.is_wrong for each in found] == sorted((each.is_wrong for each in found), reverse=True)  # fmt: skip


def test_a_repeated_note_is_counted_within_a_line():
    assert wrong(tune([62] * 17 + SCALE)) == {"repeated-note": 17}
    assert wrong(tune([62] * 16 + SCALE)) == {}
    # Two voices that strike the same note in turn repeat nothing.
    rests = [None, 60] * 12
    assert "repeated-note" not in wrong(voices(SCALE * 3, rests, [60, None] * 12))


def test_silence_is_the_time_in_which_nothing_sounds():
    assert wrong(tune([60, None, None, 62, 64, 65])) == {}
    assert wrong(tune([60, None, None, None, 62, 64])) == {"silence": pytest.approx(1 / 2)}
    under = [(0, Q, 60), (5 * Q, Q, 62)]
    drums = [(place * Q, Q, 36, 80, 1) for place in range(6)]
    both = Score(make_notes(under + drums), parts=(Part(), Part(is_drum=True)))
    assert wrong(both) == {}


def test_few_patterns_by_hand():
    score = tune(SCALE * 8)  # 61 patterns; a scale has two like C D E F
    values = {found.name: found.value for found in findings(score)}
    assert values["distinct-4"] == pytest.approx(7 / 61)
    assert "distinct-4" in wrong(score)
    short = {found.name: found.value for found in findings(tune(SCALE))}
    assert math.isnan(short["distinct-4"])


def test_a_circle_is_found_with_its_length_and_a_refrain_is_not():
    (verse, ending) = ([55, 57, 60, 64, 62, 59, 61, 66, 68, 70, 54, 53], [48, 50])
    score = tune(verse + SCALE * 4 + ending)
    assert wrong(score)["stuck-loop"] == pytest.approx(32 / 46)
    assert "stuck-loop" not in wrong(tune(verse + SCALE * 3 + ending))
    rising = [pitch + 2 * round_ for round_ in range(6) for pitch in SCALE]
    assert "stuck-loop" not in wrong(tune(rising))  # a sequence goes somewhere


def test_of_nothing_there_is_one_thing_to_say():
    (found,) = findings(Score(make_notes([])))
    assert found.is_wrong and "train" in found.sentence
