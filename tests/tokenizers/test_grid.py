"""Bars, keys and lines on the grid, on cases worked out by hand."""

import numpy as np
import pytest

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.score import (
    MODES,
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Score,
    Tempo,
    bars,
    make_notes,
)
from workbench.core.vocabulary import PlanBar
from workbench.tokenizers import grid

Q = TICKS_PER_QUARTER


def score_of(rows, **kwargs):
    return Score(make_notes(rows), **kwargs)


def test_a_line_says_notes_holds_and_rests():
    melody = score_of([(Q, Q // 2, 60), (Q * 3 // 2, Q // 4, 62), (Q * 2, Q // 2, 64)])
    line = grid.line_of(melody, 12, steps_per_quarter=4)
    hold, rest = grid.HOLD, grid.REST
    assert line.tolist() == [rest, hold, hold, hold, 60, hold, 62, rest, 64, hold, rest, hold]
    notes = grid.line_notes(line, fifths=0, steps_per_quarter=4)
    for name in ("onset", "duration", "pitch"):
        assert np.array_equal(notes[name], melody.notes[name])


def test_notes_off_the_grid_move_to_it_and_the_highest_of_a_step_stays():
    triplet = Q // 6
    melody = grid.on_grid(
        score_of(
            [(0, triplet, 60), (triplet, triplet, 62), (2 * triplet, triplet, 61), (Q, Q, 72)]
        ),
        steps_per_quarter=4,
    )
    assert melody.notes["pitch"].tolist() == [60, 62, 72]
    assert (melody.notes["onset"] * 4 // Q).tolist() == [0, 1, 4]


def test_a_first_short_bar_is_a_pickup_and_a_split_bar_is_completed():
    onsets = (0, Q // 2, Q * 6, Q * 13 // 2)
    meters = [Meter(onset, 6, 8) for onset in onsets]
    plan = grid.plan_of(score_of([(0, Q * 9, 60)], meters=tuple(meters)), steps_per_quarter=4)
    assert plan.bars == (
        PlanBar(6, 8, 2, offset=10),
        PlanBar(6, 8, 12),
        PlanBar(6, 8, 10),  # ends two steps early …
        PlanBar(6, 8, 2, offset=10),  # … and this is what it lacks
        PlanBar(6, 8, 12),
    )
    assert grid.plan_meters(plan, 4) == tuple(meters)


def test_a_short_bar_at_the_end_is_kept():
    score = score_of([(0, 5 * Q, 60)], meters=(Meter(0, 4, 4), Meter(5 * Q, 4, 4)))
    plan = grid.plan_of(score, 4)
    assert plan.bars == (PlanBar(4, 4, 16), PlanBar(4, 4, 4))
    again = score_of([(0, 5 * Q, 60)], meters=grid.plan_meters(plan, 4))
    assert bars(again) == bars(score)


def test_a_change_of_meter_is_said_once():
    meters = (Meter(0, 3, 4), Meter(6 * Q, 5, 4))
    plan = grid.plan_of(score_of([(0, 16 * Q, 60)], meters=meters), 4)
    assert [bar.steps for bar in plan.bars] == [12, 12, 20, 20]
    assert grid.plan_meters(plan, 4) == meters


def test_key_and_tempo_are_the_first_ones():
    score = score_of([(0, Q, 60)], keys=(Key(0, 2), Key(Q, -1)), tempos=(Tempo(0, 90.0),))
    plan = grid.plan_of(score, 4)
    assert (plan.key, plan.tempo) == (Key(0, 2), 90.0)


def test_a_bar_that_is_no_whole_number_of_steps_is_refused():
    with pytest.raises(CannotEncode, match="finer grid"):
        grid.plan_of(score_of([(0, Q, 60)], meters=(Meter(0, 7, 16),)), steps_per_quarter=2)


def test_a_piece_without_bars_is_refused():
    with pytest.raises(InvalidSetting, match="at least 1"):
        grid.full_plan(Key(0, 0), Meter(0, 4, 4), 0, 120.0, 4)


@pytest.mark.parametrize("mode", MODES)
def test_normalising_leads_to_the_signature_without_accidentals_by_the_shortest_way(mode):
    natural = Key(0, 0, mode)
    for fifths in range(-7, 8):
        key = Key(0, fifths, mode)
        shift = grid.normalising_shift(key)
        assert -6 <= shift <= 5
        assert (key.tonic + shift) % 12 == natural.tonic


def test_a_voice_out_of_range_moves_by_an_octave_or_not_at_all():
    shift = grid.normalising_shift(Key(0, 0))
    assert grid.fitting_shift(shift, [(60, 72, 48, 84)]) == 0
    assert grid.fitting_shift(shift, [(40, 52, 48, 84)]) == 12
    assert grid.fitting_shift(shift, [(84, 100, 48, 84)]) == -24
    assert grid.fitting_shift(shift, [(40, 90, 48, 84)]) is None
    assert grid.fitting_shift(shift, [(40, 52, 48, 84), (80, 84, 48, 84)]) is None
