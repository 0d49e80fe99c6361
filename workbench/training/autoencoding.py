"""What an autoencoder learns from, is scored by, and leaves: segments, a bound on the likelihood, and its latent space."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH
from workbench.core.model_card import ENCODER_FILE, SPACE_FILE
from workbench.core.segments import ends
from workbench.core.specs import TrainingSettings
from workbench.core.tunes import Tunes, found_tunes
from workbench.core.vocabulary import START, Plan, Tokenizer, TokenSequence, Vocabulary
from workbench.metrics.attributes import ATTRIBUTES, attributes
from workbench.sampling.latents import MOST_LAGS, LatentSpace, PathDecoder, path_generator
from workbench.sampling.loop import sample
from workbench.training.export import export_encoder, export_step
from workbench.training.network import Network
from workbench.training.segments import SegmentBatch, Segments
from workbench.training.stepping import KerasDecoder
from workbench.zoo import Architecture

SCORED_SEGMENTS = 512  # in one scoring batch
MOST_PIECES = 4000
"""Pieces, evenly over the training split, in which attributes and likeness are looked for."""
QUARTER = 4


class Autoencoding:
    """Segments are written again from points of a latent space.

    The training loss is what is descended: the surprise of the tokens, and as much of what the points tell as counts at that moment.
    The validation loss is a bound on the surprise from above (the negative ELBO, one sample a segment): all of what the points tell
    counts. The accuracy beside it is that of tokens written again from points that the encoder gave.
    """

    companions = (ENCODER_FILE, SPACE_FILE)

    def __init__(
        self,
        architecture: Architecture,
        settings: Any,
        vocabulary: Vocabulary,
        training: TrainingSettings,
        train: Sequence[TokenSequence],
    ) -> None:
        self._architecture, self._settings, self._vocabulary = architecture, settings, vocabulary
        self._train = train
        optional = [place for place, field in enumerate(vocabulary.context) if field.is_optional]
        self._segments = Segments(
            train, settings.bars, training.batch_size, settings.latent, optional
        )
        self.batches = self._segments.batches
        self.epoch = self._segments.epoch
        self._encoder: keras.Model | None = None
        self._decoder: KerasDecoder | None = None
        self._tunes: Tunes | None = None  # the same after every epoch

    def score(
        self,
        network: Network,
        valid: Sequence[TokenSequence],
        going_on: Callable[[], bool],
    ) -> tuple[float, float] | None:
        """The negative ELBO in nats per token, with noise that is the same in every epoch, and the accuracy."""
        nats, correct, tokens = 0.0, 0, 0
        for batch in self._in_order(valid):
            if not going_on():
                return None
            told = information(*self._posteriors(network, batch))
            logits = network.logits(batch.inputs).astype(np.float64)  # (B, T, V)
            counted = batch.tokens != START
            top = logits.max(axis=-1, keepdims=True)
            total = np.log(np.exp(logits - top).sum(axis=-1)) + top[..., 0]
            wanted = np.take_along_axis(logits, batch.tokens[..., np.newaxis], axis=-1)[..., 0]
            nats += float((total - wanted)[counted].sum() + told[counted.any(axis=1)].sum())
            correct += int((logits.argmax(axis=-1) == batch.tokens)[counted].sum())
            tokens += int(counted.sum())
        return nats / tokens, correct / tokens

    def compose(self, network: Network, tokenizer: Tokenizer, plan: Plan, seed: int) -> list[int]:
        """Along a path from nothing."""
        self._decoder = self._decoder or KerasDecoder(self._step(network), self._vocabulary)
        cuts = ends(plan, self._settings.bars)
        points = self._space(network).path(len(cuts), path_generator(seed))
        return sample(PathDecoder(self._decoder, cuts, points), tokenizer, plan, seed=seed)

    def export(self, network: Network, path: Path, *companions: Path) -> None:
        """The decoder, the encoder, and what is found in the latent space."""
        architecture, settings, vocabulary = self._architecture, self._settings, self._vocabulary
        assert architecture.build_encoder is not None  # an autoencoder
        export_step(self._step(network), vocabulary, path, latent=True)
        encoder_path, space_path = companions
        encoder = architecture.build_encoder(settings, vocabulary, network.kept)
        export_encoder(encoder, vocabulary, encoder_path)
        self._space(network).save(space_path)

    def _step(self, network: Network) -> keras.Model:
        assert self._architecture.build_step is not None  # an autoencoder
        return self._architecture.build_step(self._settings, self._vocabulary, network.kept)

    def _space(self, network: Network) -> LatentSpace:
        every = -(-len(self._train) // MOST_PIECES)
        pieces = [self._train[number] for number in range(0, len(self._train), every)]
        points = np.concatenate(
            [self._posteriors(network, batch)[0] for batch in self._in_order(pieces)]
        )
        bars, low = self._settings.bars, int(self._vocabulary.tokens[FIRST_PITCH])
        found = [attributes(piece, bars, low) for piece in pieces]
        points = points[: sum(map(len, found))]
        names, directions = found_directions(points, np.concatenate(found))
        cuts = np.cumsum([len(each) for each in found])[:-1]
        likeness = found_likeness(np.split(points, cuts))
        self._tunes = self._tunes or found_tunes(pieces, bars)
        return LatentSpace(names, directions, likeness, self._tunes)

    def _posteriors(self, network: Network, batch: SegmentBatch) -> list[NDArray[np.float32]]:
        """Mean and log-variance of the kept graph, each (B, Z)."""
        if self._encoder is None:
            self._encoder = posterior_of(network.kept)
        return np.split(np.asarray(self._encoder.predict_on_batch(batch.inputs[:2])), 2, axis=1)

    def _in_order(self, sequences: Sequence[TokenSequence]) -> list[SegmentBatch]:
        """All segments of some pieces, in order; the last batch is filled up."""
        settings = self._settings
        segments = Segments(sequences, settings.bars, SCORED_SEGMENTS, settings.latent)
        random = np.random.default_rng(0)
        rows = segments.batch_size
        return [
            segments.side_by_side(range(first, min(first + rows, len(segments))), random)
            for first in range(0, len(segments), rows)
        ]


def posterior_of(network: keras.Model) -> keras.Model:
    """The encoder of an autoencoder as a graph of whole segments: tokens and context to (B, 2Z)."""
    encoder = keras.Model(network.inputs[:2], network.get_layer("posterior").output)
    encoder.compile(jit_compile=False)  # shapes differ from batch to batch
    return encoder


def information(mean: NDArray, log_variance: NDArray) -> NDArray[np.float64]:
    """(S,) nats that posteriors (S, Z) tell over the standard normal prior: their KL divergence."""
    mean, log_variance = mean.astype(np.float64), log_variance.astype(np.float64)
    return (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2


def found_directions(
    points: NDArray[np.float32], values: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Names and directions (A, Z) of the attributes (S, A) in which segments at points (S, Z) differ."""
    names, directions = [], []
    for name, value in zip(ATTRIBUTES, values.T, strict=True):
        known = np.flatnonzero(np.isfinite(value))
        order = known[np.argsort(value[known], kind="stable")]
        count = len(order) // QUARTER
        low, high = order[:count], order[len(order) - count :]
        if not count or not (difference := value[high].mean() - value[low].mean()) > 0:
            continue  # all are alike
        step = value[known].std() / difference
        names.append(name)
        directions.append(step * (points[high].mean(axis=0) - points[low].mean(axis=0)))
    width = points.shape[1]
    return tuple(names), np.array(directions, np.float32).reshape(-1, width)


def found_likeness(pieces: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(L,) correlation of points so many segments apart in one piece, over all numbers of the space together."""
    mean = np.concatenate(pieces).mean(axis=0)
    centred = [each - mean for each in pieces]
    longest = max(map(len, pieces))
    found = []
    for lag in range(min(MOST_LAGS, longest)):
        pairs = [(each[: len(each) - lag], each[lag:]) for each in centred if len(each) > lag]
        product = sum(float((one * other).sum()) for one, other in pairs)
        squares = [sum(float((each[i] ** 2).sum()) for each in pairs) for i in (0, 1)]
        found.append(product / max(float(np.sqrt(squares[0] * squares[1])), 1e-9))
    return np.array([1.0, *found[1:]], np.float32)
