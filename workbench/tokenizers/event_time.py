"""How time goes on among events: by bars and positions (REMI), or by shifts (TSD, MIDI-like)."""

import numpy as np
from numpy.typing import NDArray

from workbench.core.vocabulary import Plan
from workbench.tokenizers.event_grammar import EventGrammar
from workbench.tokenizers.events import Events


class BarGrammar(EventGrammar):
    """Time by ``Bar`` and ``Position`` (REMI). Every bar of the plan is said, an empty one too, and one more closes the piece.

    A position counts from where the full bar would begin: a pickup begins late.
    """

    def __init__(self, events: Events, plan: Plan) -> None:
        super().__init__(events, plan)
        self._bar = -1
        self._position = -1  # none in this bar yet

    @property
    def finished(self) -> bool:
        return self._bar == len(self._plan.bars)

    @property
    def _is_moment(self) -> bool:
        return self._position >= 0

    def _mark_time(self, mask: NDArray[np.bool_]) -> None:
        if self._owes:
            return
        ids, values = self._events.ids, self._events.values
        mask[ids["Bar"]] = self._bar < len(self._plan.bars) - 1 or self._can_close
        if self._bar >= 0:
            bar, positions = self._plan.bars[self._bar], values[ids["Position"]]
            first = max(bar.offset, self._position + 1)
            mask[ids["Position"]] = (positions >= first) & (positions < bar.offset + bar.steps)
            mask[ids["Position"]] &= self._is_open(positions + self._starts[self._bar] - bar.offset)

    def _take_time(self, kind: str, value: int) -> None:
        if kind == "Bar":
            self._bar, self._position, self._owes = self._bar + 1, -1, False
            self._go_to(self._starts[self._bar])
        else:
            self._position, self._owes = value, True
            self._go_to(self._starts[self._bar] + value - self._plan.bars[self._bar].offset)


class ShiftGrammar(EventGrammar):
    """Time by ``TimeShift`` (TSD, MIDI-like), the longest first where one does not reach; the last goes to the end of the piece.

    A second one may follow the longest, or one that leads to a barline.
    """

    @property
    def finished(self) -> bool:
        return self._time == self._end and not self._sounding

    @property
    def _is_moment(self) -> bool:
        return True

    def _mark_time(self, mask: NDArray[np.bool_]) -> None:
        if self._owes or self._time == self._end:
            return
        ids = self._events.ids["TimeShift"]
        after = self._events.values[ids] + self._time
        within = (after < self._end) & self._is_open(after)
        mask[ids] = within | ((after == self._end) & self._can_close)

    def _take_time(self, kind: str, value: int) -> None:
        self._go_to(self._time + value)
        longest = int(self._events.values[self._events.ids["TimeShift"]].max())
        self._owes = value < longest and self._time not in self._starts
