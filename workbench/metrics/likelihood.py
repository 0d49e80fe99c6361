"""How well a model foresees music it has not heard: likelihood and accuracy, token by token.

Conventions
-----------
Natural logarithm (nats). Every token of every piece is counted once, from the first; the model
sees all tokens before it, from the piece's beginning. Figures are pooled: total over total,
never a mean of per-piece means, so long pieces weigh more.

The model is scored as it is, over its whole vocabulary: no grammar masks its logits. A mask would lend
every model the rules of the tokenizer, and hide which of them a model has not learned.

*Moving* tokens are those with which a note or a rest begins (``Tokenizer.moving``). On a grid most tokens hold what there
is, and who always says *hold* is right more often than not; the accuracy on moving tokens tells how well music is foreseen.

Nats per quarter note compare models whose tokenizers cut time differently. Nats per token compare
models of one tokenizer only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.vocabulary import START, Decoder, TokenSequence


@dataclass(frozen=True)
class Likelihood:
    """Sums over all pieces, and what follows from them."""

    pieces: int
    tokens: int
    quarters: float
    nats: float
    """Total negative log-likelihood."""
    correct: int
    """Tokens the model held likeliest; of equals, the one that comes first in the vocabulary."""
    moving: int = 0
    """Tokens that move; 0 where nobody said which do."""
    moving_correct: int = 0
    """Those of them that the model held likeliest."""

    @property
    def nats_per_token(self) -> float:
        """Mean surprise; the uniform model over V tokens has ``log(V)``."""
        return self.nats / max(self.tokens, 1)

    @property
    def nats_per_quarter(self) -> float:
        """Surprise in a quarter note of music."""
        return self.nats / self.quarters if self.quarters else 0.0

    @property
    def accuracy(self) -> float:
        """Share of tokens the model held likeliest."""
        return self.correct / max(self.tokens, 1)

    @property
    def moving_accuracy(self) -> float | None:
        """The same among the tokens that move; None where there are none."""
        return self.moving_correct / self.moving if self.moving else None

    @property
    def perplexity(self) -> float:
        """Among how many tokens, all as likely, one would be as surprised: ``exp(nats_per_token)``."""
        return float(np.exp(self.nats_per_token))


def likelihood(
    decoder: Decoder,
    sequences: Sequence[TokenSequence],
    batch: int = 32,
    *,
    moving: NDArray[np.bool_] | None = None,
) -> Likelihood:
    """Walk whole pieces, ``batch`` of them side by side; ``moving`` (V,) says which tokens move."""
    return pooled(likelihoods(decoder, sequences, batch, moving=moving))


def likelihoods(
    decoder: Decoder,
    sequences: Sequence[TokenSequence],
    batch: int = 32,
    *,
    moving: NDArray[np.bool_] | None = None,
) -> list[Likelihood]:
    """As :func:`likelihood`, of each piece by itself.

    Pieces of like length walk together; one that has ended is fed the start symbol and not counted.
    """
    order = sorted(range(len(sequences)), key=lambda row: -len(sequences[row].tokens))
    nats = np.zeros(len(sequences))
    right = np.zeros((len(sequences), 2), int)  # of all tokens, and of those that move
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        nats[rows], right[rows] = _walk(decoder, [sequences[row] for row in rows], moving)
    return [
        piece_likelihood(sequence, float(surprise), correct[0], moving, correct[1])
        for sequence, surprise, correct in zip(sequences, nats, right, strict=True)
    ]


def piece_likelihood(
    sequence: TokenSequence,
    nats: float,
    correct: float,
    moving: NDArray[np.bool_] | None = None,
    moving_correct: float = 0,
) -> Likelihood:
    """The likelihood of one piece from what was found of it."""
    return Likelihood(
        pieces=1,
        tokens=len(sequence.tokens),
        quarters=sequence.quarters,
        nats=nats,
        correct=round(correct),
        moving=0 if moving is None else int(moving[sequence.tokens].sum()),
        moving_correct=round(moving_correct),
    )


def pooled(pieces: Sequence[Likelihood]) -> Likelihood:
    """Several as one: every sum is added up."""
    return Likelihood(
        pieces=sum(each.pieces for each in pieces),
        tokens=sum(each.tokens for each in pieces),
        quarters=math.fsum(each.quarters for each in pieces),
        nats=math.fsum(each.nats for each in pieces),
        correct=sum(each.correct for each in pieces),
        moving=sum(each.moving for each in pieces),
        moving_correct=sum(each.moving_correct for each in pieces),
    )


def _walk(
    decoder: Decoder, group: Sequence[TokenSequence], moving: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """(B,) nats and (B, 2) right guesses, of all tokens and of those that move, of pieces that stand longest first."""
    lengths = np.array([len(sequence.tokens) for sequence in group])
    tokens = _padded([sequence.tokens for sequence in group])  # (B, T)
    context = _padded([sequence.context for sequence in group])  # (B, T, C)
    state = decoder.start(len(group))
    previous = np.full(len(group), START, np.int32)
    nats = np.zeros(len(group))
    correct = np.zeros((len(group), 2), int)
    for step in range(lengths.max(initial=0)):
        logits, state = decoder.step(previous, context[:, step], state)
        going = int((lengths > step).sum())
        wanted = tokens[:going, step]
        nats[:going] += _surprise(logits[:going], wanted)
        right = logits[:going].argmax(axis=1) == wanted
        correct[:going, 0] += right
        if moving is not None:
            correct[:going, 1] += right & moving[wanted]
        previous = tokens[:, step]
    return nats, correct


def _padded(arrays: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    """(B, longest, …) arrays of unlike length side by side, filled up with ``START``."""
    shape = (len(arrays), max(len(array) for array in arrays), *arrays[0].shape[1:])
    result = np.full(shape, START, np.int32)
    for row, array in zip(result, arrays, strict=True):
        row[: len(array)] = array
    return result


def _surprise(logits: NDArray[np.floating], wanted: NDArray[np.int32]) -> NDArray[np.float64]:
    """(B,) minus the log-probability of the wanted tokens, in float64."""
    logits = logits.astype(np.float64)
    top = logits.max(axis=1)
    total = np.log(np.exp(logits - top[:, np.newaxis]).sum(axis=1)) + top
    return total - logits[np.arange(len(wanted)), wanted]
