"""Crops of pieces in frames with cells hidden at random, for networks that fill holes.

A batch is B crops of T steps. From every piece as many crops are cut as would cover it, at places drawn anew in each
epoch; a shorter piece is filled up with ``outside``. Of the cells of a crop a number is hidden that is drawn from 1 to
all of them, each as likely; the loss is averaged over the hidden cells of each crop, so that a crop with few of them says
as much as one with many. What is told of a piece is hidden in some crops, as in :mod:`workbench.training.batches`. That average is an unbiased estimate of the loss over all orders of filling (Uria, Murray &
Larochelle, *A Deep and Tractable Density Estimator*, 2014).

What is drawn depends on the seed and the epoch alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Framed, Frames, framed, hide
from workbench.core.vocabulary import TokenSequence
from workbench.training.batches import HIDDEN


@dataclass(frozen=True)
class CropBatch:
    """B crops of T steps in V voices. Network inputs first, then what is to be restored."""

    states: NDArray[np.int32]
    """(B, T, V) with hidden cells."""
    context: NDArray[np.int32]
    """(B, T, C)"""
    targets: NDArray[np.int32]
    """(B, T, V) the states of all cells; 0 outside."""
    counted: NDArray[np.float32]
    """(B, T, V) 0 where nothing is hidden; of each crop the sum is its number of cells."""

    @property
    def inputs(self) -> list[NDArray[np.int32]]:
        """In the order a network takes them."""
        return [self.states, self.context]


class Crops:
    """All crops of a training split.

    ``window`` is T, the steps of a crop; ``batch_size`` is B at most; a split with fewer crops makes one smaller batch.
    """

    def __init__(
        self, frames: Frames, sequences: Sequence[TokenSequence], window: int, batch_size: int
    ) -> None:
        self.frames, self.window = frames, window
        self._sequences = sequences
        self._optional = [i for i, field in enumerate(frames.context) if field.is_optional]
        lengths = [len(each.tokens) // frames.voices for each in sequences]
        self._crops = np.repeat(
            np.arange(len(lengths)), [-(-length // window) for length in lengths]
        )
        self.batch_size = min(batch_size, len(self._crops))

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return -(-len(self._crops) // self.batch_size)

    def epoch(self, seed: int, epoch: int) -> Iterator[CropBatch]:
        """The batches of an epoch. The last is filled up with crops of the first."""
        random = np.random.default_rng([seed, epoch])
        order = np.resize(random.permutation(self._crops), self.batches * self.batch_size)
        for pieces in np.split(order, self.batches):
            yield self._batch(pieces.tolist(), random)

    def _batch(self, pieces: Sequence[int], random: np.random.Generator) -> CropBatch:
        rows = [self._crop(framed(self.frames, self._sequences[each]), random) for each in pieces]
        return CropBatch(*(np.stack(column) for column in zip(*rows, strict=True)))

    def _crop(self, piece: Framed, random: np.random.Generator) -> tuple[NDArray, ...]:
        """One row of a batch."""
        frames, length = self.frames, len(piece.states)
        first = int(random.integers(0, max(length - self.window, 0) + 1))
        whole = np.full((self.window, frames.voices), frames.outside, np.int32)
        context = np.zeros((self.window, piece.context.shape[1]), np.int32)
        whole[:length] = piece.states[first : first + self.window]
        context[:length] = piece.context[first : first + self.window]
        for column in self._optional:
            if random.random() < HIDDEN:
                context[:, column] = 0
        inside = whole != frames.outside
        cells = int(inside.sum())
        count = int(random.integers(1, cells + 1))
        states = hide(frames, whole, count, random)
        counted = (states == frames.hidden) * np.float32(cells / count)
        return states, context, np.where(inside, whole, 0), counted
