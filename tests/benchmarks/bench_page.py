"""The bundled models on the bench, beside n-grams and people's music: writes ``docs/bench.md``.

    PYTHONPATH=. python tests/benchmarks/bench_page.py [--pieces 100] [--home FOLDER] [--write docs/bench.md]

Collections are loaded from what is installed, datasets and n-grams made by the product's services, and every table is the one that
``evaluate --all`` prints.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workbench.core.bench import BenchSpec
from workbench.core.machine import cores
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.metrics.features import FEATURES
from workbench.services import activity, benches, datasets, importing, training
from workbench.workspace import Workspace, open_workspace

PAGE = """# The bundled models on the bench

How the models that come with the app do on the page *Bench*, beside n-grams of the same training pieces and people's music. The tables
are written by

    PYTHONPATH=. python tests/benchmarks/bench_page.py --home FOLDER --write docs/bench.md

with {pieces} pieces composed by each model, on a machine with {cores} cores. `python -m workbench evaluate --all --dataset NAME` gives the same tables
for any models and music.

How to read them: *held-out surprise* is nats per quarter note over whole pieces, comparable across tokenizers; a model that has heard a piece or one of
its family has no figure there. From *Fréchet distance* to *pieces in trouble* it is about the pieces a model composed, in the keys, meters and lengths of the held-out ones.
*Other music by people* is as many training pieces as a model composed: what a model can be expected to reach.
Times and speeds depend on the machine and on what else it does, so they compare only within a table.

{sections}
## What people borrow

A composition is called copied if its longest passage found in training has at least 12 notes, is longer than those of all but 2.5 % of people's pieces,
and is no accident. The longest passages that people's pieces share with pieces of other families:

{borrowing}
"""


@dataclass(frozen=True)
class Section:
    """One table: a dataset, and which models are measured on it."""

    title: str
    words: str
    corpora: tuple[str, ...]
    query: str
    language: str
    bundled: str
    unheard: bool = False


SECTIONS = (
    Section(
        "Fiddle tunes", "Ryan's Mammoth Collection and O'Neill's Music of Ireland, from which the folk model learned.",
        ("ryans-mammoth", "oneills-1850"), "-collection:airds-airs -collection:bach-chorales", "melody-steps", "folk",
    ),
    Section(
        "Tunes of another collection", "Aird's Airs, none of which the folk model has heard; tunes whose families it knows are left out.",
        ("airds-airs",), "collection:airds-airs", "melody-steps", "folk", True,
    ),
    Section(
        "Chorales", "Bach chorales in four parts, from which the chorale model learned.",
        ("bach-chorales",), "collection:bach-chorales parts:4", "chorale-grid", "chorales",
    ),
)  # fmt: skip


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE.md")
    options = parser.parse_args()
    workspace = open_workspace(options.home or tempfile.mkdtemp())
    words, borrowing = [], ["| music | mean | 95 % of the pieces |", "| --- | ---: | ---: |"]
    for section in SECTIONS:
        text, line = measured(workspace, section, options.pieces)
        words.append(text)
        borrowing.append(line)
    page = PAGE.format(
        pieces=options.pieces, cores=cores(), sections="\n".join(words), borrowing="\n".join(borrowing)
    )  # fmt: skip
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        print(page)


def measured(workspace: Workspace, section: Section, pieces: int) -> tuple[str, str]:
    """The section's table, and its line on what people borrow."""
    for corpus in section.corpora:
        activity.finish(workspace, importing.load_corpus(workspace, corpus))
    name = section.title.lower()
    known = [each.partition("@")[0] for each in datasets.ids(workspace)]
    if name not in known:
        datasets.create(workspace, name, query=section.query, seed=1)
    asked = TrainingSpec(name, TokenizerSpec(section.language), ModelSpec("ngram"))
    run = training.start(workspace, asked)
    activity.finish(workspace, training.job(workspace, run))
    spec = BenchSpec(name, (section.bundled, run), pieces, unheard_only=section.unheard)
    bench = benches.enqueue(workspace, spec)
    done = activity.finish(workspace, benches.job(workspace, bench).id)
    if done.state != "done":
        raise SystemExit(done.message)
    found = benches.get(workspace, bench)
    table = benches.leaderboard(workspace, bench).table("md")
    usual = found.baseline["longest passage"]
    line = (
        f"| {section.title} | {usual.mean:.1f} notes | {usual.low:.0f} to {usual.high:.0f} notes |"
    )
    held_out = f"{len(found.humans)} held-out pieces, {found.training_pieces} training pieces, {found.seconds:.0f} s."
    features = [
        "| feature | other people | " + " | ".join(s.entrant.title for s in found.showings) + " |"
    ]
    features.append("| --- |" + " ---: |" * (1 + len(found.showings)))
    for feature in FEATURES:
        sets = [found.people, *(showing.music for showing in found.showings)]
        if all(feature.name in each.likeness for each in sets):
            cells = " | ".join(f"{each.likeness[feature.name].overlap:.0%}" for each in sets)
            features.append(f"| {feature.title} | {cells} |")
    text = (
        f"## {section.title}\n\n{section.words} {held_out}\n\n{table}\nOverlap of each feature with held-out music by people:\n\n"
        + "\n".join(features)
        + "\n"
    )
    counted = found.showings[1].entrant
    return text.replace(counted.title, "N-gram").replace(counted.name, "N-gram"), line


if __name__ == "__main__":
    main()
