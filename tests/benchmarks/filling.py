"""What it takes a Coconet to fill a piece, and what the rewrites give: processor seconds, and how likely it finds its own music, beside Bach's.

    PYTHONPATH=. python tests/benchmarks/filling.py [--model harmoniser] [--pieces 16] [--bars 8] [--ways chance:96 chance:48 chance:24 doubt:24 doubt:16]
        [--threads 4]

A *way* is which cells are hidden in each rewrite, by chance or by doubt (``workbench.sampling.gibbs``), and how many rewrites there are; no limits hold, but in the last row of each
way, whose parallels and cross relations are mended. *Surprise* is in nats a cell, with a tenth and with half of the cells hidden, of the music by the model that wrote it: a piece that it finds unlikely it has not
finished. Parallels are of 1,000 moving pairs, cross relations for 1,000 moves. People's are chorales of the model's own collection, in 4/4, which it has heard most of.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Filler, Frames, hide
from workbench.core.limits import Limits
from workbench.core.model_card import read_card
from workbench.core.score import parse_key, parse_meter
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.corpora import CORPORA
from workbench.jobs.loading import load_windows
from workbench.metrics.features.voice_leading import (
    cross_relations,
    dissonance,
    leaps,
    parallel_fifths,
    parallel_octaves,
)
from workbench.sampling import onnx
from workbench.sampling.gibbs import Choices, canvas, fill
from workbench.sampling.mending import mend, rules_of
from workbench.tokenizers import make
from workbench.tokenizers.grid import normalising_shift
from workbench.workspace import REPOSITORY

KEYS = ("G major", "A minor")
Music = tuple[NDArray[np.int32], NDArray[np.int32], Plan, float]
"""States (T, V), context (T, C), plan, and processor seconds to write it."""


def main() -> None:
    """A table of ways."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="harmoniser")
    parser.add_argument("--pieces", type=int, default=16)
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--threads", type=int, default=onnx.MOST_THREADS)
    parser.add_argument("--ways", nargs="+", metavar="HOW:REWRITES", default=["chance:96", "chance:48", "chance:24", "doubt:24", "doubt:16"])  # fmt: skip
    options = parser.parse_args()
    onnx.MOST_THREADS = options.threads
    folder = REPOSITORY / "models" / "pretrained" / options.model
    tokenizer = make(read_card(folder).tokenizer)
    filler = load_windows(folder)
    print("| | processor seconds | surprise, a tenth hidden | half hidden | dissonance | leaps | rests | moves | fifths | octaves | cross relations |")  # fmt: skip
    print("|---|" + "---:|" * 10)
    ways: dict[str, Callable[[], Iterator[Music]]] = {
        "people": partial(people, tokenizer, options.pieces)
    }
    for way in options.ways:
        how, _, steps = way.partition(":")
        for is_mended in (False, True):
            name = f"{steps} by {how}{', mended' * is_mended}"
            ways[name] = partial(written, filler, tokenizer, options, int(steps), how == "doubt", is_mended)  # fmt: skip
    for name, music in ways.items():
        print(row(name, filler, tokenizer, music()), flush=True)


def people(tokenizer: Tokenizer, count: int) -> Iterator[Music]:
    """Chorales in four parts and 4/4."""
    corpus, frames = CORPORA.get("bach-chorales"), Frames(tokenizer.vocabulary)
    for member in corpus.members()[:: max(1, len(corpus.members()) // (2 * count))]:
        score = corpus.read(member).score
        if count and len(score.parts) == 4 and {str(meter) for meter in score.meters} == {"4/4"}:
            count -= 1
            piece = tokenizer.encode(score)
            yield frames.states_of(piece.tokens), frames.context_of(piece.context), piece.plan, 0.0


def written(
    filler: Filler, tokenizer: Tokenizer, options: argparse.Namespace, steps: int, by_doubt: bool, is_mended: bool
) -> Iterator[Music]:  # fmt: skip
    """Pieces of the seeds 0, 1, …, without limits or with those that are usual."""
    frames = Frames(tokenizer.vocabulary)
    for seed in range(options.pieces):
        plan = tokenizer.plan(parse_key(KEYS[seed % 2]), parse_meter("4/4"), options.bars, 100.0)
        limits = Limits(no_parallels=True, ends_on_tonic=True, no_cross_relations=True)
        plan = replace(plan, limits=limits) if is_mended else plan
        began = time.process_time()
        asked = canvas(frames, tokenizer, plan)
        random = np.random.Generator(np.random.PCG64(seed))
        filled = fill(filler, frames, asked, random=random, steps=steps, by_doubt=by_doubt)
        per_quarter, shift = tokenizer.settings.steps_per_quarter, normalising_shift(plan.key)
        if rules := rules_of(plan, frames, per_quarter, shift):
            filled = mend(filler, frames, asked, filled, rules, random, Choices())
        yield filled.states, asked.context, plan, time.process_time() - began


def row(name: str, filler: Filler, tokenizer: Tokenizer, music: Iterator[Music]) -> str:
    """A line of the table: means over pieces."""
    frames, figures = Frames(tokenizer.vocabulary), []
    for states, context, plan, seconds in music:
        score = tokenizer.decode(frames.tokens_of(states).tolist(), plan)
        figures.append([
            seconds, *(surprise(filler, frames, states, context, share) for share in (0.1, 0.5)),
            100 * dissonance(score), 100 * leaps(score), 100 * (states < 2).mean(), 100 * (np.diff(states // 2, axis=0) != 0).mean(),
            parallel_fifths(score), parallel_octaves(score), cross_relations(score),
        ])  # fmt: skip
    mean = np.nanmean(figures, axis=0)
    digits = (2, 3, 3, 1, 1, 1, 1, 1, 1, 1)
    return f"| {name} | " + " | ".join(f"{value:.{places}f}" for value, places in zip(mean, digits, strict=True)) + " |"  # fmt: skip


def surprise(
    filler: Filler, frames: Frames, states: NDArray[np.int32], context: NDArray[np.int32], share: float
) -> float:  # fmt: skip
    """Nats a hidden cell, where a share of the cells is hidden; the mean of four masks."""
    random, nats = np.random.default_rng(0), []
    for _ in range(4):
        seen = hide(frames, states, round(share * states.size), random)
        logits = filler.logits(seen[np.newaxis], context[np.newaxis])[0].astype(np.float64)
        logits -= np.log(np.exp(logits - logits.max()).sum(axis=-1, keepdims=True)) + logits.max()
        said = np.take_along_axis(logits, states[..., np.newaxis], axis=-1)[..., 0]
        nats.append(-said[seen == frames.hidden].mean())
    return float(np.mean(nats))


if __name__ == "__main__":
    main()
