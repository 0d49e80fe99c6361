"""A Fréchet distance on music features: how far two sets of pieces lie apart, in mean and in how the features go together.

It is **of the features named in the result and of nothing else**: no network has a part in it, so it is neither the Fréchet Inception
Distance nor the Fréchet Music Distance, and no figure of theirs can be set beside it. The idea is the same: each set is taken
for a normal distribution, and the distance between the two has a closed form. It is squared, as in FID.

Every feature is first measured in standard deviations of the human set, so that semitones and shares count alike. The
covariances are shrunk towards independence (Ledoit & Wolf), as those of few pieces are too good to be true. The distance of few pieces is
still too large: two halves of one set of human pieces are the measure of what is near.

References
----------
Dowson & Landau, "The Fréchet distance between multivariate normal distributions", J. Multivariate Analysis 12, 1982.
Ledoit & Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", J. Multivariate Analysis 88, 2004.
Heusel et al., "GANs trained by a two time-scale update rule", NeurIPS 2017, for the FID.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_PIECES = 3
"""Of fewer there is no spread to speak of."""


@dataclass(frozen=True)
class FrechetDistance:
    """The squared distance, in standard deviations of the human set, and what it is of."""

    value: float
    names: tuple[str, ...]
    """The features it is of."""
    left_out: tuple[str, ...]
    """Features that some piece has no figure of, or that do not vary among the human pieces."""
    pieces: int
    """Of the smaller set."""

    @property
    def caution(self) -> str:
        """What to mind, in a sentence; empty where both sets have more pieces than features."""
        if self.pieces > len(self.names):
            return ""
        return (
            f"{self.pieces} pieces are not more than the {len(self.names)} features, so the distance is mostly what the "
            f"shrinkage makes of it; compare more pieces, or fewer features."
        )


def frechet_distance(
    human: NDArray[np.float64], made: NDArray[np.float64], names: Sequence[str]
) -> FrechetDistance:
    """The distance of (M, F) features of made pieces from (N, F) of human ones.

    ``ValueError`` where a set has fewer than three pieces or no feature is left.
    """
    fewer = min(len(human), len(made))
    if fewer < FEWEST_PIECES:
        raise ValueError(f"a distance needs {FEWEST_PIECES} pieces of each kind")
    known = ~np.isnan(human).any(axis=0) & ~np.isnan(made).any(axis=0)
    spread = np.where(known, human.std(axis=0), 0.0)
    used = known & (spread > 1e-12)
    if not used.any():
        raise ValueError(
            "all pieces of both kinds must have figures of at least one feature that varies"
        )
    middle, scale = human[:, used].mean(axis=0), spread[used]
    ours, theirs = (human[:, used] - middle) / scale, (made[:, used] - middle) / scale
    return FrechetDistance(
        normal_distance(ours.mean(axis=0), shrunk_covariance(ours), theirs.mean(axis=0), shrunk_covariance(theirs)),
        tuple(name for name, chosen in zip(names, used, strict=True) if chosen),
        tuple(name for name, chosen in zip(names, used, strict=True) if not chosen),
        fewer,
    )  # fmt: skip


def normal_distance(
    mean: NDArray[np.float64],
    covariance: NDArray[np.float64],
    other_mean: NDArray[np.float64],
    other_covariance: NDArray[np.float64],
) -> float:
    """The squared Fréchet distance of two normal distributions of F dimensions."""
    root = _square_root(covariance)
    cross = np.linalg.eigvalsh(root @ other_covariance @ root)
    traces = (
        np.trace(covariance) + np.trace(other_covariance) - 2 * np.sqrt(np.maximum(cross, 0)).sum()
    )
    return float(max(((mean - other_mean) ** 2).sum() + traces, 0.0))  # fmt: skip


def shrunk_covariance(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, F) covariance of (N, F) rows, drawn towards the mean variance times identity by as much as Ledoit & Wolf reckon."""
    count, width = rows.shape
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred / count
    target = np.trace(covariance) / width * np.eye(width)
    apart = ((covariance - target) ** 2).sum()
    if apart == 0:
        return target
    squares = (centred**2).sum(axis=1)
    error = ((squares**2).sum() / count - (covariance**2).sum()) / count
    weight = min(error / apart, 1.0)
    shrunk: NDArray[np.float64] = weight * target + (1 - weight) * covariance
    return shrunk


def _square_root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric square root of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: NDArray[np.float64] = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return root
