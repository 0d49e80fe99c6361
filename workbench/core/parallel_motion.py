"""Parallel fifths and octaves among voices on a grid, as :mod:`workbench.metrics.features.voice_leading` counts them.

Two voices that both move from one step to the next, in one direction, from a fifth to a fifth or from an octave or unison to another.
T is the steps, V the voices; pitches may be counted from anywhere.
"""

import numpy as np
from numpy.typing import NDArray

PERFECT = (0, 7)
"""Semitones within the octave: unison or octave, fifth."""
SILENT = -1


def longest_articulation(steps_per_quarter: int) -> int:
    """Steps of the longest rest that hides nothing: it is shorter than an eighth."""
    return (steps_per_quarter - 1) // 2


def sounding(pitches: NDArray[np.integer], steps_per_quarter: int) -> NDArray[np.int64]:
    """(T, …) pitches, ``SILENT`` in rests, with each voice taken to sound on through articulation to its next note."""
    steps = np.arange(len(pitches)).reshape(-1, *[1] * (pitches.ndim - 1))
    sings = pitches != SILENT
    before = np.maximum.accumulate(np.where(sings, steps, -len(pitches)), axis=0)
    after = np.minimum.accumulate(np.where(sings, steps, 2 * len(pitches))[::-1], axis=0)[::-1]
    goes_on = ~sings & (after - before - 1 <= longest_articulation(steps_per_quarter))
    held = np.take_along_axis(pitches, np.maximum(before, 0), axis=0)
    return np.where(goes_on, held, pitches).astype(np.int64)


def are_parallel(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(T - 1, …) whether two voices (T, …), as they sound, go in parallels from each step to the next."""
    ours, theirs = np.sign(np.diff(one, axis=0)), np.sign(np.diff(other, axis=0))
    both = (one != SILENT) & (other != SILENT)
    interval = np.abs(one - other) % 12
    is_kept = (interval[1:] == interval[:-1]) & np.isin(interval[1:], PERFECT)
    together: NDArray[np.bool_] = (ours == theirs) & (ours != 0) & both[1:] & both[:-1]
    return together & is_kept
