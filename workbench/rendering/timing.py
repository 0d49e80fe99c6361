"""When what is engraved is heard: the beats of every bar, and engravings played at other tempos. Times are milliseconds."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.score import Score, bars, seconds_at
from workbench.rendering.engraving import Engraving, Sounding

Pulse = Sequence[tuple[int, list[int], bool]]


def pulse(score: Score, first: int | None = None) -> Pulse:
    """A row for every bar: its number as it is engraved, counted from ``first`` where that is given, its beats in ms, and whether the first of these is a first beat.

    The beats of an upbeat, also of one that completes a bar, are counted from its end.
    """
    lines = bars(score)
    rows: list[tuple[int, list[int], bool]] = []
    numbers = bar_numbers(lines, first)
    for bar, number, before in zip(lines, numbers, [0, *numbers], strict=False):
        beat = bar.meter.beat_ticks
        is_upbeat = number == before and not bar.is_full
        origin = bar.start + (bar.end - bar.start) % beat if is_upbeat else bar.start
        ticks = np.arange(origin, max(bar.end, origin + 1), beat)
        if not len(ticks) or origin >= bar.end:
            ticks = np.array([bar.start])
        rows.append((number, _milliseconds(score, ticks).tolist(), not is_upbeat))
    return rows


def retimed(engraving: Engraving, score: Score, heard: Score) -> Engraving:
    """The engraving of ``score`` with the times of ``heard``, which has the same bars at other tempos."""
    if score.tempos == heard.tempos:
        return engraving
    ticks = np.unique([0, score.end, *(t.onset for each in (score, heard) for t in each.tempos)])
    written, played = (np.asarray(seconds_at(each, ticks)) * 1000 for each in (score, heard))

    def moved(time: float) -> float:
        return float(np.interp(time, written, played))

    notes = tuple(Sounding(round(moved(n.on)), round(moved(n.off)), n.ids) for n in engraving.notes)
    return replace(engraving, notes=notes, seconds=moved(engraving.seconds * 1000) / 1000)


def _milliseconds(score: Score, ticks: NDArray) -> NDArray[np.int64]:
    return np.rint(np.asarray(seconds_at(score, ticks)) * 1000).astype(np.int64)
