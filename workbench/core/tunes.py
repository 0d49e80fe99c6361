"""How tunes hang together: which of their bars come again, and how far a melody moves from one note to the next.

Both are counted on the training split of a model that writes a melody in segments (:mod:`workbench.core.segments`), and bind them
into a tune when it composes from nothing (:mod:`workbench.sampling.joining`).

A *form* says of every full bar which earlier one it repeats: the first in which the same notes begin at the same places. A
pickup is left out, and a bar in two parts, across a repeat, is one. So the forms keep no notes, only what returns.

P is the pieces, N their bars one after another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.frames import FIRST_PITCH
from workbench.core.segments import ends
from workbench.core.vocabulary import Plan, TokenSequence, bar_numbers

NEW = -1
"""In a form, a bar that repeats none."""
WIDEST = 24
"""Semitones; a wider interval counts as one of these."""
MOST_BARS = 256
"""Of a longer piece the beginning is kept."""
NEIGHBOURS = 50
"""Pieces, the nearest in length, among which a form is drawn."""
INSIDE, ACROSS, LAST = 0, 1, 2
"""Rows of the intervals: within a segment, into one from the note before it, and into the last note of a piece, which counts in the others, too."""
ROWS = 3


@dataclass(frozen=True, eq=False)
class Tunes:
    """What was counted in the training split."""

    returns: NDArray[np.int16]
    """(N,) the bar of its piece, from 0, that each bar repeats, or ``NEW``."""
    lengths: NDArray[np.int32]
    """(P,) bars of each piece."""
    intervals: NDArray[np.int64]
    """(3, 2 * ``WIDEST`` + 1) how often a note follows another so many semitones lower (first) to higher (last), ``INSIDE``, ``ACROSS`` and ``LAST``."""

    def form(self, bars: int, random: np.random.Generator) -> NDArray[np.int64]:
        """(bars,) the form of one of the pieces that are as long, or a little longer, up to there.

        Where none is as long, several follow one another, the longest first.
        """
        found = np.zeros(0, np.int64)
        while len(found) < bars:
            order = np.argsort(self.lengths, kind="stable")
            long = order[self.lengths[order] >= bars - len(found)]
            among = long[:NEIGHBOURS] if len(long) else order[-NEIGHBOURS:]
            piece = int(among[random.integers(len(among))])
            end = int(self.lengths[: piece + 1].sum())
            form = self.returns[end - int(self.lengths[piece]) : end].astype(np.int64)
            found = np.concatenate([found, np.where(form == NEW, NEW, form + len(found))])
        return found[:bars]

    def odds(self, row: int) -> NDArray[np.float64]:
        """(2 * ``WIDEST`` + 1,) natural log of the share of each interval, each counted once more than it was."""
        counts = self.intervals[row] + 1.0
        return np.log(counts / counts.sum())

    def arrays(self) -> dict[str, NDArray]:
        """For a file."""
        return {"returns": self.returns, "lengths": self.lengths, "intervals": self.intervals}


def read_tunes(arrays: Mapping[str, NDArray]) -> Tunes | None:
    """What :meth:`Tunes.arrays` wrote, None where nothing of it is there; ``UnreadableFile`` where it is none."""
    if not {"returns", "lengths", "intervals"} <= set(arrays):
        return None
    returns, lengths, intervals = (arrays[name] for name in ("returns", "lengths", "intervals"))
    are_whole = all(each.dtype.kind == "i" for each in (returns, lengths, intervals))
    if (
        not are_whole
        or (returns.ndim, lengths.ndim) != (1, 1)
        or intervals.shape != (ROWS, 2 * WIDEST + 1)
    ):
        raise UnreadableFile("The forms of tunes beside the model are none; train the model again.")  # fmt: skip
    fits = len(lengths) and (lengths > 0).all() and (lengths <= MOST_BARS).all()
    if not fits or lengths.sum() != len(returns) or (intervals < 0).any():
        raise UnreadableFile("The forms of tunes beside the model are torn; train the model again.")
    places = np.arange(len(returns)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    if ((returns < NEW) | (returns >= places)).any():
        raise UnreadableFile("The forms of tunes beside the model go nowhere; train the model again.")  # fmt: skip
    return Tunes(returns.astype(np.int16), lengths.astype(np.int32), intervals.astype(np.int64))


def found_tunes(sequences: Sequence[TokenSequence], bars: int) -> Tunes | None:
    """The forms of melodies in cells, and their intervals inside and across segments of so many bars; None where no piece has a full bar."""
    forms = [form for each in sequences if len(form := form_of(each)[:MOST_BARS])]
    if not forms:
        return None
    intervals = np.zeros((ROWS, 2 * WIDEST + 1), np.int64)
    for each in sequences:
        _count(intervals, each, bars)
    lengths = np.array([len(form) for form in forms], np.int32)
    return Tunes(np.concatenate(forms).astype(np.int16), lengths, intervals)


def form_of(sequence: TokenSequence) -> NDArray[np.int64]:
    """(bars,) of a melody in cells, which earlier bar each full bar repeats, or ``NEW``. Where nothing begins in a bar nothing returns."""
    plan = sequence.plan
    starts = accumulate((bar.steps for bar in plan.bars), initial=0)
    content: dict[int, list[tuple[int, int]]] = {}
    for number, bar, start in zip(bar_numbers(plan), plan.bars, starts, strict=False):
        tokens = sequence.tokens[start : start + bar.steps]
        begun = [(bar.offset + int(at), int(tokens[at])) for at in np.flatnonzero(tokens >= FIRST_PITCH)]  # fmt: skip
        content.setdefault(number, []).extend(begun)
    content.pop(-1, None)  # a pickup
    first: dict[tuple[tuple[int, int], ...], int] = {}
    found = []
    for place, number in enumerate(sorted(content)):
        notes = tuple(content[number])
        earlier = first.setdefault(notes, place)
        found.append(earlier if notes and earlier < place else NEW)
    return np.array(found, np.int64)


def column(semitones: NDArray[np.integer] | int) -> NDArray[np.int64]:
    """The columns of ``Tunes.intervals`` that intervals belong to."""
    return np.clip(semitones, -WIDEST, WIDEST).astype(np.int64) + WIDEST


def _count(intervals: NDArray[np.int64], sequence: TokenSequence, bars: int) -> None:
    """Add the intervals of a melody."""
    onsets = np.flatnonzero(sequence.tokens >= FIRST_PITCH)
    pitches = sequence.tokens[onsets].astype(np.int64)
    steps = pitches[1:] - pitches[:-1]
    segment = np.searchsorted(ends(sequence.plan, bars), onsets, side="right")
    rows = np.where(np.diff(segment) > 0, ACROSS, INSIDE)
    np.add.at(intervals, (rows, column(steps)), 1)
    intervals[LAST, column(steps[-1:])] += 1


def bar_steps(plan: Plan) -> list[int]:
    """At which step each bar of a plan begins."""
    return list(accumulate((bar.steps for bar in plan.bars), initial=0))[:-1]
