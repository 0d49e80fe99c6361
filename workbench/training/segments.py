"""Segments of melodies side by side, for autoencoders.

A batch is B segments of T steps, T being the longest of the training split; a shorter one is filled up with ``START``. In every epoch
each segment comes once, in an order drawn anew, with noise of its own. What is told of a piece is hidden in some segments, as in
:mod:`workbench.training.batches`. What is drawn depends on the seed and the epoch alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.segments import Segment, ends
from workbench.core.sequences import flatten
from workbench.core.vocabulary import START, TokenSequence
from workbench.training.batches import HIDDEN


@dataclass(frozen=True)
class SegmentBatch:
    """B segments of T tokens. The network reads the tokens that it is to write again."""

    tokens: NDArray[np.int32]
    """(B, T) filled up with ``START``."""
    context: NDArray[np.int32]
    """(B, T, C)"""
    noise: NDArray[np.float32]
    """(B, Z) standard normal: where in its posterior each segment's point lies."""

    @property
    def inputs(self) -> list[NDArray]:
        """In the order a network takes them."""
        return [self.tokens, self.context, self.noise]

    @property
    def targets(self) -> NDArray[np.int32]:
        """(B, T)"""
        return self.tokens

    @property
    def counted(self) -> NDArray[np.float32]:
        """(B, T) 1 where there is a token."""
        return (self.tokens != START).astype(np.float32)


class Segments:
    """All segments of a split. ``bars`` are those of one, ``latent`` is Z; ``optional`` as in ``batches.Windows``."""

    def __init__(
        self,
        sequences: Sequence[TokenSequence],
        bars: int,
        batch_size: int,
        latent: int,
        optional: Sequence[int] = (),
    ) -> None:
        self._flat, self._latent, self._optional = flatten(sequences), latent, list(optional)
        spans = []
        for first, sequence in zip(self._flat.first.tolist(), sequences, strict=True):
            stops = ends(sequence.plan, bars)
            spans.append(first + np.stack([np.r_[0, stops[:-1]], stops], axis=1))
        self.pieces = np.repeat(np.arange(len(spans)), [len(each) for each in spans])
        """(S,) which piece each segment belongs to."""
        self._spans = np.concatenate(spans)  # (S, 2) in places of the flat sequences
        self.longest = int((self._spans[:, 1] - self._spans[:, 0]).max())
        self.batch_size = min(batch_size, len(self._spans))

    def __len__(self) -> int:
        return len(self._spans)

    def __getitem__(self, number: int) -> Segment:
        first, last = self._spans[number].tolist()
        return Segment(self._flat.tokens[first + 1 : last + 1], self._flat.context[first:last])

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return -(-len(self) // self.batch_size)

    def epoch(self, seed: int, epoch: int) -> Iterator[SegmentBatch]:
        """The batches of an epoch. The last is filled up with rows that count nothing."""
        random = np.random.default_rng([seed, epoch])
        order = random.permutation(len(self)).tolist()
        for first in range(0, len(order), self.batch_size):
            batch = self.side_by_side(order[first : first + self.batch_size], random)
            for column in self._optional:
                batch.context[random.random(self.batch_size) < HIDDEN, :, column] = 0
            yield batch

    def side_by_side(self, numbers: Sequence[int], random: np.random.Generator) -> SegmentBatch:
        """Some of the segments as a batch of ``batch_size`` rows."""
        tokens = np.full((self.batch_size, self.longest), START, np.int32)
        context = np.zeros((*tokens.shape, self._flat.context.shape[1]), np.int32)
        for row, number in enumerate(numbers):
            segment = self[number]
            tokens[row, : len(segment.tokens)] = segment.tokens
            context[row, : len(segment.tokens)] = segment.context
        noise = random.standard_normal((self.batch_size, self._latent), np.float32)
        return SegmentBatch(tokens, context, noise)
