"""Bars that stay, as cells: what of a score is kept while a model writes the rest.

Every note that sounds in a cell that stays is kept whole: where it is tied over from a bar that is written anew, or into one, the
cells there belong to it. So bars that stay sound as they did, to the last tie.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.score import TICKS_PER_QUARTER, Score, bars, pitch_name
from workbench.core.specs import FREE
from workbench.core.vocabulary import Plan
from workbench.tokenizers.cells import HOLD_TOKEN, REST_TOKEN, CellLanguage
from workbench.tokenizers.grid import normalising_shift, step_ticks


@runtime_checkable
class KeepsBars(Protocol):
    """A tokenizer in cells, which can say what stays of a piece."""

    settings: Any

    def locked(self, score: Score, plan: Plan, stays: NDArray[np.bool_]) -> NDArray[np.int32]: ...


_REMEDY = "leave the bar unlocked, or change the note"


def locked_cells(
    language: CellLanguage, score: Score, plan: Plan, stays: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """(T, V) the cells of a score that stay, as ``core.specs.Locked`` has them; ``stays`` (T, V) says which.

    The score is in the plan's key, its parts are the voices of the language.

    Raises ``InvalidSetting`` where a note that stays cannot be said: off the grid, together with another one in its voice, or beyond the
    voice's range; and where the last bar stays and is silent, for a piece ends with a note.
    """
    step, shift = step_ticks(language.steps_per_quarter), normalising_shift(plan.key)
    cells = np.where(stays, REST_TOKEN, FREE).astype(np.int32)
    is_taken = np.zeros(cells.shape, bool)
    for note in score.notes:
        onset, duration, pitch, _, voice, _ = note.tolist()
        first, end = onset // step, -(-(onset + duration) // step)
        if not stays[first:end, voice].any():
            continue
        where = f"{pitch_name(pitch)} in bar {_bar_of(score, onset)}"
        if onset % step or duration % step or end > len(cells):
            raise InvalidSetting(
                f"{where} does not lie on the model's grid of {step / TICKS_PER_QUARTER:g} quarters; {_REMEDY}."
            )
        if is_taken[first:end, voice].any():
            raise InvalidSetting(
                f"{where} sounds together with another note of its voice, and this model writes one at a time; {_REMEDY}."
            )
        low, high = language.ranges[voice]
        if not low <= pitch + shift <= high:
            raise InvalidSetting(
                f"{where} lies outside {pitch_name(low - shift)} to {pitch_name(high - shift)}, which is all that the model "
                f"knows there; {_REMEDY}."
            )
        is_taken[first:end, voice] = True
        cells[first:end, voice] = HOLD_TOKEN
        cells[first, voice] = language.tokens_of(np.array([pitch + shift], np.int32))[0]
    last = plan.steps - plan.bars[-1].steps
    if (cells[last:] == REST_TOKEN).all():
        raise InvalidSetting(
            "The last bar is locked and silent, and a piece ends with a note; leave it unlocked, or put a note into it."
        )
    return cells


def _bar_of(score: Score, tick: int) -> int:
    """The number of the bar that a tick lies in, from 1."""
    return sum(bar.start <= tick for bar in bars(score))
