"""How making an index of patterns, and looking pieces up in it, grow with the training set.

    python tests/benchmarks/originality_scale.py [--sizes 3000 30000 100000] [--compositions 200] [--json]

Pieces are made of real tunes: twenty fragments of six notes each, out of tunes of Ryan's Mammoth and O'Neill's collection, so
that fragments are shared and longer passages seldom are. Measured are making the index, its bytes, saving and loading it, looking up
the compositions (made likewise, one in ten with 12 notes of a training piece in another key, of which the share found is told), and
the baseline of 200 pieces.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.corpora import CORPORA
from workbench.metrics.human_baseline import human_baseline
from workbench.metrics.index_file import load_index, save_index
from workbench.metrics.melodies import Melodies, on_grid
from workbench.metrics.originality import Index, borrowing, index_melodies

FRAGMENT, FRAGMENTS = 6, 20  # notes, fragments
COPIED = 12  # notes


def main() -> None:
    """Measure, and print a table or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[3000, 30_000, 100_000])
    parser.add_argument("--compositions", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tunes = real_lines()
    figures = {f"{size:,} pieces": measured(tunes, size, options.compositions) for size in options.sizes}  # fmt: skip
    if options.json:
        print(json.dumps(figures))
        return
    for name, row in figures.items():
        print(f"{name}: " + ", ".join(f"{what} {value}" for what, value in row.items()))


def real_lines() -> list[np.ndarray]:
    """(N, 2) pitch and length in ticks of every note of tunes of two collections."""
    found = []
    for name in ("ryans-mammoth", "oneills-1850"):
        corpus = CORPORA.get(name)
        notes = [corpus.read(member).score.notes for member in corpus.members()[::4]]
        found += [np.stack([each["pitch"], each["duration"]], axis=1) for each in notes]
    return [line for line in found if len(line) > FRAGMENT]


def made(tunes: list[np.ndarray], rng: np.random.Generator, copied: np.ndarray | None) -> Melodies:
    """A piece of fragments, as one line; with a copy, in another key, in the middle."""
    chosen = [tunes[number] for number in rng.integers(len(tunes), size=FRAGMENTS)]
    starts = [int(rng.integers(len(line) - FRAGMENT)) for line in chosen]
    parts = [line[start : start + FRAGMENT] for line, start in zip(chosen, starts, strict=True)]
    if copied is not None:
        parts.insert(FRAGMENTS // 2, copied + np.array([rng.integers(-5, 6), 0]))
    rows = np.concatenate(parts)
    onsets = np.cumsum(rows[:, 1].astype(np.int64)) - rows[:, 1]
    pitches = rows[:, 0].astype(np.int64)
    return Melodies(
        onsets, pitches, np.array([0, len(rows)]), np.stack([on_grid(onsets), pitches], axis=1)
    )


def measured(tunes: list[np.ndarray], size: int, compositions: int) -> dict[str, Any]:
    """The figures of one training set."""
    rng = np.random.default_rng(size)
    pieces = [made(tunes, rng, None) for _ in range(size)]
    index, building = timed(lambda: index_melodies(pieces))
    found, looking = 0, 0.0
    for number in range(compositions):
        copied = excerpt(pieces[int(rng.integers(size))], rng) if number % 10 == 0 else None
        piece = made(tunes, rng, copied)
        result, seconds = timed(lambda piece=piece: borrowing(piece, index))
        looking += seconds
        found += copied is not None and result.longest.notes >= COPIED
    _, people = timed(lambda: human_baseline(index))
    return {
        "notes": len(index.tunes.onsets),
        "index s": round(building, 2),
        "index MB": round(size_of(index) / 1e6),
        **file_times(index),
        f"{compositions} compositions s": round(looking, 2),
        "copies found": round(found / len(range(0, compositions, 10)), 3),
        "baseline s": round(people, 2),
    }


def excerpt(piece: Melodies, rng: np.random.Generator) -> np.ndarray:
    """(12, 2) pitch and length in ticks of successive notes of a training piece."""
    start = int(rng.integers(len(piece.onsets) - COPIED))
    lengths = np.diff(piece.onsets[start : start + COPIED + 1])
    return np.stack([piece.pitches[start : start + COPIED], lengths], axis=1)


def file_times(index: Index) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.npz"
        _, saving = timed(lambda: save_index(index, path))
        _, loading = timed(lambda: load_index(path))
    return {"save s": round(saving, 2), "load s": round(loading, 2)}


def size_of(index: Index) -> int:
    """Bytes of all arrays."""
    tunes = index.tunes
    arrays = [tunes.onsets, tunes.pitches, tunes.starts, tunes.points, index.point_starts]
    arrays += [index.line_starts, index.numbers, index.families]
    return sum(each.nbytes for each in [*arrays, *[array for pair in index.patterns for array in pair]])  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
