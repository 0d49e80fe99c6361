"""What is musical, or not, in what the bundled models write, beside the held-out music they were made from: a table for ``docs/models.md``.

    PYTHONPATH=. python tests/benchmarks/musicality.py [MODEL[=DATASET] …] [--count 100] [--home FOLDER] [--write docs/models.md] [--sheets FOLDER]

Models compose on the bench, under the plans of the held-out pieces, in the dataset of their cards' recipes, which is made where it is not there; one
that today's readers do not give again is named after the model. A bench that was done here before is not done again. Figures are means over pieces of the registered
features; what no feature says, the last note and the length of phrases, is counted here. ``--sheets`` engraves twenty pieces of each, and twenty by people,
as pictures to look at (it needs Chromium).
"""

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workbench.core.bench import Bench, BenchSpec, Measured
from workbench.core.score import Score, bars, parse_key
from workbench.metrics.facts import facts
from workbench.metrics.lines import ends, lines
from workbench.services import activity, benches, models, previews, recipes
from workbench.workspace import Workspace, open_workspace

SHOWN = 20
"""Pieces on the sheets of a model."""
A_SHEET, WIDTH = 4, 620  # pieces; CSS pixels of one
MARKS = ("<!-- musicality -->", "<!-- end of musicality -->")
PEOPLE = ""
"""Whose pieces: a model's name, or people's."""
FEATURES = {
    "parallel-fifths": ("fifths", 1, ""),
    "parallel-octaves": ("octaves", 1, ""),
    "cross-relations": ("cross relations", 1, ""),
    "voice-crossings": ("crossed", 100, "%"),
    "pitch-range": ("range", 1, ""),
    "leaps": ("leaps", 100, "%"),
    "repeats-next-bar": ("like the next bar", 100, "%"),
    "repeats-after-8-bars": ("like eight bars on", 100, "%"),
    "phrases-that-return": ("phrases that return", 100, "%"),
}
"""Heading, factor and unit of each feature in the table."""
WORDS = """Means over pieces: *fifths* and *octaves*, parallel ones per 1,000 moving pairs of voices; *cross relations*
per 1,000 moves of voices; *crossed*, the share of the time in which a voice sounds above a
higher one; *range* in semitones; *leaps*, moves of a fourth or more; how much of a bar is *like the next* and the one *eight bars on*; four-bar *phrases that
return*; pieces whose lowest voice *ends on the tonic*; and bars in a *phrase*, from one rest or note of half a bar or more in the melody to the next (median over pieces). Written by
`tests/benchmarks/musicality.py`, with {count} pieces a model under the plans of the held-out ones."""


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL[=DATASET]")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE.md")
    parser.add_argument("--sheets", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    workspace = open_workspace(options.home or tempfile.mkdtemp())
    named = options.models or [model.name for model in models.bundled(workspace)]
    rows: list[str] = []
    for each in named:
        name, _, dataset = each.partition("=")
        bench = measured(workspace, name, dataset, options.count)
        people = row(workspace, bench, PEOPLE)
        if rows and rows[-1] == people:  # models of one dataset stand above the same people
            rows.pop()
        rows += [row(workspace, bench, name), people]
        print("\n".join(rows[-2:]), flush=True)
        if options.sheets:
            for who in (name, PEOPLE):
                sheets(
                    workspace, bench, who, options.sheets / f"{name}-{'model' if who else 'people'}"
                )
    text = table(rows, options.count)
    print(text)
    if options.write:
        options.write.write_text(between_marks(options.write.read_text("utf-8"), text), "utf-8")


def measured(workspace: Workspace, name: str, dataset: str, count: int) -> Bench:
    """The bench of a model on its own music, or on the dataset that is named."""
    dataset = dataset or recipe_dataset(workspace, name)
    spec = BenchSpec(dataset, (name,), count)
    return benches.measured(workspace, spec)


def recipe_dataset(workspace: Workspace, name: str) -> str:
    """The dataset that a bundled model learned from, which is made where it is not there."""
    recipe = models.get(workspace, name).card.recipe
    if recipe is None:
        raise SystemExit(f"The card of {name} has no recipe; name a dataset: {name}=DATASET.")
    for job in recipes.load_collections(workspace, recipe):
        activity.finish(workspace, job)
    version = recipes.make_dataset(workspace, recipe)
    if version.fingerprint != recipe.dataset.fingerprint:
        raise SystemExit(f"{name} learned from other music than {version.id}; name a dataset: {name}=DATASET.")  # fmt: skip
    return version.id


# --- the table ------------------------------------------------------------------------------------


def row(workspace: Workspace, bench: Bench, who: str) -> str:
    """A line of the table: a model's pieces, or people's."""
    pieces = bench.showings[0].music.pieces if who else bench.human.pieces
    scores = [benches.composed(workspace, bench.id, who, number) for number in range(len(pieces))]
    name = f"**{who}**" if who else f"people, {len(pieces)} held out"
    cells = [_mean(bench, pieces, each) for each in FEATURES]
    closes = np.mean([ends_on_tonic(score) for score in scores])
    phrase = np.median([length for score in scores if (length := phrase_bars(score))] or [np.nan])
    return f"| {name} | {' | '.join(cells)} | {closes:.0%} | {phrase:.1f} |"


def _mean(bench: Bench, pieces: Sequence[Measured], name: str) -> str:
    column = bench.features.index(name)
    _, factor, unit = FEATURES[name]
    known = [value for piece in pieces if (value := piece.features[column]) is not None]
    return f"{factor * np.mean(known):.1f}{unit}" if known else "–"


def ends_on_tonic(score: Score) -> bool:
    """Whether the last note of the lowest line is the tonic of the piece's key."""
    lowest = min(lines(score), key=lambda line: float(line["pitch"].mean()))
    return int(lowest["pitch"][-1]) % 12 == parse_key(facts(score)["key"]).tonic


def phrase_bars(score: Score) -> float:
    """Mean number of bars from one end of a phrase to the next; 0 where there are fewer than two ends.

    A phrase ends with a note of the highest line that is held for half a bar or more, or that a rest follows.
    """
    melody = max(lines(score), key=lambda line: float(line["pitch"].mean()))
    bar = bars(score)[0].meter.bar_ticks
    stops = ends(melody)
    is_end = (2 * melody["duration"] >= bar) | np.append(melody["onset"][1:] > stops[:-1], True)
    found = stops[is_end]
    return float(np.diff(found).mean() / bar) if len(found) > 1 else 0.0


def table(rows: Sequence[str], count: int) -> str:
    """The rows under their headings, with the words that explain them."""
    headings = [
        "",
        *(heading for heading, _, _ in FEATURES.values()),
        "ends on the tonic",
        "phrase",
    ]
    lined = [f"| {' | '.join(headings)} |", "|---|" + "---:|" * (len(headings) - 1), *rows]
    return f"{WORDS.format(count=count)}\n\n" + "\n".join(lined)


def between_marks(page: str, text: str) -> str:
    """The page with the text in place of what stood between the marks; ends where it has none."""
    pattern = re.compile(rf"{MARKS[0]}\n.*?{MARKS[1]}", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"The page has no {MARKS[0]} … {MARKS[1]}.")
    return pattern.sub(lambda _: f"{MARKS[0]}\n{text}\n{MARKS[1]}", page)


# --- contact sheets -------------------------------------------------------------------------------


def sheets(workspace: Workspace, bench: Bench, who: str, name: Path) -> None:
    """Twenty pieces as PNG files of a few each, as the app engraves them."""
    from playwright.sync_api import sync_playwright

    name.parent.mkdir(parents=True, exist_ok=True)
    pieces = bench.showings[0].music.pieces if who else bench.human.pieces
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])  # fmt: skip
        page = chromium.new_page(viewport={"width": 2 * WIDTH + 60, "height": 900})
        for begin in range(0, min(SHOWN, len(pieces)), A_SHEET):
            boxes = [
                _box(workspace, bench, who, number)
                for number in range(begin, min(begin + A_SHEET, SHOWN, len(pieces)))
            ]
            page.set_content(
                "<style>body{margin:10px;background:#fff;color:#000;font:14px serif;display:grid;grid-template-columns:1fr 1fr;gap:16px}"
                f"div{{width:{WIDTH}px}}svg{{width:{WIDTH}px;height:auto}}</style>{''.join(boxes)}"
            )
            page.screenshot(path=f"{name}-{begin // A_SHEET + 1}.png", full_page=True)
        chromium.close()


def _box(workspace: Workspace, bench: Bench, who: str, number: int) -> str:
    """A piece as HTML."""
    score = benches.composed(workspace, bench.id, who, number)
    (engraving,) = previews.preview(workspace, score, [WIDTH]).engravings
    return f"<div><b>{number}: {score.keys[0]}, {score.meters[0]}</b><br>{''.join(engraving.pages)}</div>"


if __name__ == "__main__":
    main()
