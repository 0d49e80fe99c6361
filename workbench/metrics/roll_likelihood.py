"""How well a model foresees a piano roll frame by frame: 88 keys, each on or off.

Conventions
-----------
A roll is (T, ``KEYS``), 1 where a key sounds. Its *surprise* is the negative log-likelihood of independent keys, summed over keys, in
nats, of every frame from the second: the first is what the first prediction is made from. Pooled over pieces: total over total. So it
is counted in the code of Bai, Kolter & Koltun, *An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
Modeling* (2018), ``poly_music``.

Boulanger-Lewandowski, Bengio & Vincent (2012) count the first frame as well, and models of keys that depend on one another; figures
of theirs are not figures of this ruler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

KEYS = 88
Roll = NDArray[np.bool_]


class RollModel(Protocol):
    """A model that foresees keys."""

    def chances(self, roll: Roll) -> NDArray[np.floating]:
        """(T - 1, ``KEYS``) the chance of each key in each frame from the second, from the frames before it."""
        ...


@dataclass(frozen=True)
class RollLikelihood:
    """Sums over all pieces, and what follows from them."""

    pieces: int
    frames: int
    """That were foreseen: all but the first of each piece."""
    nats: float

    @property
    def nats_per_frame(self) -> float:
        """Surprise in a frame; chances of one half have ``88 log 2``."""
        return self.nats / max(self.frames, 1)


def roll_likelihood(model: RollModel, rolls: Sequence[Roll]) -> RollLikelihood:
    """The surprise of a model over whole pieces."""
    nats = 0.0
    for roll in rolls:
        chances = model.chances(roll).astype(np.float64)
        with np.errstate(divide="ignore"):
            nats -= float(np.log(np.where(roll[1:], chances, 1 - chances)).sum())
    return RollLikelihood(len(rolls), sum(max(len(roll) - 1, 0) for roll in rolls), nats)


@dataclass(frozen=True)
class Even:
    """Every key is as likely on as off."""

    def chances(self, roll: Roll) -> NDArray[np.floating]:
        return np.full((max(len(roll) - 1, 0), KEYS), 0.5)


@dataclass(frozen=True, eq=False)
class KeyShares:
    """Every key as often as in training, whatever is heard: ``share`` (``KEYS``,)."""

    share: NDArray[np.floating]

    def chances(self, roll: Roll) -> NDArray[np.floating]:
        return np.broadcast_to(self.share, (max(len(roll) - 1, 0), KEYS))


@dataclass(frozen=True, eq=False)
class Staying:
    """Every key as often as in training after a frame in which it was off, or on: ``share`` (2, ``KEYS``)."""

    share: NDArray[np.floating]

    def chances(self, roll: Roll) -> NDArray[np.floating]:
        return np.where(roll[:-1], self.share[1], self.share[0])


def fit_key_shares(rolls: Sequence[Roll], weight: float) -> KeyShares:
    """Counted with ``weight`` frames more, in which every key is on as often as all are on average."""
    frames = np.concatenate([roll[1:] for roll in rolls])
    return KeyShares(_share(frames.sum(axis=0), np.full(KEYS, len(frames)), weight))


def fit_staying(rolls: Sequence[Roll], weight: float) -> Staying:
    """Counted like :func:`fit_key_shares`, apart for frames after which the key was off, and on."""
    before = np.concatenate([roll[:-1] for roll in rolls])
    after = np.concatenate([roll[1:] for roll in rolls])
    shares = [
        _share((after & (before == was)).sum(axis=0), (before == was).sum(axis=0), weight)
        for was in (False, True)
    ]
    return Staying(np.stack(shares))


def _share(on: NDArray[np.int64], of: NDArray[np.int64], weight: float) -> NDArray[np.float64]:
    """(``KEYS``,) shares, drawn to the mean of all keys; never 0 nor 1."""
    mean = (on.sum() + 0.5) / (of.sum() + 1)
    return (on + weight * mean) / (of + weight)
