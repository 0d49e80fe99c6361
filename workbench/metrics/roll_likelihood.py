"""How well a model foresees a piano roll frame by frame: 88 keys, each on or off.

Conventions
-----------
A roll is (T, ``KEYS``), true where a key sounds. Its *surprise* is the negative log-likelihood of its keys, each on or off, summed over keys, in
nats, of every frame from the second: the first is what the first prediction is made from. Pooled over pieces: total over total. So it
is counted in the code of Bai, Kolter & Koltun, *An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
Modeling* (2018), ``poly_music``.

What a chance is conditioned on is the model's own. Keys foreseen side by side, as those of TCN and of the baselines here, know the frames before. A model of tokens
says the keys of a frame one after another, from below (``core.rolls``), so the chance of a key also knows the lower keys of its own frame: by the chain rule
their product is the likelihood of the frame, as in the RNN-NADE of Boulanger-Lewandowski, Bengio & Vincent (2012). Both are likelihoods of the same frames in the same unit,
but a model of the second kind may know which keys go together, and its figure belongs beside those of its kind. Theirs count the first frame as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.rolls import HELD, KEYS, MOST_KEYS, NEXT, STRUCK, Roll
from workbench.core.vocabulary import START, Decoder

LEAST = 1e-12
"""No chance comes nearer to 0 or 1 than this: what rounding makes of a chance that is smaller still costs 28 nats and not infinitely many."""


class RollModel(Protocol):
    """A model that foresees keys."""

    def chances(self, roll: Roll) -> NDArray[np.floating]:
        """(T - 1, ``KEYS``) the chance of each key in each frame from the second."""
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
    return likelihood_of(rolls, (model.chances(roll) for roll in rolls))


def likelihood_of(rolls: Sequence[Roll], chances: Iterable[NDArray[np.floating]]) -> RollLikelihood:
    """The surprise of ``rolls`` (T, ``KEYS``) under the ``chances`` (T - 1, ``KEYS``) that were given to their keys."""
    nats = 0.0
    for roll, each in zip(rolls, chances, strict=True):
        given = each.astype(np.float64)
        with np.errstate(divide="ignore"):
            nats -= float(np.log(np.where(roll[1:], given, 1 - given)).sum())
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


# --- models that say the keys of a frame one after another --------------------------------------


@dataclass(frozen=True, eq=False)
class Heard:
    """A roll as a model of tokens reads it."""

    tokens: NDArray[np.int32]
    """(N,) with every key that stays held."""
    context: NDArray[np.int32]
    """(N, C)"""


def key_chances(
    decoder: Decoder, pieces: Sequence[Heard], batch: int = 32
) -> Iterator[NDArray[np.float64]]:
    """(T, ``KEYS``) what a model says of each key, piece by piece; of the first frame, too, which has nothing before it.

    Before each token stands a distribution over the key that is said next, or none. The chance of a key that is not passed over yet is its
    share of what is left from there on (its *hazard*), so that a frame's chances multiply to those of its tokens. A key that sounded before may be said in two ways, going on
    or struck again, and rolls do not tell which: both count. Tokens that may not come (keys not above the last one, those going on that did not sound)
    have no share.
    """
    for first in range(0, len(pieces), batch):
        yield from _read(decoder, pieces[first : first + batch])


def _read(decoder: Decoder, group: Sequence[Heard]) -> list[NDArray[np.float64]]:
    """The chances of each piece of a group that is read side by side."""
    lengths = np.array([len(each.tokens) for each in group])
    frames = [int((each.tokens == NEXT).sum()) for each in group]
    longest = int(lengths.max(initial=0))
    tokens = np.stack([np.pad(each.tokens, (0, longest - len(each.tokens))) for each in group])
    context = np.stack(
        [np.pad(each.context, ((0, longest - len(each.context)), (0, 0))) for each in group]
    )
    every, keys = np.arange(len(group)), np.arange(KEYS)
    found = np.zeros((len(group), max(frames) + 1, KEYS))
    frame = np.zeros(len(group), np.int64)
    now, before = (np.zeros((len(group), KEYS), np.bool_) for _ in range(2))
    last = np.full(len(group), -1)
    state, previous = decoder.start(len(group)), np.full(len(group), START, np.int32)
    for place in range(longest):
        logits, state = decoder.step(previous, context[:, place], state)
        hazards = _hazards(logits, before, last, now.sum(axis=1))
        previous = tokens[:, place]
        is_next = previous == NEXT
        said = np.where(previous >= STRUCK, (previous - STRUCK) % KEYS, KEYS - 1)
        passed = (keys > last[:, np.newaxis]) & (keys <= said[:, np.newaxis])
        passed &= (place < lengths)[:, np.newaxis]
        found[every, frame] = np.where(passed, hazards, found[every, frame])
        now[every, said] |= previous >= STRUCK
        before = np.where(is_next[:, np.newaxis], now, before)
        now &= ~is_next[:, np.newaxis]
        last = np.where(is_next, -1, said)
        frame += is_next
    return [each[:count] for each, count in zip(found, frames, strict=True)]


def _hazards(
    logits: NDArray[np.floating], before: Roll, last: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(B, ``KEYS``) the chance of each key above ``last`` (B,), if none between was said.

    ``before`` (B, ``KEYS``) sounded in the frame before, and ``count`` (B,) keys were said of this one.
    """
    open_keys = (np.arange(KEYS) > last[:, np.newaxis]) & (count < MOST_KEYS)[:, np.newaxis]
    may = np.zeros(logits.shape, np.bool_)
    may[:, NEXT] = True
    may[:, STRUCK:HELD] = open_keys
    may[:, HELD : HELD + KEYS] = open_keys & before
    scores = np.where(may, logits.astype(np.float64), -np.inf)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    key = chances[:, STRUCK:HELD] + chances[:, HELD : HELD + KEYS]
    left = chances[:, [NEXT]] + np.cumsum(key[:, ::-1], axis=1)[:, ::-1]
    hazards = np.divide(key, left, out=np.zeros_like(key), where=left > 0)
    return np.clip(hazards, LEAST, 1 - LEAST)
