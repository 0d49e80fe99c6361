"""Forms that anyone can hear, of real tunes and of tunes put together from their phrases."""

import numpy as np
import pytest

from workbench.core.score import TICKS_PER_QUARTER, UNSPELLED, Meter, Part, Score, make_notes
from workbench.corpora import CORPORA
from workbench.metrics.form import form

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
Q = TICKS_PER_QUARTER


def phrase(seed: int, bars: int = 4) -> list[int]:
    return np.random.default_rng(seed).choice(SCALE, 4 * bars).tolist()


def tune(letters: str, *, upbeat: int = 0, bars: int = 4, changed: int = 0) -> Score:
    """A tune in quarters, one random phrase a letter; the last notes of some differ."""
    pitches = [60] * upbeat
    for number, letter in enumerate(letters):
        notes = phrase(ord(letter), bars)
        pitches += notes[: len(notes) - changed] + [48 + number] * changed
    rows = [(number * Q, Q, pitch, 80, 0, UNSPELLED) for number, pitch in enumerate(pitches)]
    meters = [Meter(0, 4, 4)] + [Meter(upbeat * Q, 4, 4)] * bool(upbeat)
    return Score(make_notes(rows), parts=(Part("Melody"),), meters=tuple(meters))


@pytest.mark.parametrize("letters", ["AB", "AABA", "AABB", "ABAC", "ABCDEFGH"])
def test_the_letters_of_a_tune_that_was_put_together(letters):
    assert form(tune(letters)) == letters


def test_an_upbeat_and_a_changed_ending_change_nothing():
    assert form(tune("AABA", upbeat=1)) == "AABA"
    assert form(tune("AABA", changed=2)) == "AABA"


def test_a_long_piece_is_told_in_phrases_of_eight():
    assert form(tune("AABA", bars=16)) == "ABABCDAB"


def test_where_there_is_no_form_to_tell():
    assert form(tune("A")) is None
    changing = Score(tune("AABA").notes, meters=(Meter(0, 4, 4), Meter(16 * Q, 3, 4)))
    assert form(changing) is None


@pytest.mark.parametrize(
    ("member", "letters"), [("BoyneHuntReel", "AABB"), ("BalkanHornpipe", "AABC")]
)
def test_of_real_tunes(member, letters):
    assert form(CORPORA.get("ryans-mammoth").read(member).score) == letters
