"""A passage of a piece with a little before and after it, to be seen and heard: what two pieces have in common, side by side."""

from dataclasses import dataclass

import numpy as np

from workbench.core.bar_numbers import bar_numbers
from workbench.core.score import Score, bars, clip
from workbench.metrics.lines import lines

AROUND = 1
"""Bars before and after the passage."""


@dataclass(frozen=True)
class Excerpt:
    """Some bars of a piece."""

    score: Score
    marked: tuple[int, ...]
    """Numbers of the notes of the passage in ``score.notes``."""
    first_bar: int
    last_bar: int
    """Their numbers in the piece, as they are engraved there."""


def excerpt(score: Score, line: int, start: int, notes: int, around: int = AROUND) -> Excerpt:
    """So many notes of a line, from its note ``start``, with the bars they lie in; line and note count from 0.

    Raises ``IndexError`` where the score has no such passage.
    """
    voices = _line_parts(score)
    part, passage = voices[line], lines(score)[line][start : start + notes]
    if len(passage) < notes:
        raise IndexError(f"the line has no {notes} notes from {start} on")
    within = bars(score)
    first = max(_bar_at(within, int(passage["onset"][0])) - around, 0)
    last = min(_bar_at(within, int(passage["onset"][-1])) + around, len(within) - 1)
    begins = within[first].start
    cut = clip(score, begins, within[last].end)
    wanted = {(int(onset) - begins, int(pitch)) for onset, pitch in zip(passage["onset"], passage["pitch"], strict=True)}  # fmt: skip
    ours = np.flatnonzero(cut.notes["part"] == part)
    marked = [
        int(number)
        for number in ours
        if (int(cut.notes["onset"][number]), int(cut.notes["pitch"][number])) in wanted
    ]
    numbers = bar_numbers(within)
    return Excerpt(cut, tuple(marked), numbers[first], numbers[last])


def _line_parts(score: Score) -> list[int]:
    """The part that each line is of: those that are no drums and have notes."""
    sounding = set(score.notes["part"].tolist())
    return [n for n, part in enumerate(score.parts) if not part.is_drum and n in sounding]


def _bar_at(within: list, onset: int) -> int:
    starts = [bar.start for bar in within]
    return int(np.searchsorted(starts, onset, side="right")) - 1
