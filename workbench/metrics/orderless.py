"""How well a model that fills holes foresees music it has not heard, over all orders of filling.

Conventions
-----------
Any order of filling the cells of a piece one by one gives a likelihood of the whole piece, by the chain rule. What is
estimated here is minus its logarithm, in nats, on average over all orders, each as likely. The estimate is unbiased: of
a piece, a number of cells drawn evenly from 1 to all is hidden at random, and the mean surprise of the hidden cells stands
for every cell (Uria, Murray & Larochelle, *A Deep and Tractable Density Estimator*, 2014). It is drawn ``masks`` times for a piece,
stratified over the number of hidden cells; the same seed gives the same figure.

Beside :mod:`workbench.metrics.likelihood` it is a figure about the same music in the same unit, but another one: there one
order is scored exactly, from left to right; here the mean over orders is estimated. By Jensen's inequality it is
never below the surprise of the orders' mixture. States and tokens say the same of a piece, one for one, and what
the model gives to states that no piece can have is lost to it, as with tokens that the grammar forbids there.
Huang et al. (2017) report frames in random order with the cells of a frame filled one after another; that
takes a pass for every cell and is not done here.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Filler, Framed, Frames, framed, hide
from workbench.core.vocabulary import TokenSequence
from workbench.metrics.likelihood import Likelihood, piece_likelihood, pooled

MASKS = 16
MOST_CELLS = 8192  # in one pass


def orderless_likelihood(
    filler: Filler,
    frames: Frames,
    sequences: Sequence[TokenSequence],
    *,
    moving: NDArray[np.bool_] | None = None,
    masks: int = MASKS,
    seed: int = 0,
    going_on: Callable[[], bool] = lambda: True,
) -> Likelihood | None:
    """The estimate over whole pieces; ``correct`` is an estimate too, and ``moving_correct`` of the tokens (V,) that move. None where ``going_on`` says no between pieces."""
    found = orderless_likelihoods(
        filler, frames, sequences, moving=moving, masks=masks, seed=seed, going_on=going_on
    )
    return None if found is None else pooled(found)


def orderless_likelihoods(
    filler: Filler,
    frames: Frames,
    sequences: Sequence[TokenSequence],
    *,
    moving: NDArray[np.bool_] | None = None,
    masks: int = MASKS,
    seed: int = 0,
    going_on: Callable[[], bool] = lambda: True,
) -> list[Likelihood] | None:
    """As :func:`orderless_likelihood`, of each piece by itself."""
    found = []
    for number, sequence in enumerate(sequences):
        if not going_on():
            return None
        random = np.random.default_rng([seed, number])
        piece = framed(frames, sequence)
        moves = np.zeros(len(sequence.tokens), bool) if moving is None else moving[sequence.tokens]
        cells = moves.reshape(piece.states.shape)
        surprise, right, right_moving = _estimate(filler, frames, piece, cells, masks, random)
        count = len(sequence.tokens)
        found.append(
            piece_likelihood(
                sequence, surprise * count, right * count, moving, right_moving * moves.sum()
            )
        )
    return found


def _estimate(
    filler: Filler,
    frames: Frames,
    piece: Framed,
    moves: NDArray[np.bool_],
    masks: int,
    random: np.random.Generator,
) -> tuple[float, float, float]:
    """Mean surprise of a cell, share of cells held likeliest, and that share among the cells (T, V) that move."""
    cells = piece.states.size
    shares = (np.arange(masks) + random.random(masks)) / masks
    counts = np.minimum((shares * cells).astype(int) + 1, cells)
    hidden = np.stack([hide(frames, piece.states, int(count), random) for count in counts])
    side_by_side = max(1, MOST_CELLS // cells)
    surprises: list[float] = []
    rights: list[float] = []
    moving_rights: list[float] = []  # of crops that hide such a cell
    for first in range(0, masks, side_by_side):
        states = hidden[first : first + side_by_side]
        context = np.broadcast_to(piece.context, (len(states), *piece.context.shape))
        logits = filler.logits(states, context).astype(np.float64)  # (B, T, V, S)
        top = logits.max(axis=-1)
        total = np.log(np.exp(logits - top[..., np.newaxis]).sum(axis=-1)) + top
        wanted = np.broadcast_to(piece.states, states.shape)
        given = np.take_along_axis(logits, wanted[..., np.newaxis], axis=-1)[..., 0]
        for row in range(len(states)):
            holes = states[row] == frames.hidden
            surprises.append(float((total - given)[row][holes].mean()))
            right = (logits.argmax(axis=-1) == wanted)[row]
            rights.append(float(right[holes].mean()))
            if (holes & moves).any():
                moving_rights.append(float(right[holes & moves].mean()))
    of_moving = float(np.mean(moving_rights)) if moving_rights else 0.0
    return float(np.mean(surprises)), float(np.mean(rights)), of_moving
