"""How tunes hang together: which of their bars come again, and how far a melody moves from one note to the next.

Both are counted on the training split of a model that writes a melody in segments (:mod:`workbench.core.segments`), and bind them
into a tune when it composes from nothing (:mod:`workbench.sampling.joining`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.forms import MOST_BARS, NEW, Forms, form_of, together
from workbench.core.frames import FIRST_PITCH
from workbench.core.segments import ends
from workbench.core.vocabulary import Plan, TokenSequence

WIDEST = 24
"""Semitones; a wider interval counts as one of these."""
INSIDE, ACROSS, LAST = 0, 1, 2
"""Rows of the intervals: within a segment, into one from the note before it, and into the last note of a piece, which counts in the others, too."""
ROWS = 3


@dataclass(frozen=True, eq=False)
class Tunes:
    """What was counted in the training split."""

    forms: Forms
    intervals: NDArray[np.int64]
    """(3, 2 * ``WIDEST`` + 1) how often a note follows another so many semitones lower (first) to higher (last), ``INSIDE``, ``ACROSS`` and ``LAST``."""

    def odds(self, row: int) -> NDArray[np.float64]:
        """(2 * ``WIDEST`` + 1,) natural log of the share of each interval, each counted once more than it was."""
        counts = self.intervals[row] + 1.0
        return np.log(counts / counts.sum())

    def arrays(self) -> dict[str, NDArray]:
        """For a file."""
        forms = self.forms
        return {"returns": forms.returns, "lengths": forms.lengths, "intervals": self.intervals}


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
    forms = Forms(returns.astype(np.int16), lengths.astype(np.int32))
    return Tunes(forms, intervals.astype(np.int64))


def found_tunes(sequences: Sequence[TokenSequence], bars: int) -> Tunes | None:
    """The forms of melodies in cells, and their intervals inside and across segments of so many bars; None where no piece has a full bar."""
    forms = together([_form(each) for each in sequences])
    if forms is None:
        return None
    intervals = np.zeros((ROWS, 2 * WIDEST + 1), np.int64)
    for each in sequences:
        _count(intervals, each, bars)
    return Tunes(forms, intervals)


def _form(sequence: TokenSequence) -> NDArray[np.int64]:
    """Of a melody in cells."""
    onsets = np.flatnonzero(sequence.tokens >= FIRST_PITCH)
    return form_of(sequence.plan, onsets, sequence.tokens[onsets])


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
