"""How sure a figure is that was measured on some pieces: bootstrap intervals, paired tests.

Pieces of one family know one another, so what is drawn anew, or has its sign flipped, is a *family*, never a piece; where every piece
is a family of its own both are the same. Models are compared in the *same* draws: what makes a piece hard for all of them then cancels, and a small
difference is seen.

References
----------
Efron & Tibshirani, *An Introduction to the Bootstrap*, 1993, ch. 13 (percentile intervals).
Good, *Permutation, Parametric and Bootstrap Tests of Hypotheses*, 2005, ch. 3 (the sign-flip test of paired samples).
Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 2000
LEVEL = 0.95
MOST_EXACT = 12
"""With so few families every combination of signs is tried."""


def draws(families: Sequence[int], count: int = DRAWS, seed: int = 0) -> NDArray[np.int64]:
    """(D, N) how often each piece is drawn, when as many families as there are are drawn with replacement."""
    _, member_of = np.unique(np.asarray(families), return_inverse=True)
    size = int(member_of.max(initial=-1)) + 1
    random = np.random.default_rng(seed)
    times = random.multinomial(size, np.full(size, 1 / max(size, 1)), count)
    drawn: NDArray[np.int64] = times[:, member_of]
    return drawn


def ratio(top: ArrayLike, bottom: ArrayLike, weights: NDArray) -> NDArray[np.float64]:
    """(D,) the sum of ``top`` (N,) over that of ``bottom`` (N,) in each draw; NaN where nothing was drawn below the line."""
    above, below = weights @ np.asarray(top, float), weights @ np.asarray(bottom, float)
    return np.divide(above, below, out=np.full(len(weights), np.nan), where=below > 0)


def interval(value: float, replicates: ArrayLike, level: float = LEVEL) -> tuple[float, float]:
    """The percentile interval about a figure.

    The replicates are shifted so that their mean is the figure: of a distance, which a draw with repetitions makes larger, they would
    else lie beside it.
    """
    known = np.asarray(replicates, float)
    known = known[~np.isnan(known)]
    if not len(known):
        return float("nan"), float("nan")
    tail = 50 * (1 - level)
    low, high = np.percentile(known - known.mean() + value, [tail, 100 - tail])
    return float(low), float(high)


def sign_flip(
    differences: ArrayLike, families: Sequence[int], count: int = 10_000, seed: int = 0
) -> float:
    """Two-sided p of a sum of paired differences (N,), by flipping the signs of whole families; 1 where there are none.

    Exact up to ``MOST_EXACT`` families, else from ``count`` draws, and then never below ``1 / (count + 1)``.
    """
    labels, member_of = np.unique(np.asarray(families), return_inverse=True)
    sums = np.zeros(len(labels))
    np.add.at(sums, member_of, np.asarray(differences, float))
    observed = abs(sums.sum())
    nearly = observed * (1 - 1e-12)  # sums in another order differ in the last digit
    if not len(sums):
        return 1.0
    if len(sums) <= MOST_EXACT:
        signs = np.array(list(itertools.product((-1, 1), repeat=len(sums))))
        return float((abs(signs @ sums) >= nearly).mean())
    random = np.random.default_rng(seed)
    signs = random.choice(np.array([-1.0, 1.0]), (count, len(sums)))
    return float((1 + (abs(signs @ sums) >= nearly).sum()) / (count + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p of each of several comparisons, adjusted for their number."""
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    rising = np.maximum.accumulate(np.minimum(np.asarray(p_values, float)[order] * factors, 1.0))
    adjusted = np.empty(len(p_values))
    adjusted[order] = rising
    return [float(each) for each in adjusted]
