"""The lines of a score and the time in which it sounds: what most measures begin with.

A *line* is what one part sings: of notes that begin together the highest, each cut where the next begins. A part of chords has
its top notes for a line, so what its inner notes do is not seen. Drums have no line. Times are in ticks.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score, monophonic, split_parts


def pitched(score: Score) -> NDArray[np.void]:
    """The notes that no drum plays."""
    drums = np.array([part.is_drum for part in score.parts])
    return score.notes[~drums[score.notes["part"]]] if drums.any() else score.notes


def lines(score: Score) -> list[NDArray[np.void]]:
    """The line of every part that has one, in the order of the parts; each of at least one note."""
    singles = [each for each in split_parts(score) if not each.parts[0].is_drum]
    return [monophonic(single).notes for single in singles if len(single.notes)]


def ends(notes: NDArray[np.void]) -> NDArray[np.int64]:
    """(N,) the tick at which each note ends."""
    stop: NDArray[np.int64] = notes["onset"].astype(np.int64) + notes["duration"]
    return stop


def covered(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """(S, 2) the stretches of time that some interval covers, in order; intervals that touch are one stretch."""
    if not len(starts):
        return np.zeros((0, 2), np.int64)
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order].astype(np.int64), np.maximum.accumulate(stops[order])
    first = np.concatenate([[True], starts[1:] > reach[:-1]])
    last = np.append(np.flatnonzero(first)[1:] - 1, len(starts) - 1)
    return np.stack([starts[first], reach[last]], axis=1).astype(np.int64)


def sounding(notes: NDArray[np.void]) -> NDArray[np.int64]:
    """(S, 2) the stretches of time in which at least one of the notes sounds."""
    return covered(notes["onset"].astype(np.int64), ends(notes))
