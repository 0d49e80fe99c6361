"""Confidence intervals of a mean: what a few runs with other seeds tell of a figure.

Runs that differ in their seed alone are taken for independent draws of a normal distribution whose spread is not known, so
the mean of n of them has Student's t distribution with n - 1 degrees of freedom ("Student", *The probable error of a
mean*, Biometrika 6, 1908). With three seeds the factor is 4.3, not the 1.96 of many.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95
_HALVINGS = 60  # of a right angle: to the last digit of a float


@dataclass(frozen=True)
class Interval:
    """``mean`` ± ``half_width``, from ``n`` values. One value has no width that anybody knows: None."""

    n: int
    mean: float
    half_width: float | None


def mean_interval(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The mean of at least one value, with the interval that holds the true mean in ``level`` of all cases."""
    mean = statistics.fmean(values)
    n = len(values)
    if n < 2:
        return Interval(n, mean, None)
    error = statistics.stdev(values) / math.sqrt(n)
    return Interval(n, mean, student_factor(n - 1, level) * error)


def student_factor(freedom: int, level: float = LEVEL) -> float:
    """The t for which Student's distribution with ``freedom`` >= 1 degrees lies between -t and t with probability ``level``."""
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _within(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _within(angle: float, freedom: int) -> float:
    """P(|T| < sqrt(freedom) tan(angle)), as a finite sum (Abramowitz & Stegun 26.7.3 and 26.7.4)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for k in range(2 + is_odd, freedom + 1, 2):
        total += term
        term *= cosine**2 * (k - 1) / k
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total
