"""A training step compiled by XLA or as it is, in 32 and in 16 bits: why ``training/network.py`` compiles what it compiles.

    PYTHONPATH=. python tests/benchmarks/compiled_training.py [harmoniser gru ...] [--steps 20]

Names are of bundled models, which are taken anew with the settings of their training, or of architectures, in their size "small". They learn from some
pieces of the collections that the bundled model (for architectures, *folk*) was trained on. Milliseconds a step, the median of ``--steps`` after three to warm up;
compiling comes on top once in a training.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from workbench.core.errors import CannotEncode
from workbench.core.model_card import ModelCard, read_card
from workbench.core.settings import validated
from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.corpora import CORPORA
from workbench.services.training import preset
from workbench.tokenizers import TOKENIZERS, make
from workbench.training.network import Network
from workbench.training.objectives import objective
from workbench.workspace import REPOSITORY
from workbench.zoo import ARCHITECTURES, Architecture

BUNDLED = REPOSITORY / "models" / "pretrained"
MODELS = ("chorales", "folk", "folk-abc", "melody-vae", "quartets", "harmoniser")
LEFT = ("gru", "lstm-attention", "transformer")  # what no bundled model is
PIECES, WARM = 24, 3
Learner = tuple[Architecture, Any, Tokenizer, TrainingSettings]


def main() -> None:
    """A table of models."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=[*MODELS, *LEFT])
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    print("| | bits | compiled | as it is |\n|---|---:|---:|---:|")
    for name in options.names:
        card = read_card(BUNDLED / (name if name in MODELS else "folk"))
        taught = bundled(card) if name in MODELS else small(name)
        pieces = list(itertools.islice(music(card, taught[2]), PIECES))
        for mixed in (False, True):
            compiled, plain = (milliseconds(taught, pieces, mixed, each, options.steps) for each in (True, False))  # fmt: skip
            print(f"| {name} | {16 if mixed else 32} | {compiled:.0f} ms | {plain:.0f} ms |", flush=True)  # fmt: skip


def bundled(card: ModelCard) -> Learner:
    """As a bundled model was trained."""
    architecture = ARCHITECTURES.get(card.model.architecture)
    assert card.recipe is not None  # bundled models say how they are made
    settings = validated(architecture.settings, card.model.settings)
    return architecture, settings, make(card.tokenizer), card.recipe.training


def small(name: str) -> Learner:
    """An architecture as the page of training begins with it, for melodies."""
    architecture, kind = ARCHITECTURES.get(name), TOKENIZERS.get("melody-steps")
    model, training = preset(architecture, kind, "small")
    settings = validated(architecture.settings, model)
    return architecture, settings, make(TokenizerSpec(kind.name)), validated(TrainingSettings, training)  # fmt: skip


def music(card: ModelCard, tokenizer: Tokenizer) -> Iterator[TokenSequence]:
    """What the tokenizer can say of the music that a bundled model learned from."""
    assert card.recipe is not None
    for name in card.recipe.dataset.collections:
        corpus = CORPORA.get(name)
        for member in corpus.members():
            try:
                yield tokenizer.encode(corpus.read(member).score)
            except CannotEncode:
                continue


def milliseconds(
    taught: Learner, pieces: list[TokenSequence], mixed: bool, compiled: bool, steps: int
) -> float:
    """Of a step."""
    architecture, settings, tokenizer, training = taught
    training = replace(training, mixed_precision=mixed)
    network = Network(architecture, settings, tokenizer.vocabulary, training)
    network.trained.jit_compile = compiled
    lessons = objective(architecture, settings, tokenizer.vocabulary, training, pieces)
    every = itertools.chain.from_iterable(lessons.epoch(1, epoch) for epoch in itertools.count())
    taken = []
    for batch in itertools.islice(every, WARM + steps):
        began = time.perf_counter()
        network.step(batch, 1e-3)
        taken.append(time.perf_counter() - began)
    return 1000 * statistics.median(taken[WARM:])


if __name__ == "__main__":
    main()
