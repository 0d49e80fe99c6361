"""Where the melody goes, on the whole: up or down, over a hill or through a valley.

The melody is the line of the part that lies highest on the mean. Every note counts as one, at the time it begins.
"""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score
from workbench.metrics.features import feature
from workbench.metrics.lines import lines

FEWEST_NOTES = 3
_HURON = "after Huron, The Melodic Arch in Western Folksongs, 1996"


@feature(
    "rise", title="Rise", unit="correlation", low=-1.0, high=1.0, source=_HURON,
    reading="More of it: the melody climbs from its beginning to its end; below 0 it falls.",
)  # fmt: skip
def rise(score: Score) -> float:
    """Correlation of the melody's pitches with time.

    Huron sorts phrases into nine shapes by the means of their beginning, middle and end; here the whole piece has one figure.
    """
    return _correlation(score, bend=False)


@feature(
    "arch", title="Arch", unit="correlation", low=-1.0, high=1.0, source=_HURON,
    reading="More of it: the melody is high in its middle and low at both ends; below 0 it is a valley.",
)  # fmt: skip
def arch(score: Score) -> float:
    """Correlation of the melody's pitches with a parabola over its time, highest in the middle.

    Huron sorts phrases into nine shapes by the means of their beginning, middle and end; here the whole piece has one figure.
    """
    return _correlation(score, bend=True)


def _correlation(score: Score, *, bend: bool) -> float:
    melody = max(lines(score), key=lambda line: float(line["pitch"].mean()))
    onsets, pitches = melody["onset"].astype(float), melody["pitch"].astype(float)
    if len(melody) < FEWEST_NOTES or np.ptp(pitches) == 0:
        return math.nan
    times = (onsets - onsets[0]) / np.ptp(onsets)
    return _pearson(-((times - 0.5) ** 2) if bend else times, pitches)


def _pearson(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    one, other = one - one.mean(), other - other.mean()
    lengths = np.linalg.norm(one) * np.linalg.norm(other)
    return float(np.clip(one @ other / lengths, -1, 1)) if lengths > 0 else math.nan
