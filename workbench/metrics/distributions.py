"""How the pitches, intervals and note values of a piece are distributed, and how alike two distributions are.

A distribution is an array of shares that add up to 1, over bins that are fixed here and the same for every piece; all zeros
where there is nothing to count. Shares of histograms and of matrices, and densities from :func:`density`, are compared by the
same two numbers:

- :func:`overlap_area`, 0 (nothing in common) to 1 (the same);
- :func:`kl_divergence`, 0 (the same) upward, in nats.

MGEval compares *sets* of pieces so: the distances among the human pieces are one sample, the distances from each generated
piece to each human one another, and the two are compared (:func:`compare_sets`). Its code smooths each sample with a bandwidth of its own
(``scipy.stats.gaussian_kde``, Scott's rule), so that the more even set is drawn narrower; it takes the overlap between the
smallest and the largest value alone, so that the tails are lost; and for the divergence it reads the one density over the one sample's range and
the other over the other's, so that a sample that is only shifted diverges by 0. Here both densities stand on one shared
:class:`Grid`, with one bandwidth, which reaches beyond both samples.

References
----------
Yang & Lerch, "On the evaluation of generative models in music", Neural Computing and Applications 32, 2020.
Silverman, *Density Estimation for Statistics and Data Analysis*, 1986, eq. 3.31.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.core.score import TICKS_PER_QUARTER, Score
from workbench.metrics.facts import estimate_key
from workbench.metrics.lines import lines, pitched

NOTE_VALUES = (4, 2, 1, 1 / 2, 1 / 4, 3, 3 / 2, 3 / 4, 3 / 8, 4 / 3, 2 / 3, 1 / 3)
"""MGEval's twelve, in quarters: whole to sixteenth, dotted half to dotted sixteenth, triplets of halves, quarters, eighths."""
WIDEST = 12
"""Semitones; a larger interval counts as one of an octave."""
POINTS = 512
MARGIN = 3.0
"""Bandwidths by which a grid reaches beyond the samples."""
FLOOR = 1e-9
"""Added to every bin before a divergence, and the shares made to add up to 1 again: an empty bin is rare, not impossible."""

Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """``POINTS`` equally spaced values from ``low`` to ``high``, and the width of the Gaussian that smooths, in the same unit."""

    low: float
    high: float
    bandwidth: float

    @property
    def values(self) -> NDArray[np.float64]:
        return np.linspace(self.low, self.high, POINTS)


@dataclass(frozen=True)
class SetComparison:
    """How far apart the distances among human pieces, and those from generated to human ones, are distributed."""

    overlap: float
    divergence: float


# --- one piece --------------------------------------------------------------------------------


def pitch_classes(score: Score) -> Shares:
    """(12,) shares of the sounding time, from the tonic of the estimated key upward.

    MGEval counts from C, so that two sets in different keys differ by their keys.
    """
    notes = pitched(score)
    tonic = estimate_key(score)[0].tonic
    return _shares(np.bincount((notes["pitch"] - tonic) % 12, notes["duration"], minlength=12))


def note_values(score: Score) -> Shares:
    """(12,) shares of the notes whose length is nearest to each of ``NOTE_VALUES``, drums apart.

    MGEval measures in 96ths of a bar, so that in 3/4 a quarter is no quarter; here a quarter is one in every meter.
    """
    return _shares(np.bincount(_nearest(pitched(score)["duration"]), minlength=12))


def inter_onsets(score: Score) -> Shares:
    """(12,) shares of the times from one onset to the next, nearest to ``NOTE_VALUES``; notes together are one onset."""
    onsets = np.unique(pitched(score)["onset"])
    return _shares(np.bincount(_nearest(np.diff(onsets)), minlength=12))


def intervals(score: Score) -> Shares:
    """(25,) shares of the steps of all lines from an octave down, by semitones, to an octave up."""
    counts = np.zeros(2 * WIDEST + 1)
    for line in lines(score):
        steps = np.clip(np.diff(line["pitch"].astype(int)), -WIDEST, WIDEST)
        counts += np.bincount(steps + WIDEST, minlength=len(counts))
    return _shares(counts)


def pitch_class_transitions(score: Score) -> Shares:
    """(12, 12) shares of the steps of all lines from a pitch class (row) to the next (column), from the tonic upward.

    MGEval (by pretty_midi) takes every two notes of a track of which one begins within 50 ms of the other's end; here
    each note of a line is followed by the next, whatever rest lies between. On a tune without rests both are the same, from C.
    """
    tonic = estimate_key(score)[0].tonic
    return _transitions([(line["pitch"] - tonic) % 12 for line in lines(score)])


def note_value_transitions(score: Score) -> Shares:
    """(12, 12) shares of the steps of all lines from a note value (row) to the next (column), as ``NOTE_VALUES``."""
    return _transitions([_nearest(line["duration"]) for line in lines(score)])


DISTRIBUTIONS = {
    "Pitch classes": pitch_classes,
    "Pitch-class transitions": pitch_class_transitions,
    "Intervals": intervals,
    "Note values": note_values,
    "Note-value transitions": note_value_transitions,
    "Times between notes": inter_onsets,
}
"""By what a person calls them."""


# --- two distributions ------------------------------------------------------------------------


def overlap_area(one: Shares, other: Shares) -> float:
    """What two distributions over the same bins have in common, 0..1."""
    return float(np.minimum(one, other).sum())


def kl_divergence(one: Shares, other: Shares) -> float:
    """Nats that are lost where ``one`` is taken for ``other``, over the same bins; both with ``FLOOR`` in every bin."""
    ours, theirs = (
        (shares + FLOOR) / (shares + FLOOR).sum() for shares in (one.ravel(), other.ravel())
    )
    return float((ours * np.log(ours / theirs)).sum())


def shared_grid(reference: ArrayLike, *others: ArrayLike) -> Grid:
    """A grid for samples that are compared with a reference: its bandwidth by Silverman's rule, and room for all of them.

    NaN is left out. Of a reference that does not vary the bandwidth is a thousandth of the range of all, or 1e-6.
    """
    sample = _known(reference)
    if not len(sample):
        raise ValueError("the reference has no values; compare another feature")
    everything = np.concatenate([sample, *map(_known, others)])
    quartiles = np.diff(np.percentile(sample, [25, 75]))[0] / 1.34
    spread = min(sample.std(), quartiles) if quartiles else sample.std()
    least = max(1e-3 * float(np.ptp(everything)), 1e-6)
    bandwidth = max(0.9 * float(spread) * len(sample) ** -0.2, least)
    margin = MARGIN * bandwidth
    return Grid(float(everything.min()) - margin, float(everything.max()) + margin, bandwidth)


def density(sample: ArrayLike, grid: Grid) -> Shares:
    """(POINTS,) how a sample is spread over a grid: a Gaussian about each value, summed, adding up to 1. NaN is left out."""
    values = _known(sample)
    total = np.zeros(POINTS)
    for start in range(
        0, len(values), POINTS
    ):  # so that memory stays small for a million distances
        apart = (grid.values[:, np.newaxis] - values[start : start + POINTS]) / grid.bandwidth
        total += np.exp(-0.5 * apart**2).sum(axis=1)
    return _shares(total)


# --- two sets ---------------------------------------------------------------------------------


def compare_sets(human: NDArray[np.float64], made: NDArray[np.float64]) -> SetComparison:
    """MGEval's comparison of (N, D) human with (M, D) generated pieces, each told by one distribution or feature.

    D is 1 for a feature; a matrix is flattened. Distances are Euclidean. At least three human pieces and one other are
    needed, else ``ValueError``; pieces with NaN are left out.
    """
    human, made = (rows[~np.isnan(rows).any(axis=1)] for rows in (human, made))
    if len(human) < 3 or not len(made):
        raise ValueError("a comparison needs three human pieces and one other")
    among = _distances(human, human)[np.triu_indices(len(human), 1)]
    across = _distances(made, human).ravel()
    grid = shared_grid(among, across)
    people, models = density(among, grid), density(across, grid)
    return SetComparison(overlap_area(people, models), kl_divergence(people, models))


def _distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, M) Euclidean distances of rows."""
    squares = (one**2).sum(axis=1)[:, np.newaxis] + (other**2).sum(axis=1) - 2 * one @ other.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0))
    return distances


def _known(sample: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(sample, np.float64)
    return values[~np.isnan(values)]


def _shares(counts: NDArray) -> Shares:
    shares: Shares = counts / (counts.sum() or 1.0)
    return shares


def _nearest(ticks: NDArray) -> NDArray[np.int64]:
    """The number of the note value nearest to each length in ticks; of two as near the first of ``NOTE_VALUES``."""
    values = np.array(NOTE_VALUES) * TICKS_PER_QUARTER
    return np.abs(ticks[:, np.newaxis] - values).argmin(axis=1)


def _transitions(sequences: list[NDArray]) -> Shares:
    counts = np.zeros((12, 12))
    for codes in sequences:
        np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return _shares(counts)
