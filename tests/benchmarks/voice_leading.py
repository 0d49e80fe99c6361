"""What it gives to hold voices to one another: parallels and cross relations of bundled models, and what else changes, limit by limit.

    PYTHONPATH=. python tests/benchmarks/voice_leading.py [--models chorales harmoniser quartets] [--pieces 32] [--bars 16]

The same seeds for every row, in the keys that the model has heard most, in turn, all pieces ending on the tonic. Parallels are of 1,000 moving pairs,
cross relations for 1,000 moves, both without the close, which may leave nothing else; the other figures are per cent: of moves (leaps), of the time
(dissonance, crossings).
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.core.limits import Limits
from workbench.core.model_card import ModelCard, read_card
from workbench.core.report import SilentReport
from workbench.core.score import Score, clip
from workbench.core.sections import end_ticks
from workbench.core.specs import ComposeRequest
from workbench.jobs.requests import plan_for, usual_rewrites
from workbench.jobs.writing import write
from workbench.metrics.features.voice_leading import (
    cross_relations,
    dissonance,
    leaps,
    parallel_fifths,
    parallel_octaves,
    voice_crossings,
)
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY

CLOSES = Limits(ends_on_tonic=True)
WAYS = {
    "left to itself": CLOSES,
    "no parallels": replace(CLOSES, no_parallels=True),
    "no cross relations either": replace(CLOSES, no_parallels=True, no_cross_relations=True),
}
KEYS = 8
MEASURES = (parallel_fifths, parallel_octaves, cross_relations, leaps, dissonance, voice_crossings)
FACTORS = (1, 1, 1, 100, 100, 100)


def main() -> None:
    """Compose, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=["chorales", "harmoniser", "quartets"])
    parser.add_argument("--pieces", type=int, default=32)
    parser.add_argument("--bars", type=int, default=16)
    options = parser.parse_args()
    print("| | fifths | octaves | cross relations | leaps | dissonance | crossed |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name in options.models:
        folder = REPOSITORY / "models" / "pretrained" / name
        card = read_card(folder)
        for way, limits in WAYS.items():
            rows = [measured(score) for score in composed(folder, card, limits, options)]
            mean = np.nanmean(rows, axis=0) * FACTORS
            cells = " | ".join(f"{value:.1f}" for value in mean)
            print(f"| {name}, {way} | {cells} |", flush=True)


def composed(
    folder: Path, card: ModelCard, limits: Limits, options: argparse.Namespace
) -> Iterator[Score]:
    """Pieces of the seeds 0, 1, …, without their closes."""
    tokenizer, keys = make(card.tokenizer), list(card.heard.keys)[:KEYS]
    for seed in range(options.pieces):
        request = ComposeRequest(
            folder.name, options.bars, seed, key=keys[seed % len(keys)],
            limits=limits, rewrites=usual_rewrites(card),
        )  # fmt: skip
        plan = plan_for(request, card, tokenizer)
        tokens, _, _ = write(folder, card, tokenizer, plan, request, SilentReport())
        score = tokenizer.decode(tokens, plan)
        yield clip(score, 0, score.end - end_ticks(plan.meter))


def measured(score: Score) -> list[float]:
    """The figures of a piece, as the features have them."""
    return [measure(score) for measure in MEASURES]


if __name__ == "__main__":
    main()
