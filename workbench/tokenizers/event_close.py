"""How a piece for an ensemble closes, where it is to end on its tonic: as pieces in cells do, in notes that have lengths of their own.

The close is the last half of the last bar, or all of it where that has no middle (``core.sections.end_ticks``), as far as one duration reaches. What sounds there belongs to it:
of the lowest player the tonic, of the others a note of its triad. What does not belong has ended by then, and who sounds to the end already begins nothing more. Where the close begins every player who
does not sound already begins, from the highest down, and all are held to the end; nothing begins after that, and the piece may close.

So from every state there is a way to the end. A player who has no note of the close in range closes on any, and one who has none but in parallels goes in
parallels. Where what was given goes beyond the
beginning of the close there is none.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER
from workbench.core.sections import TONIC, close_classes, end_ticks
from workbench.core.vocabulary import Plan
from workbench.tokenizers.events import LONGEST, PITCHES

Sounding = dict[tuple[int, int], int]
"""Player and pitch to the end of the note."""


@dataclass(frozen=True, eq=False)
class Lengths:
    """How long a note may be that begins now, in steps: to the close at most, or to the end of the piece."""

    to_close: int
    to_end: int
    begins: NDArray[np.bool_]
    """(players, PITCHES) what may begin at all; pitches as tokens say them."""
    belongs: NDArray[np.bool_]
    """(players, PITCHES) what may sound to the end."""

    def allow(
        self, player: NDArray[np.int64] | int, pitch: NDArray[np.int64] | int, steps: NDArray[np.int64]
    ) -> NDArray[np.bool_]:  # fmt: skip
        """(N,) whether notes of so many steps may begin."""
        is_whole = (steps == self.to_end) & self.belongs[player, pitch]
        fits: NDArray[np.bool_] = (steps <= self.to_close) | is_whole
        return self.begins[player, pitch] & fits


class EventClose:
    """The close of one piece, for players who have ``pitches`` (players, PITCHES), which sound from ``lowest`` upward."""

    def __init__(
        self, plan: Plan, pitches: NDArray[np.bool_], lowest: int, steps_per_quarter: int
    ) -> None:
        self._end = plan.steps
        length = end_ticks(plan.meter) * steps_per_quarter // TICKS_PER_QUARTER
        most = min(plan.bars[-1].steps, LONGEST * steps_per_quarter)
        self._begins = self._end - max(min(length, most), 1)
        sounding = np.arange(PITCHES) + lowest
        classes = [
            list(close_classes(plan.key, TONIC, player, len(pitches)))
            for player in range(len(pitches))
        ]
        belongs = pitches & np.array([np.isin(sounding % 12, each) for each in classes])
        self._belongs = np.where(belongs.any(axis=1, keepdims=True), belongs, pitches)
        self._players = np.flatnonzero(pitches.any(axis=1)).tolist()

    def lengths(self, time: int, sounding: Sounding) -> Lengths | None:
        """Of notes that begin at a time, besides those that sound; None where there is no close."""
        if time > self._begins:
            return None
        to_close, waiting = self._begins - time, self._waiting(sounding)
        begins = np.zeros_like(self._belongs)
        if to_close:
            begins[waiting] = True
        else:
            begins[waiting[:1]] = self._belongs[waiting[:1]]
        return Lengths(to_close, self._end - time, begins, self._belongs)

    def is_open(self, times: NDArray[np.int64], time: int, sounding: Sounding) -> NDArray[np.bool_]:
        """(N,) whether anything may be said at these times, gone to from ``time``."""
        if time > self._begins:
            return np.ones(len(times), np.bool_)
        return (times <= self._begins) & bool(self._waiting(sounding))

    def is_reached(self, time: int, sounding: Sounding) -> bool:
        """Whether the piece may close."""
        return time > self._begins or not self._waiting(sounding)

    def _waiting(self, sounding: Sounding) -> list[int]:
        """The players who do not sound to the end, from the highest."""
        held = {player for (player, pitch), end in sounding.items() if end == self._end and self._belongs[player, pitch]}  # fmt: skip
        return [player for player in self._players if player not in held]
