"""What the points of an autoencoder still decide: how much of a tune comes again from its own points, and what sliders do.

    PYTHONPATH=. python tests/benchmarks/latent_space.py [MODEL[=DATASET] …] [--pieces 60] [--home FOLDER] [--bound 1 16 64 256]

Tunes of the validation split are made into points and drawn from again, as *Vary* on the Compose page does it: *kept* is the share of a tune's notes that stand there again, at the same place and pitch, with a
share of 0, a half or all of the points drawn anew. The last is chance, and what a model knows without its points. An attribute is moved by two standard deviations, down and up; the figures are its means over segments, in the units of
``workbench.metrics.attributes``. *Bits* are what a point tells of its segment, over the prior. With ``--bound`` it prints instead
how low the bound on the surprise of these tunes is, and how many tokens are guessed, by so many points a segment.
"""

import argparse
import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from creativity import pieces
from musicality import recipe_dataset

from workbench.core.errors import CannotEncode
from workbench.core.frames import FIRST_PITCH
from workbench.core.model_card import read_card
from workbench.core.report import SilentReport
from workbench.core.segments import segments
from workbench.core.settings import validated
from workbench.core.specs import ComposeRequest, LatentRequest, Tune
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.jobs.loading import load_autoencoder
from workbench.jobs.writing import write
from workbench.metrics.attributes import ATTRIBUTES, attributes
from workbench.metrics.latent_bound import latent_bound
from workbench.services import models
from workbench.services.models import Model
from workbench.tokenizers import make
from workbench.workspace import open_workspace
from workbench.zoo import ARCHITECTURES

SHARES = (0.0, 0.5, 1.0)
AMOUNTS = (-2.0, 0.0, 2.0)


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL[=DATASET]", default=["melody-vae"])
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--bound", type=int, nargs="+", default=[], metavar="POINTS")
    options = parser.parse_args()
    workspace = open_workspace(options.home or tempfile.mkdtemp())
    columns = ["bits", *(f"kept, {share:.0%} anew" for share in SHARES), *ATTRIBUTES]
    columns = [f"{count} points" for count in options.bound] or columns
    print(f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for each in options.models:
        name, _, dataset = each.partition("=")
        model = models.get(workspace, name)
        tokenizer = make(model.card.tokenizer)
        tunes = []
        for score in pieces(workspace, dataset or recipe_dataset(workspace, name), "valid"):
            with suppress(CannotEncode):
                tunes.append(tokenizer.encode(score))
        tunes = tunes[: options.pieces]
        figures = bounds(model, tunes, options.bound) or kept(model, tokenizer, tunes)
        print(f"| {model.name} | {' | '.join(figures)} |", flush=True)


def bounds(model: Model, tunes: Sequence[TokenSequence], counts: Sequence[int]) -> list[str]:
    """Nats per quarter note and accuracy, by each number of points."""
    autoencoder, bars = load_autoencoder(model.folder), settings_of(model).bars
    found = [latent_bound(autoencoder, tunes, bars, samples=count) for count in counts]
    return [f"{each.nats_per_quarter:.3f}, {each.accuracy:.1%}" for each in found]


def settings_of(model: Model) -> Any:
    """Those of its architecture."""
    kind = model.card.model
    return validated(ARCHITECTURES.get(kind.architecture).settings, kind.settings)


def kept(model: Model, tokenizer: Tokenizer, tunes: Sequence[TokenSequence]) -> list[str]:
    """Bits, what is kept, and what sliders do."""
    card, settings = read_card(model.folder), settings_of(model)
    low = int(card.vocabulary.tokens[FIRST_PITCH])
    parts = [part for tune in tunes for part in segments(tune, settings.bars)]
    mean, log_variance = (each.astype(np.float64) for each in load_autoencoder(model.folder).encode(parts))  # fmt: skip
    nats = (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1).mean() / 2
    figures = [f"{nats / math.log(2):.1f}"]
    for share in SHARES:
        same = [
            len(notes(tune) & notes(made)) / len(notes(tune))
            for tune, made in zip(tunes, again(model, tokenizer, tunes, vary=share), strict=True)
        ]
        figures.append(f"{np.mean(same):.0%}")
    for column, name in enumerate(ATTRIBUTES):
        means = []
        for amount in AMOUNTS:
            made = again(model, tokenizer, tunes, attributes={name: amount})
            means.append(
                np.nanmean(
                    np.concatenate(
                        [attributes(each, settings.bars, low)[:, column] for each in made]
                    )
                )
            )
        figures.append(" … ".join(f"{value:.2f}" for value in means))
    return figures


def again(
    model: Model, tokenizer: Tokenizer, tunes: Sequence[TokenSequence], **asked: Any
) -> Iterator[TokenSequence]:
    """Every tune drawn from its points; the n-th has the seed n."""
    for seed, tune in enumerate(tunes):
        given = Tune(tune.plan, tuple(tune.tokens.tolist()))
        latent = LatentRequest(given, **asked)
        request = ComposeRequest(model.name, bars=len(tune.plan.bars), seed=seed, latent=latent)
        made, _, _ = write(model.folder, model.card, tokenizer, tune.plan, request, SilentReport())
        yield tokenizer.encode(tokenizer.decode(made, tune.plan))


def notes(tune: TokenSequence) -> set[tuple[int, int]]:
    """Where each note begins, and its token."""
    return {(int(at), int(tune.tokens[at])) for at in np.flatnonzero(tune.tokens >= FIRST_PITCH)}


if __name__ == "__main__":
    main()
