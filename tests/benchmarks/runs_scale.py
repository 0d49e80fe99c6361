"""How quick the Runs page is with many runs.

    PYTHONPATH=.:tests python tests/benchmarks/runs_scale.py [--runs 1000] [--rows 1000000] [--in FOLDER]

Makes so many runs through the store, a tenth of their rows epochs and the others moments within them, each with the card that a
training leaves in its folder: settings of an LSTM, five seeds each. Prints median and slowest of reruns of
the page's script (AppTest): the table, seeds together, ten runs compared, and one run opened. In brackets the
processor time. The runs are made up: nothing was trained, and the figures say nothing about music. A folder that was filled is used again.
"""

import argparse
import json
import math
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median

from made_runs import add_dataset, add_run
from streamlit.testing.v1 import AppTest

from workbench.core.dataset import DatasetVersion
from workbench.core.model_card import Heard, ModelCard, write_card
from workbench.store import Store, open_store
from workbench.store.run_query import RunQuery
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY, Workspace, open_workspace

RERUNS = 15
SEEDS = 5
UNITS = (64, 128, 192, 256)
HEARD = Heard({"4/4": 9, "6/8": 2}, {"major": 11}, {"G major": 11}, 120.0)
TABLE = f"runs.{json.dumps([vars(RunQuery()), 'Newest first', False])}.0.table"
"""The key of the table without filters."""


def main() -> None:
    """Fill and measure; print a line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = open_workspace(options.folder or temporary)
        started = time.perf_counter()
        fill(workspace, options.runs, options.rows)
        print(
            f"{options.runs:,} runs, {options.rows:,} rows, filled in {time.perf_counter() - started:.0f} s"
        )
        for name, times in measured(workspace).items():
            wall, processor = zip(*times, strict=True)
            print(f"| {name} | {median(wall):.0f} ms ({max(wall):.0f}) [{median(processor):.0f}] |")


def fill(workspace: Workspace, runs: int, rows: int) -> None:
    """Make runs until there are so many, with as many rows between them."""
    with open_store(workspace) as store:
        if not store.datasets.count():
            add_dataset(store)
        dataset = store.datasets.get("tunes")
        for number in range(store.runs.count(), runs):
            make_run(workspace, store, number, rows // runs, dataset)


def make_run(
    workspace: Workspace, store: Store, number: int, rows: int, dataset: DatasetVersion
) -> None:
    """One run that is done, with the card in its folder."""
    kind = number // SEEDS
    settings = {"units": UNITS[kind % len(UNITS)], "layers": 2, "dropout": round(kind / 1000, 3)}
    epochs = max(1, rows // 10)
    chance = random.Random(number)
    losses = [1 + 2 * math.exp(-epoch / 20) + chance.random() / 20 for epoch in range(epochs)]
    run = add_run(
        store, dataset, run=f"lstm-{number:06x}", seed=number % SEEDS, settings=settings,
        losses=losses, held_out=losses[-1], steps=rows - epochs,
    )  # fmt: skip
    spec = store.runs.get(run).spec
    folder = workspace.runs / run
    folder.mkdir(parents=True)
    vocabulary = make(spec.tokenizer).vocabulary
    card = ModelCard(
        spec.model, spec.tokenizer, vocabulary, "best.onnx", "0" * 64, 32_000, epochs, losses[-1], HEARD
    )  # fmt: skip
    write_card(folder, card)


def measured(workspace: Workspace) -> dict[str, list[tuple[float, float]]]:
    """``(milliseconds, milliseconds of the processor)`` of reruns, by what the page shows."""
    os.environ["WORKBENCH_HOME"] = str(workspace.home)
    path = str(REPOSITORY / "pages/runs.py")
    app = AppTest.from_file(path, default_timeout=120).run()
    found = {"table of 25": reruns(app)}
    app.session_state["runs.together"] = True
    found["seeds together, 25 configurations"] = reruns(app.run())
    app.session_state["runs.together"] = False
    app.run()
    app.session_state[TABLE] = {"selection": {"rows": list(range(10)), "columns": [], "cells": []}}
    found["ten runs compared"] = reruns(app.run())
    one = AppTest.from_file(path, default_timeout=120)
    one.query_params["run"] = "lstm-000007"
    found["a run opened"] = reruns(one.run())
    for each in (app, one):
        assert not each.exception and not each.error, [*each.exception, *each.error]
    return found


def reruns(app: AppTest) -> list[tuple[float, float]]:
    times = []
    for _ in range(RERUNS):
        wall, processor = time.perf_counter(), time.process_time()
        app.run()
        times.append(
            ((time.perf_counter() - wall) * 1000, (time.process_time() - processor) * 1000)
        )
    return times


if __name__ == "__main__":
    main()
