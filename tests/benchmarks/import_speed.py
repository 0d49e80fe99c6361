"""How fast music comes in, whole: read, facts, fingerprints, sketches and database rows, over all cores.

::

    PYTHONPATH=. python tests/benchmarks/import_speed.py [--files 300] [--flat 10000] [--json]

Beside it, in the same run and on the same files, what pretty_midi (for MIDI) and music21 (for ABC) need only to parse them,
in one process as they are used. MIDI files are chorales one after another up to some 2,000 notes, the size of a
pop song; ABC files are tunes of Ryan's Mammoth Collection. Ratios are our files a second over theirs: above 1 we are faster.

``--flat`` imports so many small files besides, and tells how the memory of this process, the one that
writes, and of its largest reader grew from a tenth of them to all.
"""

import argparse
import itertools
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import music21
import numpy as np
import pretty_midi

from workbench import formats
from workbench.core.score import Part, Score, transpose
from workbench.corpora import CORPORA
from workbench.services import activity, importing, library
from workbench.workspace import Workspace, open_workspace

SONG_NOTES = 2000
GAP_TICKS = 4 * 10080


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--compared", type=int, default=40, help="files given to the others")
    parser.add_argument("--flat", type=int, default=0, metavar="FILES")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.files, options.compared)
        if options.flat:
            rows.append(memory(Path(folder), options.flat))
    if options.json:
        print(json.dumps(rows))
        return
    for row in rows:
        print(", ".join(f"{name} {value}" for name, value in row.items()))


def measure(folder: Path, count: int, compared: int) -> list[dict[str, Any]]:
    """One row for MIDI, one for ABC, one for importing the same files again."""
    songs, tunes = write_songs(folder / "midi", count), write_tunes(folder / "abc", count)
    workspace = open_workspace(folder / "home")
    rows = []
    for work, files, parse in (
        ("import MIDI, beside pretty_midi's parse", songs, lambda path: pretty_midi.PrettyMIDI(str(path))),
        ("import ABC, beside music21's parse", tunes, lambda path: music21.converter.parseData(path.read_text(), format="abc")),
    ):  # fmt: skip
        theirs = rate(files[:compared], parse)
        ours = imported(workspace, files[0].parent, count)
        ratio = round(ours / theirs, 1)
        rows.append({"work": work, "ours": round(ours), "theirs": round(theirs), "ratio": ratio})
    again = imported(workspace, songs[0].parent, count)
    rows.append({"work": "import the same MIDI again", "ours": round(again)})
    return rows


def imported(workspace: Workspace, folder: Path, count: int) -> float:
    """Files a second from the click to the last row, the start of the readers included."""
    started = time.perf_counter()
    job = activity.finish(workspace, importing.import_places(workspace, [folder]))
    seconds = time.perf_counter() - started
    if sum(importing.counts(workspace, job.id).values()) != count or job.state != "done":
        raise SystemExit(f"{folder} did not come in: {job.message}")
    return count / seconds


def rate(files: Sequence[Path], parse: Callable[[Path], Any]) -> float:
    """Files a second; the first one, which may load things, is done before."""
    parse(files[0])
    started = time.perf_counter()
    for path in files:
        parse(path)
    return len(files) / (time.perf_counter() - started)


def memory(folder: Path, count: int) -> dict[str, Any]:
    """How the processes grew while small files, all of them new music, came in, in MB of peak resident memory."""
    small, home = folder / "small", open_workspace(folder / "flat")
    small.mkdir()
    before: list[float] = []
    for number, tune in enumerate(itertools.islice(new_tunes(), count)):
        if number == count // 10:
            imported(home, small, number)
            before = peaks()
        formats.write(tune, small / f"{number:06}.abc", title=f"Tune {number}")
    speed = imported(home, small, count)
    grown = [round(now - then, 1) for now, then in zip(peaks(), before, strict=True)]
    return {
        "work": f"{count} small files",
        "pieces": library.count(home),
        "ours": round(speed),
        "grown MB, the process that writes": grown[0],
        "the largest reader": grown[1],
    }


def peaks() -> list[float]:
    """Peak resident memory of this process and of the largest that it started, in MB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return [resource.getrusage(kind).ru_maxrss / 1000 for kind in kinds]


def new_tunes() -> Iterator[Score]:
    """Every tune of Ryan's Mammoth, then every tune in another key, …"""
    corpus = CORPORA.get("ryans-mammoth")
    tunes = [corpus.read(member).score for member in corpus.members()]
    for shift in range(-5, 7):
        yield from (transpose(tune, shift) for tune in tunes)


# --- the files --------------------------------------------------------------------------------


def write_songs(folder: Path, count: int) -> list[Path]:
    """MIDI files of four parts and some 2,000 notes: chorales in a row, each file another order and key."""
    folder.mkdir()
    corpus = CORPORA.get("bach-chorales")
    chorales = [corpus.read(member).score for member in corpus.members()[:80]]
    random = np.random.default_rng(0)
    for number in range(count):
        song = in_a_row([chorales[place] for place in random.permutation(len(chorales))])
        formats.write(transpose(song, int(random.integers(-5, 6))), folder / f"{number:04}.mid")
    return sorted(folder.iterdir())


def in_a_row(scores: Sequence[Score]) -> Score:
    """The first of the scores that make a song, one after another, as four parts."""
    blocks, begin, notes = [], 0, 0
    for score in scores:
        block = score.notes[score.notes["part"] < 4].copy()
        block["onset"] += begin
        blocks.append(block)
        begin, notes = begin + score.end + GAP_TICKS, notes + len(block)
        if notes > SONG_NOTES:
            break
    return Score(np.concatenate(blocks), parts=tuple(Part(f"Voice {i}") for i in range(1, 5)))


def write_tunes(folder: Path, count: int) -> list[Path]:
    """ABC files of one tune."""
    folder.mkdir()
    corpus = CORPORA.get("ryans-mammoth")
    for number, member in enumerate(corpus.members()[:count]):
        formats.write(corpus.read(member).score, folder / f"{number:04}.abc", title=member)
    return sorted(folder.iterdir())


if __name__ == "__main__":
    main()
