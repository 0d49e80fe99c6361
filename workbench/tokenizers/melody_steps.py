"""One melody on a grid of equal steps: pitch, hold, rest.

``60 _ 62 _ r _`` on a grid of four steps to the quarter is an eighth C, an eighth D and an eighth rest.
The representation of Sturm, Santos, Ben-Tal & Korshunova, *Music transcription modelling and
composition using deep learning* (2016) spells durations out; equal steps, as in Hadjeres &
Nielsen, *Anticipation-RNN* (2017), keep every position of the bar in view instead.

Of a polyphonic score the first part with notes is taken, and of it the highest note at every
onset. What does not fall on the grid is rounded to it; of notes that then coincide the highest stays.
Only the first key and tempo of a score are kept. A long rest is ``r _ _``: hold continues it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.editing import NoteEdits
from workbench.core.errors import InvalidSetting
from workbench.core.score import Key, Meter, Score
from workbench.core.settings import setting
from workbench.core.vocabulary import Grammar, Plan, TokenSequence
from workbench.tokenizers import tokenizer
from workbench.tokenizers.cells import CellGrammar, CellLanguage
from workbench.tokenizers.grid import (
    PLAYABLE,
    first_part,
    full_plan,
    melody_score,
    normalised_line,
    on_grid,
    plan_of,
)
from workbench.tokenizers.locked_cells import locked_cells

ECHOES = (1, 2, 4, 8)  # bars back


@dataclass(frozen=True)
class Settings:
    steps_per_quarter: int = setting(
        4, choices=(2, 3, 4, 6, 8, 12), help="Grid: 4 is sixteenths, 12 holds triplets as well"
    )
    low: int = setting(
        48, low=0, high=115, advanced=True, help="Lowest pitch (60 is middle C) once in C major"
    )
    high: int = setting(
        91,
        low=12,
        high=127,
        advanced=True,
        help="Highest pitch once in C major; 12 above the lowest",
    )


@tokenizer("melody-steps", title="Melody in steps", settings=Settings)
class MelodySteps:
    """One melody on a grid: every step is a pitch, a hold or a rest. Learns in one key, plays in any."""

    name = "melody-steps"

    def __init__(self, settings: Settings) -> None:
        if settings.high - settings.low < 12:
            raise InvalidSetting(
                f"The pitches {settings.low} to {settings.high} are no octave; let high be at least"
                f" {settings.low + 12}."
            )
        self.settings = settings
        self._grid = settings.steps_per_quarter
        self._language = CellLanguage(
            ("melody",), ((settings.low, settings.high),), self._grid, ECHOES, playable=(PLAYABLE,)
        )
        self.vocabulary = self._language.vocabulary
        self.moving = self._language.moving
        self.sung = {"melody": PLAYABLE}

    def encode(self, score: Score) -> TokenSequence:
        """The melody of a score as tokens.

        Raises
        ------
        CannotEncode
            Where there are no notes, where a bar is no whole number of steps, or where the
            melody is wider than the range from ``low`` to ``high``.
        """
        melody = on_grid(first_part(score), self._grid)
        plan = plan_of(melody, self._grid)
        line = normalised_line(melody, plan, self._grid, self.settings.low, self.settings.high)
        return self._language.sequence(line[None], plan)

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        """The score of a complete sequence, in the plan's key. ``CannotEncode`` where it is none."""
        return melody_score(self._language.lines(tokens, plan)[0], plan, self._grid)

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter."""
        return full_plan(key, meter, bars, tempo, self._grid)

    def grammar(self, plan: Plan) -> Grammar:
        """The rules of ``cells``, for one voice."""
        return CellGrammar(self._language, plan)

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of ``60 _ 62 _``, in the plan's key; ``|`` may stand anywhere and says nothing."""
        return self._language.parse(text, plan)

    def locked(
        self, score: Score, plan: Plan, stays: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NoteEdits]:
        """(T, V) the cells of a score that stay, of those that may, and what else stays of it (``locked_cells``)."""
        return locked_cells(self._language, score, plan, stays)

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        """What :meth:`parse` reads back: ``60 _ 62 _``, in the plan's key."""
        return " ".join(self._language.symbols(tokens, plan))
