"""Expression by rules: what it changes, how much, and what it never touches."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.expression import ACCENTS, ARCH_TEMPO, FINAL_TEMPO, performed
from workbench.core.score import TICKS_PER_QUARTER, Meter, Score, Tempo, bars, make_notes

QUARTER = TICKS_PER_QUARTER


def melody(count: int = 64, meter: Meter = Meter(0, 4, 4), step: int = QUARTER // 2) -> Score:  # noqa: B008  # frozen
    rows = [(i * step, step, 60 + i % 8, 80) for i in range(count)]
    return Score(make_notes(rows), meters=(meter,), tempos=(Tempo(0, 100.0),))


@pytest.mark.parametrize("meter", [Meter(0, 4, 4), Meter(0, 6, 8), Meter(0, 3, 4)])
def test_only_velocities_and_tempos_change(meter):
    score = melody(meter=meter)
    played = performed(score)
    for name in ("onset", "duration", "pitch", "part", "spelling"):
        assert np.array_equal(played.notes[name], score.notes[name])
    assert bars(played) == bars(score)
    assert played.keys == score.keys
    assert played.parts == score.parts
    assert performed(score) == played


def test_the_first_beat_is_louder_than_the_others_and_these_than_what_falls_between():
    velocities = performed(melody()).notes["velocity"].astype(int)
    bar = velocities[24:32]  # the fourth bar, on a gentle slope of the phrase
    assert bar[0] > bar[2] > bar[3]
    assert bar[0] - bar[1] >= ACCENTS[0] - ACCENTS[2] - 3


def test_a_phrase_grows_to_its_middle_and_falls_off():
    played = performed(melody(128))
    loud = played.notes["velocity"].reshape(16, 8).mean(axis=1)
    for phrase in (loud[:8], loud[8:]):
        assert max(phrase[2:6]) > phrase[0] + 5
        assert max(phrase[2:6]) > phrase[7] + 5
    bpm = np.array([tempo.bpm for tempo in played.tempos])
    assert bpm.max() > 100 * (1 + ARCH_TEMPO / 2)


def test_the_end_slows_down_and_only_the_end():
    tempos = performed(melody(128)).tempos
    assert tempos[-1].bpm == pytest.approx(100 * FINAL_TEMPO, rel=2 * ARCH_TEMPO)
    end = 64 * QUARTER
    before = [each.bpm for each in tempos if each.onset < end - 7 * QUARTER]
    assert min(before) > 100 * (1 - 2 * ARCH_TEMPO)


def test_an_upbeat_has_no_accent_of_a_first_beat():
    meters = (Meter(0, 4, 4), Meter(QUARTER, 4, 4))
    rows = [(i * QUARTER, QUARTER, 60, 80) for i in range(17)]
    velocities = performed(Score(make_notes(rows), meters=meters)).notes["velocity"].astype(int)
    assert velocities[1] - velocities[0] > 3


def test_a_bar_in_two_parts_is_performed_as_one():
    """A strain that ends short, and the upbeat of the next, across a repeat."""
    rows = [(i * QUARTER, QUARTER, 60, 80) for i in range(33)]
    whole = Score(make_notes(rows), meters=(Meter(0, 4, 4), Meter(QUARTER, 4, 4)))
    again = (*whole.meters, Meter(16 * QUARTER, 4, 4), Meter(17 * QUARTER, 4, 4))
    divided = performed(replace(whole, meters=again))
    assert np.array_equal(divided.notes, performed(whole).notes)
    assert divided.tempos == performed(whole).tempos


def test_silence_and_a_single_note_can_be_performed():
    empty = Score(make_notes([]))
    assert performed(empty) is empty
    assert len(performed(Score(make_notes([(0, QUARTER, 60)]))).notes) == 1


def test_velocities_stay_within_midi():
    rows = [(i * QUARTER, QUARTER, 60, 127 if i % 2 else 1) for i in range(32)]
    velocities = performed(Score(make_notes(rows))).notes["velocity"]
    assert velocities.min() >= 1
    assert velocities.max() <= 127
