"""What two scores have in common, note by note.

A note is the same in both where onset, duration, pitch and part are; how loud it is and how it is written does not count.
Of notes that stand twice in a score, each finds one of its own in the other.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score

_WHAT = ["onset", "duration", "pitch", "part"]


@dataclass(frozen=True)
class ScoreDifference:
    """Numbers of notes, as they stand in ``score.notes``."""

    only_one: tuple[int, ...]
    """Of the first score, those that the other has not."""
    only_other: tuple[int, ...]
    both: int
    """How many are the same."""


def difference(one: Score, other: Score) -> ScoreDifference:
    """Compare two scores over the time that they share from their beginnings."""
    only_one, only_other = _without(one.notes, other.notes), _without(other.notes, one.notes)
    return ScoreDifference(only_one, only_other, len(one.notes) - len(only_one))


def _without(notes: NDArray[np.void], others: NDArray[np.void]) -> tuple[int, ...]:
    """The numbers of the notes that find none among the others."""
    left = Counter(others[_WHAT].tolist())
    alone = []
    for number, note in enumerate(notes[_WHAT].tolist()):
        if left[note]:
            left[note] -= 1
        else:
            alone.append(number)
    return tuple(alone)
