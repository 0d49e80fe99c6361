"""How well a model foresees four voices frame by frame: nats per frame.

Conventions
-----------
A *frame* is what sounds in each of ``VOICES`` voices at one step, soprano to bass; a *cell* is one voice of it. Frames do not tell a
note that is held from one that is struck again. A cell holds one of ``SYMBOLS`` symbols: 0 for silence, 1 + p for the MIDI pitch p.

A reading goes from left to right, and within a frame from soprano to bass; every frame of every piece is counted from the
first, and the total is divided by the number of all frames. Natural logarithm.

*Moving* cells are those whose symbol is another than in the frame before; in the first frame all are. Four fifths of
the cells of a chorale do not move, so the accuracy on those that do tells more.

What a model says of cells may depend on things that the frames do not tell, such as the key. A *hypothesis* is one choice
of these with a chance of its own, given beforehand; the model is the mixture of all, and each cell is foreseen by those
that foresaw the cells before it (:func:`mixed`). That is one predictive distribution from left to right, without a look ahead.

Reference
---------
Boulanger-Lewandowski, Bengio & Vincent, *Modeling temporal dependencies in high-dimensional sequences* (2012), for the
pieces and their split.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import HOLD, REST, Frames
from workbench.core.vocabulary import START, Decoder

VOICES = 4
SILENCE = -1
SYMBOLS = 129
ESCAPE = 1e-4
"""Share of the uniform distribution that is mixed into every cell, so that a pitch for which a model has no token costs 14 nats and
not infinitely many. It costs 0.0004 nats a frame."""


@dataclass(frozen=True)
class FrameLikelihood:
    """Sums over all pieces, and what follows from them."""

    pieces: int
    frames: int
    cells: int
    moving: int
    nats: float
    correct: int
    moving_correct: int

    @property
    def nats_per_frame(self) -> float:
        """Surprise in a frame; ``4 log S`` for chances that are the same for S symbols."""
        return self.nats / max(self.frames, 1)

    @property
    def accuracy(self) -> float:
        """Share of cells that were held likeliest."""
        return self.correct / max(self.cells, 1)

    @property
    def moving_accuracy(self) -> float:
        """The same among the cells that move."""
        return self.moving_correct / max(self.moving, 1)


def symbols_of(frames: NDArray[np.integer]) -> NDArray[np.int64]:
    """(T, 4) symbols of pitches (T, 4), of which ``SILENCE`` is one."""
    return np.maximum(frames, SILENCE).astype(np.int64) + 1


def frame_likelihood(
    pieces: Sequence[NDArray[np.integer]], chances: Iterable[NDArray[np.floating]]
) -> FrameLikelihood:
    """Of ``pieces`` (T, 4), with the ``chances`` (T, 4, ``SYMBOLS``) that a model gave to each cell beforehand."""
    frames = cells = moving = correct = moving_correct = 0
    nats = 0.0
    for piece, given in zip(pieces, chances, strict=True):
        wanted = symbols_of(piece)
        moves = np.ones(wanted.shape, bool)
        moves[1:] = wanted[1:] != wanted[:-1]
        right = given.argmax(axis=-1) == wanted
        with np.errstate(divide="ignore"):
            nats -= float(np.log(_of(given, wanted)).sum())
        frames += len(piece)
        cells += wanted.size
        moving += int(moves.sum())
        correct += int(right.sum())
        moving_correct += int((right & moves).sum())
    return FrameLikelihood(len(pieces), frames, cells, moving, nats, correct, moving_correct)


def mixed(
    piece: NDArray[np.integer],
    hypotheses: Sequence[NDArray[np.floating]],
    priors: NDArray[np.floating],
) -> NDArray[np.float64]:
    """(T, 4, ``SYMBOLS``) chances of the mixture of ``hypotheses``, each (T, 4, ``SYMBOLS``), with these chances beforehand.

    Chances beforehand that add up to less than 1 leave the rest to hypotheses that are not here and foresee nothing.
    """
    wanted = symbols_of(piece)
    given = np.stack([each.reshape(-1, SYMBOLS) for each in hypotheses])  # (H, C, S)
    said = log_chances(piece, hypotheses).reshape(len(hypotheses), -1)  # (H, C)
    before = np.cumsum(said, axis=1) - said + np.log(priors)[:, np.newaxis]
    # What all hypotheses gave to the cells before; at the first, all that is not here.
    total = np.logaddexp.reduce(before, axis=0)
    total[0] = 0.0
    weights = np.exp(before - total)
    return np.einsum("hc,hcs->cs", weights, given).reshape(*wanted.shape, SYMBOLS)


def log_chances(
    piece: NDArray[np.integer], hypotheses: Sequence[NDArray[np.floating]]
) -> NDArray[np.float64]:
    """(H, T, 4) logarithms of what each hypothesis gave to the cells of a piece."""
    wanted = symbols_of(piece)
    with np.errstate(divide="ignore"):
        return np.log(np.stack([_of(each, wanted) for each in hypotheses]))


def _of(chances: NDArray[np.floating], wanted: NDArray[np.int64]) -> NDArray[np.floating]:
    """(T, 4) the chances of the wanted symbols."""
    return np.take_along_axis(chances, wanted[..., np.newaxis], axis=-1)[..., 0]


# --- models that say voices in cells, token by token --------------------------------------------


@dataclass(frozen=True, eq=False)
class Heard:
    """A piece as a model of cells reads it under one hypothesis."""

    tokens: NDArray[np.int32]
    """(T * 4,) with every pitch that stays held."""
    context: NDArray[np.int32]
    """(T * 4, C)"""
    shift: int
    """Semitones from the pitches of the frames to those of the tokens."""


def cell_chances(
    decoder: Decoder, frames: Frames, pieces: Sequence[Heard], batch: int = 64
) -> Iterator[NDArray[np.float64]]:
    """(T, 4, ``SYMBOLS``) what a model says of each cell, piece by piece.

    The model reads the cells before as held notes. Its chance that a voice stays where it is counts both ways to stay: ``hold``, and
    the same pitch struck again (or a rest restated). So the chances are a distribution over what frames can tell, and their
    product the likelihood of the frames under the model that hears repetition as holding. What a model gives to tokens that say
    nothing there (the start symbol, a hold at the beginning) is lost to it.
    """
    for first in range(0, len(pieces), batch):
        group = pieces[first : first + batch]
        yield from (
            _spread(each, rows, frames)
            for each, rows in zip(group, _rows(decoder, frames, group), strict=True)
        )


def _rows(decoder: Decoder, frames: Frames, group: Sequence[Heard]) -> list[NDArray[np.float64]]:
    """(T * 4, R) chances of silence and the pitches of the vocabulary, for each piece."""
    lengths = [len(each.tokens) for each in group]
    longest = max(lengths)
    tokens = np.stack([np.pad(each.tokens, (0, longest - len(each.tokens))) for each in group])
    context = np.stack(
        [np.pad(each.context, ((0, longest - len(each.context)), (0, 0))) for each in group]
    )
    before = np.full(
        (len(group), frames.voices), -1
    )  # the row of each voice, -1 before the beginning
    found = np.zeros((len(group), longest, frames.rows))
    state, previous = decoder.start(len(group)), np.full(len(group), START, np.int32)
    every = np.arange(len(group))
    for place in range(longest):
        logits, state = decoder.step(previous, context[:, place], state)
        chances = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        voice = place % frames.voices
        stays = before[:, voice]
        found[:, place] = chances[:, REST:]
        found[every, place, stays] += np.where(stays >= 0, chances[:, HOLD], 0)
        previous = tokens[:, place]
        before[:, voice] = np.where(previous >= REST, previous - REST, stays)
    return [rows[:length] for rows, length in zip(found, lengths, strict=True)]


def _spread(piece: Heard, rows: NDArray[np.float64], frames: Frames) -> NDArray[np.float64]:
    """(T, 4, ``SYMBOLS``) of the rows of a vocabulary, with ``ESCAPE``."""
    lowest = int(frames.vocabulary.tokens[REST + 1]) - piece.shift
    result = np.full((len(rows), SYMBOLS), ESCAPE / SYMBOLS)
    result[:, 0] += (1 - ESCAPE) * rows[:, 0]
    result[:, 1 + lowest : lowest + frames.rows] += (1 - ESCAPE) * rows[:, 1:]
    return result.reshape(-1, frames.voices, SYMBOLS)
