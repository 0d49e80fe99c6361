"""Moving played notes to times that can be written."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER, Score, bars
from workbench.formats.notation.symbols import UNIT, origin

FINEST = TICKS_PER_QUARTER // 48
_GRIDS = (UNIT, FINEST, TICKS_PER_QUARTER // 40, TICKS_PER_QUARTER // 56)


def on_grid(score: Score) -> Score:
    """The score with every time on a grid that can be written; the same notes in the same order."""
    step = 2 * UNIT
    meters = tuple(replace(m, onset=_nearest(m.onset, step)) for m in score.meters)
    if meters != score.meters:
        score = replace(score, meters=meters)
    times = np.stack([score.notes["onset"], score.notes["onset"] + score.notes["duration"]])
    if not (times % UNIT).any() or _fits(times, score):
        return score
    moved = _snapped(times, score)
    if not _fits(moved, score):
        moved = np.rint(times / FINEST).astype(np.int64) * FINEST
        moved[1] = np.maximum(moved[1], moved[0] + FINEST)
    notes = score.notes.copy()
    notes["onset"], notes["duration"] = moved[0], moved[1] - moved[0]
    return _unsorted(score, notes)


def _unsorted(score: Score, notes: NDArray[np.void]) -> Score:
    """A score with these notes as they lie: a score sorts its notes, and indices would change."""
    moved = replace(score)
    notes.flags.writeable = False
    object.__setattr__(moved, "notes", notes)
    return moved


def _nearest(time: int, step: int) -> int:
    return round(time / step) * step


def _cells(times: NDArray[np.int64], score: Score) -> tuple[NDArray, NDArray]:
    """For every time the quarter of its bar it falls in (a label), and its distance from that quarter's start."""
    staves = bars(score)
    starts = np.array([bar.start for bar in staves], dtype=np.int64)
    origins = np.array([origin(bar) for bar in staves], dtype=np.int64)
    bar = np.searchsorted(starts, times, side="right") - 1
    inside = times - origins[bar]
    return origins[
        bar
    ] + inside // TICKS_PER_QUARTER * TICKS_PER_QUARTER, inside % TICKS_PER_QUARTER


def _misfits(times: NDArray[np.int64], score: Score) -> set[int]:
    """The quarters (as labelled by ``_cells``) whose times lie on no common grid, part for part alike."""
    labels, inside = _cells(times, score)
    off = inside % UNIT != 0
    crowded: dict[int, list[int]] = defaultdict(list)
    for label in np.unique(labels[off]).tolist():
        crowded[label] = []
    if not crowded:
        return set()
    chosen = np.isin(labels, list(crowded))
    for label, place in zip(labels[chosen].tolist(), inside[chosen].tolist(), strict=True):
        crowded[label].append(place)
    return {
        label
        for label, places in crowded.items()
        if not any(all(place % grid == 0 for place in places) for grid in _GRIDS)
    }


def _fits(times: NDArray[np.int64], score: Score) -> bool:
    return all(not _misfits(part, score) for part in _part_times(times, score))


def _part_times(times: NDArray[np.int64], score: Score) -> Iterator[NDArray[np.int64]]:
    for index in range(len(score.parts)):
        yield times[:, score.notes["part"] == index]


def _snapped(times: NDArray[np.int64], score: Score) -> NDArray[np.int64]:
    """The times of misfit quarters moved to the nearest 1/48; every note keeps a length."""
    moved = times.astype(np.int64)
    for index in range(len(score.parts)):
        mine = score.notes["part"] == index
        block = moved[:, mine]
        misfits = list(_misfits(block, score))
        labels, inside = _cells(block, score)
        rounded = labels + np.rint(inside / FINEST).astype(np.int64) * FINEST
        block = np.where(np.isin(labels, misfits), rounded, block)
        block[1] = np.where(block[1] <= block[0], block[0] + FINEST, block[1])
        moved[:, mine] = block
    return moved
