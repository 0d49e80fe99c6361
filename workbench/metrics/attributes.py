"""What a segment of melody is like, in a few numbers that a person hears: how busy, how high, how wide, how syncopated.

``density``      notes that begin, a quarter note
``pitch``        mean MIDI pitch of the notes that begin, in the key without accidentals
``range``        semitones from the lowest of them to the highest
``syncopation``  share of them that begin off the beat and sound beyond the next one

A beat is a dotted quarter in 6/8, 9/8 and 12/8, and else what the denominator says. A note that is held into a segment began
in the one before. Of a segment in which nothing begins, all but the density are not known (NaN).
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD
from workbench.core.segments import ends
from workbench.core.vocabulary import PlanBar, TokenSequence

ATTRIBUTES = ("density", "pitch", "range", "syncopation")


def attributes(sequence: TokenSequence, bars: int, low: int) -> NDArray[np.float64]:
    """(S, A) the attributes of every segment of so many bars; ``low`` is the pitch of the first pitch token."""
    steps_per_quarter = sequence.plan.steps / sequence.quarters
    beats = np.concatenate([_beats(bar, steps_per_quarter) for bar in sequence.plan.bars])
    beat_of = np.cumsum(beats)  # (T,) the number of the beat that each step belongs to
    began = np.flatnonzero(sequence.tokens != HOLD)
    last = np.append(began[1:], len(sequence.tokens)) - 1
    is_note = sequence.tokens[began] >= FIRST_PITCH
    onsets, last = began[is_note], last[is_note]
    pitches = sequence.tokens[onsets] - FIRST_PITCH + low
    off = ~beats[onsets] & (beat_of[last] > beat_of[onsets])
    stops = ends(sequence.plan, bars)
    rows = []
    for first, stop in zip(np.r_[0, stops[:-1]], stops, strict=True):
        inside = (onsets >= first) & (onsets < stop)
        density = inside.sum() * steps_per_quarter / (stop - first)
        if not inside.any():
            rows.append((density, np.nan, np.nan, np.nan))
            continue
        own = pitches[inside]
        rows.append((density, own.mean(), float(np.ptp(own)), off[inside].mean()))
    return np.array(rows, np.float64)


def _beats(bar: PlanBar, steps_per_quarter: float) -> NDArray[np.bool_]:
    """(steps,) where beats begin."""
    is_compound = bar.denominator >= 8 and bar.numerator > 3 and bar.numerator % 3 == 0
    beat = steps_per_quarter * 4 / bar.denominator * (3 if is_compound else 1)
    return (bar.offset + np.arange(bar.steps)) % beat < 1
