"""Scoring held-out music with whatever kind of model a folder holds."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.core.frames import Frames
from workbench.core.model_card import read_card
from workbench.core.records import to_json
from workbench.core.settings import validated
from workbench.core.vocabulary import TokenSequence
from workbench.jobs.loading import load_autoencoder, load_decoder, load_filler
from workbench.metrics.chronological import chronological_likelihoods
from workbench.metrics.latent_bound import SAMPLES, latent_bounds
from workbench.metrics.likelihood import Likelihood, likelihoods, pooled
from workbench.metrics.orderless import MASKS, orderless_likelihoods
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES, Architecture

LEFT_TO_RIGHT = ""
ORDERLESS = f"mean over all orders of filling, estimated from {MASKS} masks a piece"
LATENT = (
    f"bound from above, importance-weighted over {SAMPLES} points a segment: the true surprise is no larger, the true"
    " share of right guesses rather larger"
)


def estimate_of(architecture: Architecture) -> str:
    """How :func:`scored` comes to its figures."""
    if architecture.is_autoencoder:
        return LATENT
    return ORDERLESS if architecture.is_orderless else LEFT_TO_RIGHT


def scored(
    folder: Path,
    sequences: Sequence[TokenSequence],
    on_share: Callable[[float], None] | None = None,
) -> tuple[Likelihood, str]:
    """The likelihood of whole pieces, and how it was estimated; nothing where it is exact, from left to right.

    ``on_share`` is told what share is done where that takes minutes, as with autoencoders; an exception it raises ends it.
    """
    found, estimate = scored_each(folder, sequences, on_share)
    return pooled(found), estimate


def scored_each(
    folder: Path,
    sequences: Sequence[TokenSequence],
    on_share: Callable[[float], None] | None = None,
) -> tuple[list[Likelihood], str]:
    """As :func:`scored`, of each piece by itself."""
    card = read_card(folder)
    moving = make(card.tokenizer).moving
    architecture = ARCHITECTURES.get(card.model.architecture)
    estimate = estimate_of(architecture)
    if architecture.is_autoencoder:
        bars = validated(architecture.settings, card.model.settings).bars
        autoencoder = load_autoencoder(folder)
        found = latent_bounds(autoencoder, sequences, bars, moving=moving, on_share=on_share)
        return found, estimate
    if not architecture.is_orderless:
        return likelihoods(load_decoder(folder), sequences, moving=moving), estimate
    frames = Frames(card.vocabulary)
    filled = orderless_likelihoods(load_filler(folder), frames, sequences, moving=moving)
    assert filled is not None  # nobody ends it
    return filled, estimate


def read_in_order(folder: Path, sequences: Sequence[TokenSequence]) -> Iterator[Likelihood]:
    """What :func:`scored_each` estimates of a model that fills holes, from left to right and exact, piece after piece: seconds for each. Of other models as there."""
    card = read_card(folder)
    architecture = ARCHITECTURES.get(card.model.architecture)
    if not architecture.is_orderless:
        return iter(scored_each(folder, sequences)[0])
    settings = validated(architecture.settings, card.model.settings)
    return chronological_likelihoods(
        load_filler(folder), Frames(card.vocabulary), sequences,
        reach=architecture.reach(settings) if architecture.reach else None,
        moving=make(card.tokenizer).moving,
    )  # fmt: skip


def figures(found: Likelihood, estimate: str = LEFT_TO_RIGHT) -> dict[str, Any]:
    """A likelihood as plain numbers."""
    return {
        **to_json(found),
        "nats_per_token": found.nats_per_token,
        "nats_per_quarter": found.nats_per_quarter,
        "accuracy": found.accuracy,
        "moving_accuracy": found.moving_accuracy,
        "perplexity": found.perplexity,
        "estimate": estimate,
    }
