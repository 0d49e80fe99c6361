"""What a network learns from and is scored by: one way for networks that go from left to right, one for those that fill holes; that
of autoencoders is in :mod:`workbench.training.autoencoding`.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Frames
from workbench.core.specs import TrainingSettings
from workbench.core.vocabulary import START, Plan, Tokenizer, TokenSequence, Vocabulary
from workbench.metrics.orderless import orderless_likelihood
from workbench.sampling.gibbs import REWRITES, canvas, fill
from workbench.sampling.loop import sample
from workbench.training.autoencoding import Autoencoding
from workbench.training.batches import Batch, Windows
from workbench.training.crops import CropBatch, Crops
from workbench.training.export import export_filler, export_step
from workbench.training.network import Network
from workbench.training.segments import SegmentBatch
from workbench.training.stepping import KerasDecoder
from workbench.zoo import Architecture

SCORED_TOKENS = 16_384  # in one scoring batch, filling included
VALID_MASKS = 3  # a piece, the same in every epoch


class Objective(Protocol):
    """What one network of one kind is taught with."""

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        ...

    @property
    def companions(self) -> tuple[str, ...]:
        """Names of the files that are written beside the graph that composes."""
        ...

    def epoch(self, seed: int, epoch: int) -> Iterator[Batch | CropBatch | SegmentBatch]:
        """The batches of an epoch; they depend on seed and epoch alone."""
        ...

    def score(
        self,
        network: Network,
        valid: Sequence[TokenSequence],
        going_on: Callable[[], bool],
    ) -> tuple[float, float] | None:
        """Nats per token and accuracy of the kept graph over whole pieces. None where ``going_on`` says no meanwhile."""
        ...

    def compose(self, network: Network, tokenizer: Tokenizer, plan: Plan, seed: int) -> list[int]:
        """The tokens of a piece from nothing, by the kept graph as it is at that moment."""
        ...

    def export(self, network: Network, path: Path, *companions: Path) -> None:
        """Write the kept graph for composing, and its companions; ``WorkFailed`` where they say something else than the network."""
        ...


def objective(
    architecture: Architecture,
    settings: Any,
    vocabulary: Vocabulary,
    training: TrainingSettings,
    train: Sequence[TokenSequence],
) -> Objective:
    """The way a kind of network is taught."""
    if architecture.is_autoencoder:
        return Autoencoding(architecture, settings, vocabulary, training, train)
    if architecture.is_orderless:
        return Filling(vocabulary, training, train)
    return LeftToRight(architecture, settings, vocabulary, training, train)


class LeftToRight:
    """Every token is foretold from those before it."""

    companions = ()

    def __init__(
        self,
        architecture: Architecture,
        settings: Any,
        vocabulary: Vocabulary,
        training: TrainingSettings,
        train: Sequence[TokenSequence],
    ) -> None:
        self._architecture, self._settings, self._vocabulary = architecture, settings, vocabulary
        optional = [place for place, field in enumerate(vocabulary.context) if field.is_optional]
        self._windows = Windows(train, training.window, training.batch_size, optional)
        self.batches = self._windows.batches
        self.epoch = self._windows.epoch
        self._decoder: KerasDecoder | None = None

    def score(
        self,
        network: Network,
        valid: Sequence[TokenSequence],
        going_on: Callable[[], bool],
    ) -> tuple[float, float] | None:
        """Every token once."""
        nats, correct = 0.0, 0
        for tokens, context, targets, counted in _whole_pieces(valid):
            if not going_on():
                return None
            inputs = [tokens, context] if context.shape[-1] else [tokens]
            logits = network.logits(inputs).astype(np.float64)  # (B, T, V)
            top = logits.max(axis=-1, keepdims=True)
            total = np.log(np.exp(logits - top).sum(axis=-1)) + top[..., 0]
            wanted = np.take_along_axis(logits, targets[..., np.newaxis], axis=-1)[..., 0]
            nats += float((total - wanted)[counted].sum())
            correct += int((logits.argmax(axis=-1) == targets)[counted].sum())
        tokens_in_all = sum(len(sequence.tokens) for sequence in valid)
        return nats / tokens_in_all, correct / tokens_in_all

    def compose(self, network: Network, tokenizer: Tokenizer, plan: Plan, seed: int) -> list[int]:
        """Token after token."""
        self._decoder = self._decoder or KerasDecoder(self._step(network), self._vocabulary)
        return sample(self._decoder, tokenizer, plan, seed=seed)

    def export(self, network: Network, path: Path, *companions: Path) -> None:
        export_step(self._step(network), self._vocabulary, path)

    def _step(self, network: Network) -> keras.Model:
        assert self._architecture.build_step is not None  # it goes from left to right
        return self._architecture.build_step(self._settings, self._vocabulary, network.kept)


class Filling:
    """Hidden cells are restored from all others, in whatever order."""

    companions = ()

    def __init__(
        self, vocabulary: Vocabulary, training: TrainingSettings, train: Sequence[TokenSequence]
    ) -> None:
        self._frames = Frames(vocabulary)
        steps = max(1, training.window // self._frames.voices)
        self._crops = Crops(self._frames, train, steps, training.batch_size)
        self.batches = self._crops.batches
        self.epoch = self._crops.epoch

    def score(
        self,
        network: Network,
        valid: Sequence[TokenSequence],
        going_on: Callable[[], bool],
    ) -> tuple[float, float] | None:
        """An estimate over all orders of filling (:mod:`workbench.metrics.orderless`)."""
        found = orderless_likelihood(
            _KeptFiller(network), self._frames, valid, masks=VALID_MASKS, going_on=going_on
        )
        return (found.nats_per_token, found.accuracy) if found else None

    def compose(self, network: Network, tokenizer: Tokenizer, plan: Plan, seed: int) -> list[int]:
        """All cells at once, written many times."""
        asked = canvas(self._frames, tokenizer, plan)
        random = np.random.Generator(np.random.PCG64(seed))
        filler = _KeptFiller(network)
        filled = fill(filler, self._frames, asked, random=random, steps=REWRITES, by_doubt=True)
        return self._frames.tokens_of(filled.states).tolist()

    def export(self, network: Network, path: Path, *companions: Path) -> None:
        export_filler(network.kept, self._frames, path)


class _KeptFiller:
    """The kept graph as a ``core.frames.Filler``."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def logits(self, states: NDArray[np.int32], context: NDArray[np.int32]) -> NDArray[np.float32]:
        return self._network.logits([states, np.ascontiguousarray(context)])


def _whole_pieces(sequences: Sequence[TokenSequence]) -> Iterator[tuple[NDArray, ...]]:
    """Pieces of like length side by side: tokens, context, targets, counted, each (B, T, …).

    T is a multiple of 64; what fills up counts nothing.
    """
    order = sorted(sequences, key=lambda sequence: -len(sequence.tokens))
    while order:
        longest = -(-len(order[0].tokens) // 64) * 64
        rows = max(1, SCORED_TOKENS // longest)
        group, order = order[:rows], order[rows:]
        targets = np.full((len(group), longest), START, np.int32)
        tokens = np.full_like(targets, START)
        context = np.zeros((len(group), longest, group[0].context.shape[1]), np.int32)
        for row, each in enumerate(group):
            length = len(each.tokens)
            targets[row, :length] = each.tokens
            tokens[row, 1:length] = each.tokens[:-1]
            context[row, :length] = each.context
        lengths = np.array([len(each.tokens) for each in group])
        yield tokens, context, targets, np.arange(longest) < lengths[:, np.newaxis]
