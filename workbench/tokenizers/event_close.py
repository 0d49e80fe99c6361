"""How a piece for an ensemble closes, where it is to end on its tonic: as pieces in cells do, in notes that have lengths of their own.

The close is the last half of the last bar, or all of it where that has no middle (``core.sections.end_ticks``). What sounds there belongs to it:
of the lowest player the tonic, of the others a note of its triad, all held to the end. What does not belong has ended by then, and after the close has begun
nothing begins any more but the lowest player's tonic, where it does not sound yet. The piece is over when it does.

So from every state there is a way to the end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER
from workbench.core.sections import TONIC, close_classes, end_ticks
from workbench.core.vocabulary import Plan
from workbench.tokenizers.events import PITCHES
from workbench.tokenizers.grid import normalising_shift


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
        result: NDArray[np.bool_] = self.begins[player, pitch] & (
            (steps <= self.to_close) | is_whole
        )
        return result


class EventClose:
    """The close of one piece, for players who have ``pitches`` (players, PITCHES)."""

    def __init__(self, plan: Plan, pitches: NDArray[np.bool_], steps_per_quarter: int) -> None:
        self._end = plan.steps
        length = end_ticks(plan.meter) * steps_per_quarter // TICKS_PER_QUARTER
        self._begins = self._end - max(min(length, plan.bars[-1].steps), 1)
        sounding = np.arange(PITCHES) - normalising_shift(plan.key)
        classes = [
            list(close_classes(plan.key, TONIC, player, len(pitches)))
            for player in range(len(pitches))
        ]
        self._belongs = pitches & np.array([np.isin(sounding % 12, each) for each in classes])
        self._lowest = len(pitches) - 1

    @property
    def is_possible(self) -> bool:
        """Whether the lowest player has the tonic."""
        return bool(self._belongs[self._lowest].any())

    def lengths(self, time: int, sounding: dict[tuple[int, int], int]) -> Lengths:
        """Of notes that begin at a time; ``sounding`` holds the ends of those notes of players that sound."""
        to_close, to_end = max(self._begins - time, 0), self._end - time
        begins = np.ones_like(self._belongs) if to_close else self._belongs.copy()
        if time > self._begins:
            begins[: self._lowest] = False
        if not to_close and self.is_reached(sounding):
            begins[self._lowest] = False
        return Lengths(to_close, to_end, begins, self._belongs)

    def is_open(
        self, times: NDArray[np.int64], sounding: dict[tuple[int, int], int]
    ) -> NDArray[np.bool_]:
        """(N,) whether anything may begin at these times, if nothing is said before."""
        return (times <= self._begins) | (not self.is_reached(sounding))

    def is_reached(self, sounding: dict[tuple[int, int], int]) -> bool:
        """Whether the lowest player's tonic sounds to the end."""
        return any(
            player == self._lowest and end == self._end and self._belongs[player, pitch]
            for (player, pitch), end in sounding.items()
        )
