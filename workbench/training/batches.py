"""Windows cut out of pieces, anew in every epoch, and stacked into batches of one shape.

A piece longer than the window is cut into ``L // window + 1`` windows of full length. They overlap by
amounts drawn anew each epoch, so that cuts fall everywhere in time; tokens that two windows share are counted in the
first and are context in the second. A shorter piece is one window, filled up at its end. So every token
is counted exactly once an epoch, and the number of batches is the same in every epoch.

The sequences may lie on disk (:mod:`workbench.core.sequences`): a batch copies its own windows, and nothing else is
held in memory, so that a training set may be larger than it.

What is drawn depends on the seed and the epoch alone: an epoch trained again after an interruption sees the
same batches in the same order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.sequences import flatten
from workbench.core.vocabulary import TokenSequence

HIDDEN = 0.2
"""Share of the windows in which an optional number of the context is hidden."""


@dataclass(frozen=True)
class Batch:
    """B windows of T tokens. Network inputs first, then what is to be foretold."""

    tokens: NDArray[np.int32]
    """(B, T) the tokens before each target, beginning with ``START`` at the start of a piece."""
    context: NDArray[np.int32]
    """(B, T, C) known before each target."""
    targets: NDArray[np.int32]
    """(B, T)"""
    counted: NDArray[np.float32]
    """(B, T) 1 where the target counts, 0 for filling and for what another window counts."""

    @property
    def inputs(self) -> list[NDArray[np.int32]]:
        """In the order a network takes them; without context where the vocabulary has none."""
        return [self.tokens, self.context] if self.context.shape[-1] else [self.tokens]


class Windows:
    """All windows of a training split.

    Parameters
    ----------
    sequences
        At least one piece with at least one token.
    window
        T, tokens in a window.
    batch_size
        B at most; a split with fewer windows makes one smaller batch.
    optional
        Columns of the context that are hidden (set to 0) in some windows, each by itself, so that a model learns
        to do with and without.
    """

    def __init__(
        self,
        sequences: Sequence[TokenSequence],
        window: int,
        batch_size: int,
        optional: Sequence[int] = (),
    ) -> None:
        self.window = window
        self.optional = list(optional)
        self._flat = flatten(sequences)
        self.lengths, self.first = self._flat.lengths, self._flat.first
        self.windows = int(np.where(self.lengths > window, self.lengths // window + 1, 1).sum())
        self.batch_size = min(batch_size, self.windows)

    @property
    def context_fields(self) -> int:
        """C, how many numbers are known before each token."""
        return int(self._flat.context.shape[1])

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return -(-self.windows // self.batch_size)

    @property
    def tokens(self) -> int:
        """Tokens that count in an epoch."""
        return int(self.lengths.sum())

    def epoch(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The batches of an epoch. The last is filled up with windows that count nothing."""
        random = np.random.default_rng([seed, epoch])
        spans = self._spans(random)
        spans = spans[random.permutation(len(spans))]
        spare = self.batches * self.batch_size - len(spans)
        spans = np.concatenate([spans, np.zeros((spare, 3), np.int64)])
        hidden = random.random((len(spans), len(self.optional))) < HIDDEN
        for rows, out in zip(
            np.split(spans, self.batches), np.split(hidden, self.batches), strict=True
        ):
            yield self._batch(rows, out)

    def _spans(self, random: np.random.Generator) -> NDArray[np.int64]:
        """(N, 3) start of each window, and the first and the end of what it counts."""
        spans = np.empty((self.windows, 3), np.int64)
        row = 0
        for first, length in zip(self.first.tolist(), self.lengths.tolist(), strict=True):
            if length <= self.window:
                spans[row] = first, first, first + length
                row += 1
                continue
            count = length // self.window + 1
            slack = random.multinomial(count * self.window - length, np.full(count, 1 / count))
            ends = np.cumsum(self.window - slack)
            part = spans[row : row + count]
            part[:, 0] = np.maximum(ends - self.window, 0)
            part[0, 1], part[1:, 1] = 0, ends[:-1]
            part[:, 2] = ends
            part += first
            row += count
        return spans

    def _batch(self, spans: NDArray[np.int64], hidden: NDArray[np.bool_]) -> Batch:
        start, begin, end = (spans[:, column, np.newaxis] for column in range(3))
        places = start + np.arange(self.window)  # (B, T)
        counted = (places >= begin) & (places < end)
        # What fills up a window comes from the next piece; at the end of all there is none.
        places = np.minimum(places, len(self._flat.tokens) - 2)
        context = self._flat.context[places]
        for column, rows in zip(self.optional, hidden.T, strict=True):
            context[rows, :, column] = 0
        return Batch(
            self._flat.tokens[places],
            context,
            self._flat.tokens[places + 1],
            counted.astype(np.float32),
        )
