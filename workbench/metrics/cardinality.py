"""The cardinality score: how much of one passage lies in another, moved in time and pitch.

A passage is a set of *points*, (P, 2) whole numbers: onset on a grid, and pitch. The score of two passages is how many points of
the one fall on points of the other by the best single translation, over the points of the larger: 1 for the same music in any key at
any place, and little for other music. All notes count, so chords and voices are heard, which lines do not show.

References
----------
Yin, Reuben, Stepney & Collins, "Measuring When a Music Generation Algorithm Copies Too Much", SN Computer Science 3:340, 2022.
Collins, maia-util (``cardinality_score``), whose example the tests hold.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.metrics.melodies import GRID

Points = NDArray[np.integer]
"""(P, 2) onset and pitch, no point twice."""
WINDOW = 16 * GRID
"""The passage that is compared, on the grid of :mod:`workbench.metrics.melodies`: four bars of 4/4."""
MOST_WINDOWS = 64
_SPAN = 2**9  # more than all differences of pitch, from -127 to 127


def cardinality_score(one: Points, other: Points) -> tuple[float, tuple[int, int]]:
    """The score of two passages, 0..1, and the translation from the first to the second, in time and pitch.

    Of translations that do as well the first in time, then the lowest. Two empty passages have 0.
    """
    if not len(one) or not len(other):
        return 0.0, (0, 0)
    shifts, counts = np.unique(_shifts(one, other), return_counts=True)
    best = int(counts.argmax())
    time = (int(shifts[best]) + _SPAN // 2) // _SPAN
    return float(counts[best] / max(len(one), len(other))), (time, int(shifts[best]) - time * _SPAN)


def best_passage(window: Points, piece: Points, length: int) -> float:
    """The highest score of a window against any passage of a piece (sorted by onset) as long as it, ``length`` on the grid.

    The passage begins where the translation puts the window's beginning, whose onset is 0; what else sounds there counts against the
    score.
    """
    if not len(window) or not len(piece):
        return 0.0
    shifts, counts = np.unique(_shifts(window, piece), return_counts=True)
    starts = (shifts + _SPAN // 2) // _SPAN
    first, stop = (np.searchsorted(piece[:, 0], edge) for edge in (starts, starts + length))
    return float((counts / np.maximum(len(window), stop - first)).max())


def likeness(points: Points, pieces: Sequence[Points]) -> float:
    """Mean over the windows of a piece, one after another, of the best score of each in any of the pieces; all sorted by onset.

    What is left at the end is no window, nor is one in which nothing begins; NaN where there is none, as in a piece shorter than ``WINDOW``.
    """
    scores = []
    for window in range(min(int(points[-1, 0]) // WINDOW, MOST_WINDOWS)):
        start = window * WINDOW
        inside = points[slice(*np.searchsorted(points[:, 0], [start, start + WINDOW]))]
        if len(inside):
            moved = inside - np.array([start, 0])
            scores.append(max(best_passage(moved, piece, WINDOW) for piece in pieces))
    return float(np.mean(scores)) if scores else math.nan


def _shifts(one: Points, other: Points) -> NDArray[np.int64]:
    """Every difference of a point of ``other`` and one of ``one``, each as one number."""
    ours, theirs = (points[:, 0].astype(np.int64) * _SPAN + points[:, 1] for points in (one, other))
    differences: NDArray[np.int64] = (theirs[np.newaxis] - ours[:, np.newaxis]).ravel()
    return differences
