"""What listeners' answers tell: shares with exact intervals, strengths from comparisons, agreement between listeners.

Shares have the exact binomial interval of Clopper and Pearson, which holds the true share in at least 95 % of all cases, however few the
answers. It takes answers for independent of one another; those of one listener, or about one clip, are not quite, so the truth is a little less
sure than it looks.

References
----------
C. J. Clopper and E. S. Pearson, *The use of confidence or fiducial limits illustrated in the case of the binomial*, Biometrika 26, 1934.
R. A. Bradley and M. E. Terry, *Rank analysis of incomplete block designs*, Biometrika 39, 1952; fitted by the steps of
D. R. Hunter, *MM algorithms for generalized Bradley-Terry models*, Annals of Statistics 32, 2004.
K. Krippendorff, *Computing Krippendorff's alpha-reliability*, 2011.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
_NORMAL = (
    1.959963984540054  # of which 95 % of a normal distribution lies within, in standard deviations
)
PRIOR = 0.5
"""Wins, and as many losses, that each is given against an opponent of average strength, so that who won all or nothing stays finite."""
_STEPS = 10_000
_RESAMPLES = 1000


@dataclass(frozen=True)
class Share:
    """``count`` of ``of``, with the interval that holds the true share."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """0 to 1; NaN of none."""
        return self.count / self.of if self.of else math.nan


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; NaN where nothing can be said."""

    value: float
    low: float
    high: float


NOTHING = Estimate(math.nan, math.nan, math.nan)


def share(count: int, of: int, level: float = LEVEL) -> Share:
    """The share with its exact interval (Clopper-Pearson); of none it is all that may be, 0 to 1."""
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    from scipy.special import betaincinv  # a third of a second, once: not for those who only listen

    tail = (1 - level) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return Share(count, of, low, high)


def bradley_terry(
    wins: NDArray[np.int64] | Sequence[Sequence[int]], prior: float = PRIOR
) -> list[Estimate]:
    """Strengths in natural log-odds, their mean 0, with intervals from the observed information.

    Parameters
    ----------
    wins
        (K, K) how often the row was preferred to the column.
    prior
        See ``PRIOR``; with 0 it is the plain maximum of likelihood, which does not exist where one has won or lost all.

    Returns
    -------
    list of Estimate
        ``a - b`` is the log-odds that the one is preferred to the other.

    Raises
    ------
    ValueError
        Without a prior, where nobody knows how strong the strongest or weakest is.
    """
    table = np.asarray(wins, np.float64)
    size = len(table)
    if prior == 0 and not _connected(table > 0):
        raise ValueError("one has won or lost all, so its strength is not finite")
    games = table + table.T
    gained = table.sum(axis=1) + prior
    strength = np.ones(size)
    for _ in range(_STEPS):  # the step of Hunter's equation 3; the average opponent has strength 1
        met = (games / (strength[:, None] + strength)).sum(axis=1)
        new = gained / (met + 2 * prior / (strength + 1))
        if not prior:
            new /= np.exp(np.log(new).mean())
        done = np.abs(np.log(new / strength)).max() < 1e-12
        strength = new
        if done:
            break
    odds = np.log(strength)
    errors = _errors(games, strength, prior)
    centre = odds.mean()
    return [
        Estimate(float(o - centre), float(o - centre - _NORMAL * e), float(o - centre + _NORMAL * e))
        for o, e in zip(odds, errors, strict=True)
    ]  # fmt: skip


def _errors(
    games: NDArray[np.float64], strength: NDArray[np.float64], prior: float
) -> NDArray[np.float64]:
    """(K,) standard errors of the centred log strengths."""
    chance = strength[:, None] / (strength[:, None] + strength)
    weights = games * chance * (1 - chance)
    information = np.diag(weights.sum(axis=1)) - weights
    alone = strength / (1 + strength)
    information += np.diag(2 * prior * alone * (1 - alone))
    size = len(strength)
    centring = np.eye(size) - 1 / size
    covariance = centring @ np.linalg.pinv(information) @ centring
    return np.sqrt(np.maximum(np.diag(covariance), 0))


def _connected(beats: NDArray[np.bool_]) -> bool:
    """Whether each has beaten each other, if only by way of others."""
    reach = beats | np.eye(len(beats), dtype=bool)
    for _ in range(len(beats)):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    return bool(reach.all())


def agreement(counts: NDArray[np.int64] | Sequence[Sequence[int]], seed: int = 0) -> Estimate:
    """Krippendorff's alpha for names, from how many listeners gave which answer to which item.

    1 is full agreement, 0 that of answers drawn by lot, below 0 less than that. Listeners may have answered different items, and
    different numbers of them; an item with one answer tells nothing. The interval is that of ``_RESAMPLES`` samples of the items, drawn with
    replacement.

    Parameters
    ----------
    counts
        (N, A) answers to each item, by answer.

    Returns
    -------
    Estimate
        NaN where no item has two answers, or all answers are the same.
    """
    table = np.array([row for row in np.asarray(counts, np.float64) if row.sum() >= 2])
    if not len(table):
        return NOTHING
    value = float(_alpha(table, np.ones((1, len(table))))[0])
    if math.isnan(value):
        return NOTHING
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(table), np.full(len(table), 1 / len(table)), size=_RESAMPLES)
    sampled = _alpha(table, drawn.astype(np.float64))
    sampled = sampled[~np.isnan(sampled)]
    low, high = np.quantile(sampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))


def _alpha(table: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(R,) alpha of samples in which each item occurs ``times`` (R, N); NaN where only one answer occurs."""
    raters = table.sum(axis=1)
    unlike = (raters**2 - (table**2).sum(axis=1)) / (raters - 1)
    observed = times @ unlike
    totals = times @ table  # (R, A)
    n = totals.sum(axis=1)
    expected = n**2 - (totals**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (n - 1) * observed / expected, np.nan)
