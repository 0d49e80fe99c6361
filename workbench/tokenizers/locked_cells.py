"""Bars that stay, as cells: what of a score is kept while a model writes the rest.

Every note that sounds in a cell that stays is kept whole: where it is tied over from a bar that is written anew, or into one, the
cells there belong to it. So bars that stay sound as they did, to the last tie.

A person may have written what cells cannot say: two notes at once in a voice, triplets, pitches that the model does not know. Then the
cells hold the nearest that can be said, for the model to hear, and beside them stands what to change afterwards: a note begins
and ends at the nearest step, it ends where the next one begins, of several that begin together the highest is heard, and a pitch
is moved by octaves.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.core.editing import NoteEdits, NoteRow, edits_of_rows
from workbench.core.errors import InvalidSetting
from workbench.core.score import Score, spell
from workbench.core.specs import FREE
from workbench.core.vocabulary import Plan
from workbench.tokenizers.cells import HOLD_TOKEN, REST_TOKEN, CellLanguage
from workbench.tokenizers.grid import VELOCITY, step_ticks

Stretch = tuple[int, int, int]
"""First step of a note, the step after its last, and its pitch."""


@runtime_checkable
class KeepsBars(Protocol):
    """A tokenizer in cells, which can say what stays of a piece."""

    settings: Any

    def locked(
        self, score: Score, plan: Plan, stays: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NoteEdits]: ...


def locked_cells(
    language: CellLanguage, score: Score, plan: Plan, stays: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NoteEdits]:
    """(T, V) the cells of a score that stay, as ``core.specs.Locked`` has them, and what has to be changed in them afterwards.

    ``stays`` (T, V) says which. The score is in the plan's key, its parts are the voices of the language.

    Raises ``InvalidSetting`` where the last bar stays and is silent, for a piece ends with a note.
    """
    step, shift = step_ticks(language.steps_per_quarter), language.shift(plan.key)
    cells = np.where(stays, REST_TOKEN, FREE).astype(np.int32)
    exact: list[NoteRow] = []
    said: list[NoteRow] = []
    for voice, (low, high) in enumerate(language.ranges):
        rows = [
            row
            for row in score.notes[score.notes["part"] == voice].tolist()
            if stays[row[0] // step : -(-(row[0] + row[1]) // step), voice].any()
        ]
        exact += rows
        for first, end, pitch in _line(rows, step, len(cells), (low - shift, high - shift)):
            cells[first:end, voice] = HOLD_TOKEN
            cells[first, voice] = language.tokens_of(np.array([pitch + shift], np.int32))[0]
            spelling = spell(pitch, plan.key.fifths)
            said.append((first * step, (end - first) * step, pitch, VELOCITY, voice, spelling))
    last = plan.steps - plan.bars[-1].steps
    if (cells[last:] == REST_TOKEN).all():
        raise InvalidSetting(
            "The last bar is locked and silent, and a piece ends with a note; leave it unlocked, or put a note into it."
        )
    return cells, edits_of_rows(said, exact)


def _line(rows: list[NoteRow], step: int, steps: int, limits: tuple[int, int]) -> list[Stretch]:
    """Notes as one voice on the grid, one at a time and within the lowest and the highest pitch."""
    highest: dict[int, Stretch] = {}
    for onset, duration, pitch, *_ in rows:
        first = min(round(onset / step), steps - 1)
        end = min(max(round((onset + duration) / step), first + 1), steps)
        found = (first, end, _within(pitch, *limits))
        if first not in highest or pitch > highest[first][2]:
            highest[first] = found
    line = [highest[first] for first in sorted(highest)]
    ends = [*(first for first, _, _ in line), steps][1:]
    return [
        (first, min(end, stop), pitch) for (first, end, pitch), stop in zip(line, ends, strict=True)
    ]


def _within(pitch: int, low: int, high: int) -> int:
    """The pitch, moved by octaves to where it lies from the lowest to the highest."""
    if pitch < low:
        return low + (pitch - low) % 12
    return high - (high - pitch) % 12 if pitch > high else pitch
