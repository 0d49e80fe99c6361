"""The latent space of an autoencoder: its directions, how pieces move through it, and ways from point to point.

A piece is a path of points, one for each segment (:mod:`workbench.core.segments`); S is its segments, Z the width of the
space. Each point by itself is standard normal. But the segments of a tune are not strangers to one another: its phrases
come again. How alike the points of two segments are, so many segments apart, is measured on the training split (*likeness*), and a
piece from nothing is a path drawn with that likeness: a theme that returns after as many bars as themes there do.

Between two points runs the great circle (Shoemake, *Animating Rotation with Quaternion Curves*, 1985; White, *Sampling
Generative Networks*, 2016), for along a straight line the points in the middle are nearer to the origin than any melody.

An *attribute* is a direction in the space: from the mean of the segments in the lowest quarter of, say, density to that of
those in the highest (Roberts et al. 2018), as long as it takes to change density by one standard deviation of the training split.
"""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.core.segments import SegmentDecoder
from workbench.core.tunes import Tunes, read_tunes
from workbench.core.vocabulary import START, Grammar

MOST_LAGS = 32  # segments between which a likeness is measured
LEAST_OWN = 0.05  # of the variance of points, in any direction over a piece


@dataclass(frozen=True, eq=False)
class LatentSpace:
    """What was found in the latent space once a model was trained, on its training split alone."""

    names: tuple[str, ...]
    """(A,) of the attributes that segments differ in."""
    directions: NDArray[np.float32]
    """(A, Z) what one standard deviation more of each adds to a point."""
    likeness: NDArray[np.float32]
    """(L,) correlation of the points of segments 0, 1, … apart, 1 at first."""
    tunes: Tunes | None = None
    """What joins segments into a tune (:mod:`workbench.sampling.joining`); None where nothing was counted."""

    def path(self, segments: int, random: np.random.Generator) -> NDArray[np.float64]:
        """(S, Z) points for a piece from nothing: each standard normal, together with the likeness of a tune."""
        covariance = self._covariance(segments)
        # Measured correlations need not belong together exactly: the nearest that do.
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        root /= np.linalg.norm(root, axis=1, keepdims=True)
        return root @ random.standard_normal((segments, self.directions.shape[1]))

    def root(self, segments: int) -> NDArray[np.float64]:
        """(S, S) lower triangular: times S standard normal points in a column, points with the likeness of a tune, one after another."""
        values, vectors = np.linalg.eigh(self._covariance(segments))
        # No point may follow wholly from those before it: a form may put others there.
        covariance = (vectors * np.maximum(values, LEAST_OWN)) @ vectors.T
        lengths = np.sqrt(np.diag(covariance))
        return np.linalg.cholesky(covariance / np.outer(lengths, lengths))

    def _covariance(self, segments: int) -> NDArray[np.float64]:
        """(S, S) the likeness of each two segments of a piece, as it was measured."""
        apart = np.abs(np.subtract.outer(np.arange(segments), np.arange(segments)))
        known = np.append(self.likeness.astype(np.float64), 0.0)
        return known[np.minimum(apart, len(self.likeness))]

    def move(
        self, points: NDArray[np.float64], amounts: Mapping[str, float]
    ) -> NDArray[np.float64]:
        """Points (S, Z) with so many standard deviations more of each attribute; ``InvalidSetting`` for one that is none."""
        for name in amounts:
            if name not in self.names:
                known = ", ".join(self.names) or "none"
                raise InvalidSetting(f"This model has no attribute {name!r}; it has {known}.")
        return points + sum(
            amount * self.directions[self.names.index(name)] for name, amount in amounts.items()
        )

    def save(self, path: Path) -> None:
        """Write an ``.npz`` of plain arrays."""
        with path.open("wb") as file:
            arrays: dict[str, Any] = {"names": np.array(self.names, "U32")}
            arrays |= {"directions": self.directions, "likeness": self.likeness}
            arrays |= self.tunes.arrays() if self.tunes else {}
            np.savez_compressed(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())


def load_space(path: Path) -> LatentSpace:
    """What ``save`` wrote; ``UnreadableFile`` where the file is none."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = tuple(str(name) for name in arrays["names"])
            return LatentSpace(names, arrays["directions"], arrays["likeness"], read_tunes(arrays))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"The file {path.name} holds no latent space ({error}); train the model again."
        ) from error


def path_generator(seed: int) -> np.random.Generator:
    """What draws the path of a piece: another generator than draws its notes."""
    return np.random.Generator(np.random.PCG64([seed, 1]))


def slerp(
    one: NDArray[np.float64], other: NDArray[np.float64], share: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Points (S, Z) on the great circle from ``one`` (share 0) to ``other`` (share 1), both (S, Z); shares (S,) or one.

    Lengths go in a line from the one's to the other's; points in one direction, in opposite ones or in none are joined by a straight line.
    """
    share = np.broadcast_to(share, one.shape[:1])[:, np.newaxis]
    lengths = [np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other)]
    units = [
        each / np.maximum(length, 1e-9) for each, length in zip((one, other), lengths, strict=True)
    ]
    angle = np.arccos(np.clip((units[0] * units[1]).sum(axis=1, keepdims=True), -1, 1))
    sine = np.sin(angle)
    is_straight = (sine < 1e-4) | (lengths[0] * lengths[1] < 1e-9)
    sine = np.where(is_straight, 1, sine)
    turned = np.sin((1 - share) * angle) / sine * units[0] + np.sin(share * angle) / sine * units[1]
    length = (1 - share) * lengths[0] + share * lengths[1]
    return np.where(is_straight, (1 - share) * one + share * other, length * turned)


class PathDecoder:
    """A ``core.vocabulary.Decoder`` of whole pieces: at every cut it begins anew, from the next point of the path.

    ``ends`` (S,) are the steps where segments end, ``points`` (S, Z) what they stand for. The state is the number of the next
    token, and the autoencoder's.
    """

    def __init__(
        self, autoencoder: SegmentDecoder, ends: NDArray[np.int64], points: NDArray[np.float64]
    ) -> None:
        self._autoencoder, self._points = autoencoder, points
        self._begins = {int(first): number for number, first in enumerate([0, *ends[:-1]])}

    def over(self, grammar: Grammar) -> Grammar:
        """For ``sampling.loop.sample``: nothing has to come again."""
        return grammar

    def start(self, batch: int) -> tuple[int, Any]:
        """Before the first token of all."""
        return 0, None

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: tuple[int, Any]
    ) -> tuple[NDArray[np.float32], tuple[int, Any]]:
        """As :class:`Decoder` has it; where a segment begins, the token before is not looked at."""
        number, inner = state
        if number in self._begins:
            tokens = np.full_like(tokens, START)
            point = self._points[self._begins[number]]
            inner = self._autoencoder.begin(np.tile(point, (len(tokens), 1)))
        logits, inner = self._autoencoder.step(tokens, context, inner)
        return logits, (number + 1, inner)

    def attention(self, state: Any) -> None:
        """It does not look back."""
