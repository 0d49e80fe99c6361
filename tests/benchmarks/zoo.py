"""Every architecture with a tokenizer that suits it, trained by the product's own services on a bundled corpus.

For each pair: training for so many minutes, nats per quarter note on the held-out pieces beside the n-gram's on the same dataset,
and compositions (key and meter drawn among those the model has heard), each of which must have the bars, meter and key it was asked
for, be read back from MusicXML and MIDI with the same notes, and be engraved and sounded.

    PYTHONPATH=.:tests python tests/benchmarks/zoo.py [--minutes 3] [--samples 100] [--only lstm …] [--home FOLDER] [--write docs/zoo.md]

What was done is kept in FOLDER, and not done again.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from kept_promises import CUT_SHORT, faults

from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.services import activity, composing, datasets, importing, models, training
from workbench.tokenizers import TOKENIZERS
from workbench.workspace import Workspace, open_workspace
from workbench.zoo import ARCHITECTURES

CORPORA = {"ryans-mammoth": 1059, "bach-chorales": 400}
CHORALES = ("chorale-grid", "piano-roll", "remi", "tsd", "midi-like")
PAIRS = [
    ("ngram", "melody-steps"),
    ("lstm", "melody-steps"),
    ("gru", "melody-steps"),
    ("lstm-attention", "melody-steps"),
    ("transformer", "melody-steps"),
    ("melody-vae", "melody-steps"),
    ("lstm", "abc-chars"),
    ("encoder-decoder", "abc-subwords"),
    ("lstm", "chorale-grid"),
    ("chorale", "chorale-grid"),
    ("coconet", "chorale-grid"),
    ("lstm", "piano-roll"),
    ("transformer", "remi"),
    ("transformer", "tsd"),
    ("gru", "midi-like"),
]
PAGE = """# The zoo, measured

Every architecture with a tokenizer that suits it, in its preset "small", trained by the workbench itself and stopped after {minutes}
minutes (the best epoch so far counts), on a machine with {cores} cores. The table is written by

    PYTHONPATH=.:tests python tests/benchmarks/zoo.py --home FOLDER --write docs/zoo.md

and shows that each of them learns and keeps its promises, not how good it can become: most are far from done after so short a time.

- *held-out*: nats per quarter note over the whole pieces of the test split, each read from its first note on; lower is better.
  *n-gram* is the baseline's figure with the same tokenizer, dataset and splits. Rows of one corpus are comparable, even across tokenizers
  if these encode the same things: one with velocities and tempos encodes more, and pays for it.
- The figure of `melody-vae` is an upper bound, by importance weighting; that of `coconet` is for cells in random order, whereas the
  n-gram reads from left to right.
- *valid samples*: of {samples} compositions of eight bars, in keys and meters drawn from those that the model has heard, those that have
  the bars, meter and key asked for, come back from MusicXML and from MIDI with the same notes, and are engraved and sounded. Of these,
  *cut short* counts those with more than four note lengths at once on a staff, more than the workbench notates: MusicXML has all their notes,
  some of them shorter than in MIDI.

{note}{table}
"""
COLUMNS = (
    "architecture", "tokenizer", "corpus", "parameters", "epochs", "minutes",
    "held-out", "n-gram", "valid samples", "cut short", "seconds a sample",
)  # fmt: skip


def corpus_of(tokenizer: str) -> str:
    return "bach-chorales" if tokenizer in CHORALES else "ryans-mammoth"


def prepare(workspace: Workspace) -> None:
    """One dataset a corpus, under its name."""
    for corpus, limit in CORPORA.items():
        if corpus not in [name.partition("@")[0] for name in datasets.ids(workspace)]:
            activity.finish(workspace, importing.load_corpus(workspace, corpus, limit=limit))
            datasets.create(workspace, corpus, query=f"collection:{corpus}", seed=1)


def train(workspace: Workspace, architecture: str, tokenizer: str, minutes: float) -> str:
    """The run, stopped after its minutes as a person would stop it; its best weights count."""
    model, said, values = training.sort_settings(architecture, tokenizer, {}, size="small")
    spec = TrainingSpec(
        corpus_of(tokenizer), TokenizerSpec(tokenizer, said), ModelSpec(architecture, model),
        replace(TrainingSettings(**values), epochs=1000),
    )  # fmt: skip
    run = training.start(workspace, spec)
    training.launch(workspace, run)
    begun = None
    while training.get(workspace, run).state not in ("done", "stopped", "failed"):
        watch = training.watch(workspace, run)
        begun = begun or (time.monotonic() if watch.steps else None)
        if begun and watch.epochs and time.monotonic() - begun > 60 * minutes:
            training.stop(workspace, run)
            begun = time.monotonic() + 3600  # said once
        time.sleep(1)
    return run


def requests(workspace: Workspace, run: str, count: int) -> Iterator[ComposeRequest]:
    """Eight bars each, in keys and meters that were heard."""
    heard = models.get(workspace, run).card.heard
    draw = random.Random(0)
    for seed in range(count):
        yield ComposeRequest(
            run, bars=8, seed=seed, key=draw.choice(list(heard.keys)), meter=draw.choice(list(heard.meters))
        )  # fmt: skip


def row(workspace: Workspace, architecture: str, tokenizer: str, options: Any) -> dict[str, Any]:
    run = train(workspace, architecture, tokenizer, options.minutes)
    record = training.get(workspace, run)
    held_out = record.evaluation["test"]
    baseline = record.evaluation.get("baseline", held_out)
    bad: list[list[str]] = []
    cut = 0
    seconds = []
    for request in requests(workspace, run, options.samples):
        done = activity.finish(workspace, composing.enqueue(workspace, request))
        made = done.result["composition"]
        seconds.append(composing.get(workspace, made).seconds)
        broken = faults(workspace, made, lengths=False)
        cut += CUT_SHORT in broken
        bad += [broken] if set(broken) - {CUT_SHORT} else []
    epochs = training.history(workspace, run)
    return {
        "architecture": architecture,
        "tokenizer": tokenizer,
        "corpus": corpus_of(tokenizer),
        "parameters": models.get(workspace, run).card.parameters,
        "epochs": len(epochs),
        "minutes": round(sum(epoch.seconds for epoch in epochs) / 60, 1),
        "held-out": round(held_out["nats_per_quarter"], 3),
        "n-gram": round(baseline["nats_per_quarter"], 3),
        "valid samples": f"{options.samples - len(bad)} of {options.samples}",
        "seconds a sample": round(sum(seconds) / len(seconds), 2),
        "cut short": cut,
        "faults": bad,
        "run": run,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--only", nargs="+", metavar="ARCHITECTURE")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE.md")
    parser.add_argument(
        "--note", default="", help="a sentence on the circumstances, above the table"
    )
    options = parser.parse_args()
    missing = {each.name for each in ARCHITECTURES} - {architecture for architecture, _ in PAIRS}
    missing |= {each.name for each in TOKENIZERS} - {tokenizer for _, tokenizer in PAIRS}
    if missing:
        raise SystemExit(f"PAIRS lacks {', '.join(sorted(missing))}.")
    workspace = open_workspace(options.home or Path(tempfile.mkdtemp(prefix="zoo-")))
    prepare(workspace)
    kept = workspace.home / "zoo.json"
    rows = json.loads(kept.read_text()) if kept.exists() else []
    for architecture, tokenizer in PAIRS:
        known = [(each["architecture"], each["tokenizer"]) for each in rows]
        if (architecture, tokenizer) in known or architecture not in (
            options.only or [architecture]
        ):
            continue
        rows.append(row(workspace, architecture, tokenizer, options))
        kept.write_text(json.dumps(rows, indent=1))
        print(json.dumps(rows[-1]), flush=True)
    page = written(rows, options)
    print(page)
    if options.write:
        options.write.write_text(page)


def written(rows: list[dict[str, Any]], options: Any) -> str:
    """The rows as a page of Markdown."""
    order = {pair: place for place, pair in enumerate(PAIRS)}
    rows = sorted(rows, key=lambda each: order[each["architecture"], each["tokenizer"]])
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += [
        "| " + " | ".join(str(each.get(column, "")) for column in COLUMNS) + " |" for each in rows
    ]
    return PAGE.format(
        minutes=f"{options.minutes:g}", samples=options.samples, cores=os.cpu_count(), note=options.note and options.note + "\n\n", table="\n".join(lines)
    )  # fmt: skip


if __name__ == "__main__":
    main()
