"""What people borrow from one another, and what to call a piece or a set beside that.

The *baseline* of a training set is measured on its own pieces: each, or a sample, is looked up among the pieces of other families just as a
composition is looked up among all. Of every figure it has the mean with its 95 % interval, and the range in which 95 % of the human pieces
lie. A composition is

- *copied* where a passage of at least ``FEWEST_COPIED`` notes is found in training that is longer than those of all but 2.5 % of the human
  pieces, and that chance does not explain: nothing shorter is called so, however little people borrow; no commonplace is, however
  long; nor is a scale that anybody might play, however large the training set;
- *newer than people* where no passage of ``FEWEST_COPIED`` notes is found, and fewer of its patterns of 4 notes than of all but 2.5 % of
  the human pieces;
- *like people* else.

A set of compositions is copied where more of its pieces are than chance would make of human ones (a one-sided binomial test at 2.5 %), or
where the mean share of its 8-note patterns is above the human mean and their 95 % intervals do not touch; it is newer where it is below
so. The Originality Report judges the mean likewise, by the cardinality score; here that stands beside.

References
----------
Yin, Reuben, Stepney & Collins, SN Computer Science 3:340, 2022, for baseline and interval.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.metrics.intervals import Interval, mean_interval
from workbench.metrics.originality import LENGTHS, Borrowing, Index, borrowing

COPIED, LIKE_PEOPLE, NEWER = "copied", "like people", "newer than people"
FEWEST_COPIED = 12
"""Notes."""
MOST_CHANCE = 1e-4
"""Passages that chance would bring about in the piece; with more expected none is called a copy."""
RARE = 2.5
"""Percent on either side of a range of 95 %."""
FEWEST_PIECES = 5
"""Of fewer human pieces no range is known."""
FIGURES = (*(f"patterns of {length}" for length in LENGTHS), "longest passage", "cardinality score")
"""Shares of patterns found, 0..1; notes; the mean best score, 0..1."""


@dataclass(frozen=True)
class Baseline:
    """The borrowings of human pieces."""

    borrowings: tuple[Borrowing, ...]

    def __post_init__(self) -> None:
        if len(self.borrowings) < FEWEST_PIECES:
            raise ValueError(
                f"a baseline needs at least {FEWEST_PIECES} pieces of different families"
            )

    def mean(self, figure: str) -> Interval | None:
        """The mean of one of ``FIGURES`` with its 95 % interval; None where no piece has it."""
        return mean_of(self.borrowings, figure)

    def usual(self, figure: str) -> tuple[float, float]:
        """The range in which 95 % of the human pieces lie; NaN where no piece has the figure."""
        values = _values(self.borrowings, figure)
        if not len(values):
            return math.nan, math.nan
        low, high = np.percentile(values, [RARE, 100 - RARE])
        return float(low), float(high)

    @property
    def copied_share(self) -> float:
        """The share of human pieces that would be called copied, reckoned as at least one."""
        copied = sum(judge(each, self) == COPIED for each in self.borrowings)
        return max(copied, 1) / len(self.borrowings)


def human_baseline(index: Index, most: int = 200, seed: int = 0) -> Baseline:
    """The baseline of a training set, on a sample of at most so many of its pieces.

    ``ValueError`` where fewer than ``FEWEST_PIECES`` families are left to compare.
    """
    numbers = np.sort(index.numbers)
    if len(np.unique(index.families)) < FEWEST_PIECES:
        raise ValueError(f"a baseline needs at least {FEWEST_PIECES} pieces of different families")
    if len(numbers) > most:
        numbers = np.sort(np.random.default_rng(seed).choice(numbers, most, replace=False))
    found = (index.piece(int(number)) for number in numbers)
    return Baseline(tuple(borrowing(tunes, index, without=family) for tunes, family in found))


def figure_of(found: Borrowing, figure: str) -> float:
    """One of ``FIGURES`` of a piece; NaN where it has none."""
    figures = (*found.shares, _longest(found), found.cardinality)
    return float(figures[FIGURES.index(figure)])


def mean_of(found: Sequence[Borrowing], figure: str) -> Interval | None:
    """The mean of a figure over pieces with its 95 % interval; None where no piece has it."""
    values = _values(found, figure)
    return mean_interval(values.tolist()) if len(values) else None


def judge(found: Borrowing, baseline: Baseline) -> str:
    """What a piece is, beside the baseline of the same set: ``COPIED``, ``LIKE_PEOPLE`` or ``NEWER``."""
    passage = found.longest
    if (
        passage
        and passage.notes >= FEWEST_COPIED
        and passage.chance < MOST_CHANCE
        and (passage.notes > baseline.usual("longest passage")[1])
    ):
        return COPIED
    is_newer = (
        found.shares[0] < baseline.usual("patterns of 4")[0] and _longest(found) < FEWEST_COPIED
    )
    return NEWER if is_newer else LIKE_PEOPLE


def judge_set(found: Sequence[Borrowing], baseline: Baseline) -> str:
    """What a set of pieces is, beside the baseline of the same training set."""
    return judge_figures(
        sum(judge(each, baseline) == COPIED for each in found),
        len(found),
        mean_of(found, "patterns of 8"),
        baseline,
    )


def judge_figures(copied: int, of: int, shares: Interval | None, baseline: Baseline) -> str:
    """The same of a set of which so many pieces are copied; ``shares`` is the mean of their patterns of 8 notes that are found."""
    if copied and _at_least(copied, of, baseline.copied_share) < RARE / 100:
        return COPIED
    theirs = baseline.mean("patterns of 8")
    if shares is None or theirs is None or shares.half_width is None or theirs.half_width is None:
        return LIKE_PEOPLE
    if abs(shares.mean - theirs.mean) <= shares.half_width + theirs.half_width:
        return LIKE_PEOPLE
    return COPIED if shares.mean > theirs.mean else NEWER


def _longest(found: Borrowing) -> int:
    return found.longest.notes if found.longest else 0


def _values(found: Sequence[Borrowing], figure: str) -> NDArray[np.float64]:
    values = np.array([figure_of(each, figure) for each in found], np.float64)
    return values[~np.isnan(values)]


def _at_least(successes: int, trials: int, chance: float) -> float:
    """The probability of at least so many successes."""
    fewer = (
        math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(successes)
    )
    return max(1 - math.fsum(fewer), 0.0)
