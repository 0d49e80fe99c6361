"""How a piece for an ensemble closes, where it is to end on its tonic: as pieces in cells do, in notes that have lengths of their own.

The close is the last half of the last bar, or all of it where that has no middle (``core.sections.end_ticks``). What sounds there belongs to it:
of the lowest player the tonic, of the others a note of its triad. What does not belong has ended by then; what begins where the close begins is held
to the end, and nothing begins after that but the lowest player's tonic, where it does not sound yet. The piece is over when it does.

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
    """How long a note may be that begins now, in steps."""

    least: int
    most: NDArray[np.int64]
    """(players, PITCHES), 0 where none may begin; pitches as tokens say them."""


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
        """Of notes that begin at a time, while those notes of players sound; their ends are ignored."""
        left = self._end - time
        if time < self._begins:
            return Lengths(1, np.where(self._belongs, left, self._begins - time))
        most = np.where(self._belongs, left, 0)
        if time > self._begins:
            most[: self._lowest] = 0
        if any(player == self._lowest for player, _ in sounding):
            most[self._lowest] = 0
        return Lengths(max(left, 1), most)

    def is_open(
        self, times: NDArray[np.int64], sounding: dict[tuple[int, int], int]
    ) -> NDArray[np.bool_]:
        """(N,) whether anything may begin at these times, if nothing is said before."""
        ends = [end for (player, _), end in sounding.items() if player == self._lowest]
        result: NDArray[np.bool_] = (times <= self._begins) | (times >= max(ends, default=0))
        return result

    def is_reached(self, sounding: dict[tuple[int, int], int]) -> bool:
        """Whether the lowest player's tonic sounds to the end; ``sounding`` holds the ends of notes."""
        return any(
            player == self._lowest and end == self._end and self._belongs[player, pitch]
            for (player, pitch), end in sounding.items()
        )
