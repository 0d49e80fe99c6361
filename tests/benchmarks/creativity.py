"""Which creativity brings a bundled model nearest to people: Fréchet distance of features from the validation split, level by level.

    PYTHONPATH=. python tests/benchmarks/creativity.py [MODEL[=DATASET] …] [--levels 3 3.5 4 4.5 5 5.5] [--pieces 132] [--returning] [--home FOLDER]

Models compose under the plans of the validation pieces of their recipes' datasets, as on the bench, with the same seeds at every level; what
they did not learn from decides, and the test split is not looked at. *People* are as many training pieces, dealt by lot. The other columns, for the ear behind the figure, are
means of features: per cent of moves (leaps), of four-bar phrases (return), of the time (dissonance), and semitones (range).
``--returning`` and ``--no-returning`` say whether phrases return, whatever is usual for a model.
A dataset that today's readers do not give again is named after the model.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from musicality import recipe_dataset
from numpy.typing import NDArray

from workbench.core.creativity import creativity
from workbench.core.model_card import read_card
from workbench.core.packing import unpack
from workbench.core.report import SilentReport
from workbench.core.score import Score
from workbench.jobs.bench_music import plans_like
from workbench.jobs.writing import write
from workbench.metrics.features import FEATURES, feature_table
from workbench.metrics.frechet import frechet_distance
from workbench.services import models
from workbench.store import open_store
from workbench.tokenizers import make
from workbench.workspace import Workspace, open_workspace

NAMES = FEATURES.names()
SHOWN = {"leaps": 100, "phrases-that-return": 100, "dissonance": 100, "pitch-range": 1}
"""Features and their factors."""


def main() -> None:
    """Compose at every level, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL[=DATASET]")
    parser.add_argument("--levels", nargs="+", type=float, default=[3, 3.5, 4, 4.5, 5, 5.5])
    parser.add_argument("--pieces", type=int, default=132)
    parser.add_argument("--returning", action=argparse.BooleanOptionalAction)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    workspace = open_workspace(options.home or tempfile.mkdtemp())
    print(f"| | Fréchet distance | {' | '.join(FEATURES.get(name).title for name in SHOWN)} |")
    print(f"|---|{'---:|' * (1 + len(SHOWN))}")
    for each in options.models or [model.name for model in models.bundled(workspace)]:
        name, _, dataset = each.partition("=")
        dataset = dataset or recipe_dataset(workspace, name)
        humans, others = (pieces(workspace, dataset, split) for split in ("valid", "train"))
        lot = np.random.default_rng(0).permutation(len(others))[: options.pieces]
        of_humans = feature_table(humans, NAMES)
        print(line(f"people, {dataset}", of_humans, feature_table([others[i] for i in lot], NAMES)))
        for level in options.levels:
            chosen: dict[str, Any] = dict(creativity(level))
            if options.returning is not None:
                chosen["returning"] = options.returning
            made = list(composed(workspace, name, humans, options.pieces, chosen))
            print(line(f"{name}, {level:g}", of_humans, feature_table(made, NAMES)), flush=True)


def pieces(workspace: Workspace, dataset: str, split: str) -> list[Score]:
    """The scores of a split."""
    with open_store(workspace) as store:
        rows = list(store.datasets.scores(dataset))
    return [unpack(notes) for _, part, notes in rows if part == split]


def composed(
    workspace: Workspace, name: str, humans: Sequence[Score], count: int, chosen: dict[str, Any]
) -> Iterator[Score]:
    """So many pieces under the plans of the human ones in turn, as is ``chosen``; the n-th has the seed n."""
    folder = models.get(workspace, name).folder
    card = read_card(folder)
    tokenizer = make(card.tokenizer)
    plans = plans_like(name, humans, card, tokenizer)
    for seed in range(count):
        _, request, plan = plans[seed % len(plans)]
        request = replace(request, seed=seed, **chosen)
        tokens, _, _ = write(folder, card, tokenizer, plan, request, SilentReport())
        yield tokenizer.decode(tokens, plan)


def line(who: str, humans: NDArray[np.float64], made: NDArray[np.float64]) -> str:
    """A row of the table."""
    found = frechet_distance(humans, made, NAMES)
    means = (np.nanmean(made[:, NAMES.index(name)]) * factor if np.isfinite(made[:, NAMES.index(name)]).any() else np.nan for name, factor in SHOWN.items())  # fmt: skip
    return f"| {who} | {found.value:.2f} | {' | '.join(f'{mean:.1f}' for mean in means)} |"


if __name__ == "__main__":
    main()
