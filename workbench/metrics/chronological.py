"""How well a model that fills holes foresees music from left to right, exactly.

Conventions
-----------
Frame after frame, with everything later hidden. Within a frame the voices may be filled in any order; a frame's probability
is the mean over all of these orders, each as likely, of the product of what the model gives to one voice after the other. A mean of
distributions is one, so the product over the frames is the likelihood of the piece under one model that goes from left
to right. That makes the figure the same as :mod:`workbench.metrics.likelihood` has for other models, whereas
:mod:`workbench.metrics.orderless` estimates the mean over every order of filling. As there, what the model gives to states that no piece can have is lost to it.

It takes 2^V - 1 passes for each frame of V voices, one for every set of voices that may be known there. A convolutional network
need only see as far as it reaches.

Reference
---------
Huang, Cooijmans, Roberts, Courville & Eck, *Counterpoint by Convolution* (ISMIR 2017), for orders by time and for the
mean over several orders.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import factorial, log

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Filler, Framed, Frames, framed
from workbench.core.vocabulary import TokenSequence
from workbench.metrics.likelihood import Likelihood, piece_likelihood

MOST_CELLS = 32_768  # in one pass


def chronological_likelihoods(
    filler: Filler,
    frames: Frames,
    sequences: Sequence[TokenSequence],
    *,
    reach: int | None = None,
    moving: NDArray[np.bool_] | None = None,
) -> Iterator[Likelihood]:
    """Of each piece by itself, one after the other.

    ``reach`` is how many steps away something still changes what the filler says of a cell; None where it sees the whole piece. A cell is
    ``correct`` by the share of orders in which its state was held likeliest. ``moving`` (V,) says which tokens move.
    """
    for sequence in sequences:
        piece = framed(frames, sequence)
        logs, right = _foreseen(filler, frames, piece, reach)
        moves = np.zeros(len(sequence.tokens), bool) if moving is None else moving[sequence.tokens]
        correct = _share_right(right)
        right_moving = correct[moves.reshape(correct.shape)].sum()
        yield piece_likelihood(
            sequence, _surprise(logs), float(correct.sum()), moving, right_moving
        )


def _surprise(logs: NDArray[np.float64]) -> float:
    """Nats of a piece, of the ``logs`` (T, 2^V - 1, V) that its cells were given."""
    steps, sets, voices = logs.shape
    # What is given to the voices of each set, added up over the orders in which they can have been filled.
    given = np.full((steps, sets + 1), -np.inf)
    given[:, 0] = 0.0
    for known in range(sets):
        for voice in range(voices):
            if not known >> voice & 1:
                more = given[:, known] + logs[:, known, voice]
                given[:, known | 1 << voice] = np.logaddexp(given[:, known | 1 << voice], more)
    return float(steps * log(factorial(voices)) - given[:, -1].sum())


def _share_right(right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(T, V) the share of orders in which a cell was held likeliest, of ``right`` (T, 2^V - 1, V)."""
    voices = right.shape[-1]
    known = _known(voices)
    before = known.sum(axis=1)
    orders = [factorial(each) * factorial(voices - 1 - each) for each in before.tolist()]
    weights = np.where(known, 0.0, np.array(orders)[:, np.newaxis] / factorial(voices))
    return np.einsum("tkv,kv->tv", right, weights)


def _foreseen(
    filler: Filler, frames: Frames, piece: Framed, reach: int | None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(T, 2^V - 1, V) for every cell and set of voices known beside it: the logarithm of what its state was given, and whether it was held likeliest."""
    steps, voices = piece.states.shape
    known = _known(voices)
    logs, right = np.zeros((steps, len(known), voices)), np.zeros((steps, len(known), voices), bool)
    for group, before, width in _alike(steps, reach, len(known) * voices):
        states = np.full((len(group), len(known), width, voices), frames.hidden, np.int32)
        context = np.empty((*states.shape[:-1], piece.context.shape[1]), np.int32)
        for row, step in enumerate(group):
            states[row, :, :before] = piece.states[step - before : step]
            states[row, :, before] = np.where(known, piece.states[step], frames.hidden)
            context[row] = piece.context[step - before : step - before + width]
        rows = len(group) * len(known)
        read = filler.logits(states.reshape(rows, width, voices), context.reshape(rows, width, context.shape[-1]))  # fmt: skip
        logits = read[:, before].reshape(*states.shape[:2], voices, -1).astype(np.float64)
        logits -= np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        wanted = piece.states[group][:, np.newaxis, :, np.newaxis]  # (G, 1, V, 1)
        logs[group] = np.take_along_axis(logits, wanted, axis=-1)[..., 0]
        right[group] = logits.argmax(axis=-1) == wanted[..., 0]
    return logs, right


def _known(voices: int) -> NDArray[np.bool_]:
    """(2^V - 1, V) every set of voices that leaves one to be filled; the bits of a row's number tell its set."""
    return np.arange(2**voices - 1)[:, np.newaxis] >> np.arange(voices) & 1 == 1


def _alike(steps: int, reach: int | None, cells: int) -> Iterator[tuple[list[int], int, int]]:
    """Steps with windows of one shape, as many as fit one pass: the steps, how many come before each in its window, and the window's width.

    ``cells`` is how many there are to a step of a window, over all of its passes.
    """
    reach = steps if reach is None else reach

    def shape(step: int) -> tuple[int, int]:
        before = min(step, reach)
        return before, before + 1 + min(steps - 1 - step, reach)

    for (before, width), same in groupby(range(steps), shape):
        group = list(same)
        most = max(1, MOST_CELLS // (cells * width))
        for first in range(0, len(group), most):
            yield group[first : first + most], before, width
