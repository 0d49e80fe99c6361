"""How finding families and dealing splits grow with the library.

    python tests/benchmarks/families_scale.py [--sizes 1000 10000 100000] [--json]

Pieces are made of real tunes: eight phrases of 16 notes each, out of eight tunes of Ryan's Mammoth and O'Neill's
collection; one piece in five is a *setting* of another: in another key, every sixteenth note altered. Measured are the comparison of
all pieces with one another, a split that keeps families, a second split, the leakage report of a random split, the
pieces like one, and how many settings stand in one family with what they are made of. Where datasketch is
installed, its MinHash is timed beside ours.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np

from workbench.core.piece import Licence, Piece
from workbench.core.score import Score, fingerprint, make_notes, tune_fingerprint
from workbench.corpora import CORPORA
from workbench.metrics.similarity import HASHES, sketch
from workbench.services import datasets, families, leakage
from workbench.store import open_store
from workbench.workspace import Workspace, open_workspace

PHRASE, PHRASES = 16, 8  # notes, phrases
SETTINGS = 5  # one piece in so many is a setting of the one before it
STEP = 5040  # ticks: eighths
BATCH = 5000
OWN = Licence("made for a measurement", shareable=True)


def main() -> None:
    """Measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tunes = real_tunes()
    figures = {"sketching": sketching(tunes)}
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures[f"{size:,} pieces"] = measured(open_workspace(folder), tunes, size)
    if options.json:
        print(json.dumps(figures))
        return
    for name, row in figures.items():
        print(f"{name}: " + ", ".join(f"{what} {value}" for what, value in row.items()))


def real_tunes() -> list[Score]:
    """Tunes of two collections."""
    found = []
    for name in ("ryans-mammoth", "oneills-1850"):
        corpus = CORPORA.get(name)
        found += [corpus.read(member).score for member in corpus.members()]
    return [tune for tune in found if len(tune.notes) > PHRASE]


def sketching(tunes: list[Score]) -> dict[str, str]:
    """Time of a sketch, and of a signature by datasketch of as many shingles."""
    _, each = timed(lambda: [sketch(tune) for tune in tunes])
    row = {"sketch": f"{each / len(tunes) * 1000:.2f} ms a tune"}
    try:
        from datasketch import MinHash
    except ImportError:
        return row
    shingles = [bytes([i % 256, i // 256]) for i in range(100)]

    def by_library() -> None:
        MinHash(num_perm=HASHES).update_batch(shingles)

    _, library = timed(lambda: [by_library() for _ in range(200)])
    return row | {"datasketch, one signature of 100 shingles": f"{library / 200 * 1000:.2f} ms"}


def measured(workspace: Workspace, tunes: list[Score], size: int) -> dict[str, str]:
    """The figures of a library of ``size`` pieces."""
    made = fill(workspace, tunes, size)
    found, compared = timed(lambda: families.refresh(workspace))
    first, split = timed(lambda: datasets.create(workspace, "all"))
    _, again = timed(lambda: datasets.create(workspace, "all", seed=1, stratify="meter"))
    dealt = random.Random(0)
    lines = [f"{piece},{dealt.choice(['train', 'test'])}" for piece in first.pieces]
    leaks, leaking = timed(lambda: leakage.of_csv(workspace, "\n".join(["id,split", *lines])))
    _, alike = timed(lambda: families.similar(workspace, first.pieces[0]))
    with open_store(workspace) as store:
        together = sum(base in store.families.members(setting) for base, setting in made[:500])
        largest = len(store.families.largest(limit=1)[0])
    return {
        "comparing and grouping": f"{compared:.1f} s",
        "a split that keeps families": f"{split:.1f} s",
        "a stratified split": f"{again:.1f} s",
        "leakage of a random split": f"{leaking:.1f} s ({len(leaks.leaks):,} pairs)",
        "pieces like one": f"{alike * 1000:.0f} ms",
        "families": f"{found:,}, the largest of {largest}",
        "settings found": f"{100 * together / max(len(made[:500]), 1):.0f} %",
    }


def fill(workspace: Workspace, tunes: list[Score], size: int) -> list[tuple[str, str]]:
    """Put so many pieces into the library; pairs of a piece and a setting of it."""
    pairs, rows = [], pieces(tunes, size)
    with open_store(workspace) as store:
        previous, done = "", 0
        while done < size:
            with store.db.atomic():
                for number, score in [next(rows) for _ in range(min(BATCH, size - done))]:
                    identity = fingerprint(score)[:16]
                    facts = {"notes": len(score.notes), "meter": ("4/4", "6/8")[number % 2]}
                    piece = Piece(
                        identity, f"Tune {number}", "", "made", f"{number}", "", OWN,
                        tune_fingerprint(score), facts,
                    )  # fmt: skip
                    store.pieces.add(piece, score, (), sketch(score))
                    if number % SETTINGS == SETTINGS - 1:
                        pairs.append((previous, identity))
                    previous, done = identity, done + 1
    return pairs


def pieces(tunes: list[Score], size: int) -> Iterator[tuple[int, Score]]:
    """Made pieces, numbered."""
    dealt = np.random.default_rng(0)
    pitches = np.zeros(0, np.int64)
    for number in range(size):
        if number % SETTINGS == SETTINGS - 1:
            pitches = pitches.copy()
            pitches[dealt.integers(0, 16) :: 16] += 2
            pitches += int(dealt.integers(-4, 5))
        else:
            pitches = np.concatenate([_phrase(tunes, dealt) for _ in range(PHRASES)])
        rows = [(i * STEP, STEP, int(p)) for i, p in enumerate(np.clip(pitches, 1, 126))]
        yield number, Score(make_notes(rows))


def _phrase(tunes: list[Score], dealt: np.random.Generator) -> np.ndarray:
    notes = tunes[dealt.integers(len(tunes))].notes["pitch"].astype(np.int64)
    start = dealt.integers(0, (len(notes) - PHRASE) // PHRASE + 1) * PHRASE
    return notes[start : start + PHRASE]


def timed(work: Callable) -> tuple:
    """What work gives, and its seconds."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
