"""Moving played notes to times that can be written.

Times are looked at quarter by quarter, counted from each bar's start, part by part.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER, Bar, Score, bars
from workbench.formats.notation.symbols import UNIT, origin

FINEST = TICKS_PER_QUARTER // 48
GRIDS = (UNIT, FINEST, TICKS_PER_QUARTER // 40, TICKS_PER_QUARTER // 56, TICKS_PER_QUARTER // 36)
"""128ths, and what triplets, quintuplets, septuplets and nonuplets divide a quarter into, in ticks."""

Times = NDArray[np.int64]


def on_grid(score: Score) -> Score:
    """The score with every time on a grid that can be written; the same notes in the same order.

    The result's notes may lie out of the order that scores keep, because their indices name them.
    """
    times = np.stack([score.notes["onset"], score.notes["onset"] + score.notes["duration"]])
    times = times.astype(np.int64)
    if not (times % UNIT).any() and not any(meter.onset % UNIT for meter in score.meters):
        return score
    staves = bars(score)
    if _fits(times, score, staves):
        return score
    moved = _snapped(times, score, staves)
    if not _fits(moved, score, staves):  # barlines off every grid: move them with the notes
        moved = np.rint(times / FINEST).astype(np.int64) * FINEST
        moved[1] = np.maximum(moved[1], moved[0] + FINEST)
        meters = (replace(m, onset=round(m.onset / FINEST) * FINEST) for m in score.meters)
        score = replace(score, meters=tuple(meters))
    return _with_times(score, moved)


def _with_times(score: Score, times: Times) -> Score:
    """The score with these onsets and ends (2, N), its notes as they lie: a new ``Score`` would sort them."""
    notes = score.notes.copy()
    notes["onset"], notes["duration"] = times[0], times[1] - times[0]
    notes.flags.writeable = False
    moved = replace(score)
    object.__setattr__(moved, "notes", notes)
    return moved


def _cells(times: Times, staves: list[Bar]) -> tuple[Times, Times]:
    """For every time the start of its quarter, which serves as a label, and the distance from it."""
    starts = np.array([bar.start for bar in staves], dtype=np.int64)
    origins = np.array([origin(bar) for bar in staves], dtype=np.int64)
    bar = np.searchsorted(starts, times, side="right") - 1
    inside = times - origins[bar]
    return times - inside % TICKS_PER_QUARTER, inside % TICKS_PER_QUARTER


def _misfits(times: Times, staves: list[Bar]) -> list[int]:
    """The labels of quarters whose times, and the barlines that cut them, lie on no common grid."""
    labels, inside = _cells(times, staves)
    crowded: dict[int, list[int]] = defaultdict(list)
    for bar in staves:
        length = bar.end - origin(bar)
        if length % UNIT:
            crowded[bar.end - length % TICKS_PER_QUARTER].append(length % TICKS_PER_QUARTER)
    for label in np.unique(labels[inside % UNIT != 0]).tolist():
        crowded[label] += []
    chosen = np.isin(labels, list(crowded))
    for label, place in zip(labels[chosen].tolist(), inside[chosen].tolist(), strict=True):
        crowded[label].append(place)
    return [
        label
        for label, places in crowded.items()
        if not any(all(place % grid == 0 for place in places) for grid in GRIDS)
    ]


def _parts(score: Score) -> Iterator[NDArray[np.bool_]]:
    for index in range(len(score.parts)):
        yield score.notes["part"] == index


def _fits(times: Times, score: Score, staves: list[Bar]) -> bool:
    return not any(_misfits(times[:, mine], staves) for mine in _parts(score))


def _snapped(times: Times, score: Score, staves: list[Bar]) -> Times:
    """The times of misfit quarters moved to the nearest 1/48; every note keeps a length."""
    moved = times.copy()
    for mine in _parts(score):
        block = moved[:, mine]
        labels, inside = _cells(block, staves)
        rounded = labels + np.rint(inside / FINEST).astype(np.int64) * FINEST
        block = np.where(np.isin(labels, _misfits(block, staves)), rounded, block)
        block[1] = np.where(block[1] <= block[0], block[0] + FINEST, block[1])
        moved[:, mine] = block
    return moved
