"""How finding and tagging grow with the library.

    PYTHONPATH=. python tests/benchmarks/library_scale.py [--sizes 1000 10000 100000] [--in FOLDER]

Each piece is a score of its own: a tune of Ryan's Mammoth or O'Neill's, whole or half of it, in one of twelve keys,
with its own facts, title and composer; one in three has tags. They are put in through the store. Times are medians of
five calls of the service, in milliseconds, each with a connection of its own; of a page, medians of nine reruns. In
brackets the time of the processor, for a machine where other work runs. A folder that was filled is used again.
"""

import argparse
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from workbench.core.piece import Licence, Piece, Reading
from workbench.core.score import Score, clip, fingerprint, transpose, tune_fingerprint
from workbench.corpora import CORPORA
from workbench.metrics.facts import facts
from workbench.services import library, tagging
from workbench.store import open_store
from workbench.workspace import REPOSITORY, Workspace, open_workspace

BATCH = 2000
OWN = Licence("made for a measurement", shareable=True)
MOODS = ("calm", "wild", "sad", "merry", "solemn")
QUERIES = (
    "", "hornpipe", "the", "maid", "key:D", 'meter:6/8 key:"D major"', "mood:calm", "mood:calm the",
    "key:D the", "composer:trad the", "the reel bars:16..32", "the -key:D", "kind:score",
)  # fmt: skip
FIELDS = ("collection", "composer", "key", "meter", "bars", "kind", "mood")


def main() -> None:
    """Fill and measure every size; print a line a figure, a column a size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--in", dest="folder", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    figures: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        workspace = open_workspace(options.folder or temporary)
        for size in options.sizes:
            started = time.perf_counter()
            fill(workspace, size)
            print(f"{size:,} pieces, filled in {time.perf_counter() - started:.0f} s", flush=True)
            for name, value in measured(workspace, size):
                figures.setdefault(name, []).append(value)
    for name, row in figures.items():
        print(f"| {name} | {' | '.join(row)} |")


def fill(workspace: Workspace, size: int) -> None:
    """Put pieces in until there are so many."""
    with open_store(workspace) as store:
        have = store.pieces.count()
        if have >= size:
            return
        wanted = itertools.islice(music(), have, size)
        while batch := list(itertools.islice(wanted, BATCH)):
            with store.db.atomic():
                for piece, score in batch:
                    store.pieces.add(piece, score)


def music() -> Iterator[tuple[Piece, Score]]:
    """Distinct pieces: every tune, then every tune in another key, …"""
    tunes = [
        (name, CORPORA.get(name).read(member))
        for name in ("ryans-mammoth", "oneills-1850")
        for member in CORPORA.get(name).members()
    ]
    seen: set[str] = set()
    for shift, cut in itertools.product((0, *range(-5, 0), *range(1, 7)), ("", "first", "second")):
        for collection, tune in tunes:
            score = transpose(_cut(tune.score, cut), shift)
            whole = fingerprint(score)[:16]
            if whole not in seen and len(score.notes):
                seen.add(whole)
                yield _piece(whole, collection, tune, score, f"{shift:+d} {cut}", len(seen)), score


def _cut(score: Score, half: str) -> Score:
    middle = score.end // 2
    if not half:
        return score
    return clip(score, 0, middle) if half == "first" else clip(score, middle, score.end)


def _piece(id: str, collection: str, tune: Reading, score: Score, variant: str, n: int) -> Piece:
    return Piece(
        id=id, title=f"{tune.title} {variant}".strip(), composer=tune.composer,
        collection=collection, source=f"{collection}:{n}", checksum=id, licence=OWN,
        tune=tune_fingerprint(score), facts=facts(score),
        tags={} if n % 3 else {"mood": MOODS[n % len(MOODS)], "difficulty": str(n % 4)},
    )  # fmt: skip


def measured(workspace: Workspace, size: int) -> Iterator[tuple[str, str]]:
    """Names of figures, and the figures."""
    for query in QUERIES:
        found = library.count(workspace, query)
        for name, offset in (("search", 0), ("last page of", max(found - 25, 0))):
            yield (
                f"{name} `{query}`",
                timed(lambda q=query, o=offset: library.search(workspace, q, offset=o, limit=25)),
            )
    for sort in ("title", "composer", "collection", "key", "meter", "bars", "notes", "created"):
        for descending in (False, True):
            yield (
                f"last page by {sort}{' down' if descending else ''}",
                timed(
                    lambda s=sort, d=descending: library.search(
                        workspace, sort=s, descending=d, offset=size - size // 100, limit=25
                    )
                ),
            )
    for field in FIELDS:
        for query in ("", "the", "key:D"):
            yield (
                f"facet {field} of `{query}`",
                timed(lambda f=field, q=query: library.facets(workspace, f, q)),
            )
    yield "names of tags", timed(lambda: tagging.tag_names(workspace))
    for query in ("", "the", "key:D the"):
        yield f"rerun of the Library page, `{query}`", rerun(workspace, "library", search=query)
    yield "rerun of the Datasets page", rerun(workspace, "datasets")
    yield from _tagging(workspace, size)


def rerun(workspace: Workspace, page: str, **address: str) -> str:
    """Median milliseconds of a rerun of a page's script in this process (AppTest)."""
    os.environ["WORKBENCH_HOME"] = str(workspace.home)
    app = AppTest.from_file(str(REPOSITORY / f"pages/{page}.py"), default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    return timed(app.run, 9)


def _tagging(workspace: Workspace, size: int) -> Iterator[tuple[str, str]]:
    with open_store(workspace) as store:
        every = [piece.id for piece in store.pieces.search("", sort="created")]
    for name, count in (("1,000 pieces", 1000), ("every piece", size)):
        chosen = every[:count]
        yield (
            f"tag {name}",
            timed(lambda c=chosen: tagging.tag(workspace, c, {"era": "now"}), 1),
        )
        yield f"undo it ({name})", timed(lambda: tagging.undo(workspace), 1)


def timed(work: Callable[[], object], times: int = 5) -> str:
    """Median milliseconds of so many calls: of the clock and, in brackets, of the processor."""
    taken = []
    for _ in range(times):
        started = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    wall, processor = (1000 * median(each) for each in zip(*taken, strict=True))
    return f"{wall:,.0f} ({processor:,.0f})"


if __name__ == "__main__":
    main()
