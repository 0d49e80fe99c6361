"""What of a piece can be copied: its lines as steps that know no key, and all its notes as points.

A *step* leads from one note of a line to the next: the interval in semitones and the time between the two onsets, rounded
to a ``GRID``-th of a quarter. A *pattern* of n notes is n - 1 steps, so it is the same in every key and octave and at any place in the bar; in
notes twice as long it is another. How long its last note is held, rests and articulation do not matter. Lines are those of
:mod:`workbench.metrics.lines`: the top notes of each part, drums apart, so a copy in the inner notes of chords is not seen.

A pattern is known by a 64-bit hash of its steps: among a hundred million patterns two different ones share a hash with a chance of 1 in 4,000.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER, Score
from workbench.metrics.lines import lines, pitched

GRID = 24
"""Of a quarter: thirty-seconds and triplets are exact."""
MOST_NOTES = 20_000
"""Of a line, and of a piece's points; of longer ones the beginning is read."""

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2 to the 64 over the golden ratio
_FOLD = np.uint64(29)


@dataclass(frozen=True, eq=False)
class Melodies:
    """The lines of one piece, or of many, one after another, and the points of all notes."""

    onsets: NDArray[np.integer]
    """(M,) when each note of a line begins, in ticks."""
    pitches: NDArray[np.integer]
    """(M,) MIDI pitches."""
    starts: NDArray[np.int64]
    """(L + 1,) where in these each line begins, and where the last one ends."""
    points: NDArray[np.integer]
    """(P, 2) onset on the grid and pitch of every note, no point twice, by onset."""


def melodies(score: Score) -> Melodies:
    """The lines and points of a score; none where nothing has a pitch."""
    found = [line[:MOST_NOTES] for line in lines(score)]
    notes = np.concatenate([score.notes[:0], *found])
    all_notes = pitched(score)[:MOST_NOTES]
    points = np.stack([on_grid(all_notes["onset"]), all_notes["pitch"].astype(np.int64)], axis=1)
    starts = np.cumsum([0, *map(len, found)])
    return Melodies(
        notes["onset"].astype(np.int64),
        notes["pitch"].astype(np.int64),
        starts,
        np.unique(points, axis=0),
    )


def pattern_hashes(
    tunes: Melodies, lengths: tuple[int, ...]
) -> list[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """For each length in notes, in rising order: the hashes of all patterns, and the place of each one's first note.

    Patterns lie within one line; they come in the order of their places.
    """
    times = on_grid(np.diff(tunes.onsets.astype(np.int64)))
    steps = (times * 256 + np.diff(tunes.pitches) + 128).view(np.uint64)
    line = np.repeat(np.arange(len(tunes.starts) - 1), np.diff(tunes.starts))
    hashes = np.zeros(len(tunes.onsets), np.uint64)
    done, found = 0, []
    for length in lengths:
        for step in range(done, length - 1):
            count = max(len(steps) - step, 0)
            hashes = (hashes[:count] ^ steps[step:]) * _MIX
            hashes ^= hashes >> _FOLD
        done = length - 1
        within = line[: len(hashes)] == line[length - 1 :]
        found.append((hashes[within], np.flatnonzero(within)))
    return found


def on_grid(ticks: NDArray) -> NDArray[np.int64]:
    """Times in ticks as steps of the grid, rounded. Of a time between notes, so that the same passage is the same anywhere."""
    nearest: NDArray[np.int64] = (2 * GRID * ticks.astype(np.int64) + TICKS_PER_QUARTER) // (
        2 * TICKS_PER_QUARTER
    )
    return nearest
