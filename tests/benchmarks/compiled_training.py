"""A training step with and without XLA, for networks of convolutions and others: why ``training/network.py`` compiles all but those that fill holes.

    PYTHONPATH=. python tests/benchmarks/compiled_training.py [--models harmoniser chorales] [--steps 20]

The networks of bundled models, anew, on batches of music21's chorales as large as in their own training, in 32 and in 16 bits. Milliseconds a step, after three to warm
up; compiling comes on top once in a training.
"""

import argparse
import itertools
import time
from dataclasses import replace

from workbench.core.model_card import read_card
from workbench.core.settings import validated
from workbench.core.vocabulary import TokenSequence
from workbench.corpora import CORPORA
from workbench.tokenizers import make
from workbench.training.network import Network
from workbench.training.objectives import objective
from workbench.workspace import REPOSITORY
from workbench.zoo import ARCHITECTURES

PIECES, WARM = 24, 3


def main() -> None:
    """A table of models."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=["harmoniser", "chorales"])
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    print("| | bits | compiled | as it is |\n|---|---:|---:|---:|")
    for model in options.models:
        for mixed in (False, True):
            compiled, plain = (milliseconds(model, mixed, each, options.steps) for each in (True, False))  # fmt: skip
            print(f"| {model} | {16 if mixed else 32} | {compiled:.0f} ms | {plain:.0f} ms |", flush=True)  # fmt: skip


def milliseconds(model: str, mixed: bool, compiled: bool, steps: int) -> float:
    """Of a step, on average."""
    card = read_card(REPOSITORY / "models" / "pretrained" / model)
    architecture = ARCHITECTURES.get(card.model.architecture)
    settings = validated(architecture.settings, card.model.settings)
    assert card.recipe is not None  # bundled models say how they are made
    training = replace(card.recipe.training, mixed_precision=mixed)
    network = Network(architecture, settings, card.vocabulary, training)
    network.trained.jit_compile = compiled
    taught = objective(architecture, settings, card.vocabulary, training, music(model))
    every = itertools.chain.from_iterable(taught.epoch(1, epoch) for epoch in itertools.count())
    for batch in itertools.islice(every, WARM):
        network.step(batch, 1e-3)
    batches = list(itertools.islice(every, steps))
    began = time.perf_counter()
    for batch in batches:
        network.step(batch, 1e-3)
    return 1000 * (time.perf_counter() - began) / steps


def music(model: str) -> list[TokenSequence]:
    """Some chorales, as the model reads them."""
    card = read_card(REPOSITORY / "models" / "pretrained" / model)
    tokenizer, corpus, found = make(card.tokenizer), CORPORA.get("bach-chorales"), []
    for member in corpus.members():
        score = corpus.read(member).score
        if len(score.parts) == len(tokenizer.sung) and str(score.meters[0]) in card.heard.meters:
            found.append(tokenizer.encode(score))
        if len(found) == PIECES:
            break
    return found


if __name__ == "__main__":
    main()
