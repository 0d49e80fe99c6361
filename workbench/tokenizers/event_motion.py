"""Which notes would take a player of an ensemble in parallel fifths or octaves with a player above, or in a cross relation with any.

The rules and their reading are those of :mod:`workbench.metrics.features.voice_leading`, as :mod:`workbench.tokenizers.voice_motion` has them for
cells: two players both move, in one direction, from a fifth to a fifth or from an octave or unison to another; or one alters a step of the
scale otherwise than another does now, or did just before. What begins together is said
from the highest player down, so a player is held to those above. Of several notes that a player begins together the highest is the line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.parallel_motion import PERFECT, SILENT, longest_articulation
from workbench.tokenizers.events import PITCHES

_EVERY = np.arange(PITCHES)


@dataclass
class _Line:
    pitch: int = SILENT
    end: int = 0
    before: int = SILENT
    """What sounded when this moment came."""
    now: int = SILENT
    """What began at this moment."""


class PlayersMotion:
    """Walks along the notes of so many players; pitches are as tokens say them, times are steps."""

    def __init__(self, players: int, steps_per_quarter: int) -> None:
        self._lines = [_Line() for _ in range(players)]
        self._hidden = longest_articulation(steps_per_quarter)

    def go_to(self, time: int) -> None:
        """To a moment at which nothing has begun yet."""
        for line in self._lines:
            line.before = line.pitch if line.end + self._hidden >= time else SILENT
            line.now = SILENT

    def begin(self, player: int, pitch: int, end: int) -> None:
        """A player begins a note; ``end`` is when it is over, as far as that is known."""
        line = self._lines[player]
        line.pitch, line.end, line.now = pitch, end, pitch

    def end(self, player: int, pitch: int, time: int) -> None:
        """A player's note is over at a time."""
        if self._lines[player].pitch == pitch:
            self._lines[player].end = time

    def crossing(self, contradicted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(players, PITCHES) what would take each in a cross relation now; ``contradicted`` (12, PITCHES) as ``core.cross_relations.contradictions`` has it."""
        result = np.zeros((len(self._lines), PITCHES), np.bool_)
        for player, line in enumerate(self._lines):
            others = {
                each
                for other in self._lines
                if other is not line
                for each in (other.before, other.now)
            }
            result[player] = contradicted[[each % 12 for each in others - {SILENT}]].any(axis=0)
        return result

    def parallel(self) -> NDArray[np.bool_]:
        """(players, PITCHES) what would take each in parallels now, after those above have moved."""
        result = np.zeros((len(self._lines), PITCHES), np.bool_)
        for player, line in enumerate(self._lines):
            for above in self._lines[:player]:
                interval = abs(above.before - line.before) % 12
                if SILENT in (line.before, above.before, above.now) or interval not in PERFECT:
                    continue
                if (way := np.sign(above.now - above.before)) != 0:
                    goes_along = np.sign(_EVERY - line.before) == way
                    result[player] |= goes_along & (np.abs(_EVERY - above.now) % 12 == interval)
        return result
