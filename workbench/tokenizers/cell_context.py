"""What is known before each cell: where it falls, what sounds, what stood there some bars ago.

``position``  step within the full bar (a pickup begins late), at most ``LONGEST_BAR`` quarters
``meter``     index into ``METERS``; the last index is any other meter
``mode``      index into ``MODES``
``bars_left`` full or short bars that follow this one, at most ``MOST_BARS_LEFT``
``bar``       number of the bar modulo 8, where a pickup shares the number of the bar it completes
``voice``     (several voices only) which voice the cell belongs to
``sounding``  (one per voice) 0 for silence, else 1 + the pitch's index; voices before this one in
              the same step are already up to date
``held``      steps since this voice last began a note or rest, at most ``LONGEST_HOLD`` quarters
``echo``      (one per entry of ``echoes``) the token that stood at the same position of an
              earlier bar, 0 where there is none: a memory for repeated phrases, after the
              lookback of Waite, *Generating Long-Term Structure in Songs and Stories* (2016)
``signature`` (music in its own keys only) sharps of the key signature, modulo twelve

The grammar computes the same numbers cell by cell while a piece comes into being; here a whole
piece is done at once, some fifty times faster. A test holds the two to each other.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import MODES
from workbench.core.vocabulary import START, ContextField, Plan, PlanBar, bar_indices
from workbench.tokenizers.grid import HOLD, REST, SIGNATURE

METERS = (
    "4/4", "2/2", "3/4", "2/4", "6/8", "9/8", "12/8", "3/8", "3/2", "6/4", "5/4", "5/8", "7/8",
    "7/4", "4/8", "4/2",
)  # fmt: skip
LONGEST_BAR = 8  # quarter notes that positions can tell apart
LONGEST_HOLD = 4  # quarter notes that durations can tell apart
MOST_BARS_LEFT = 16
PHRASE = 8  # bars
SIGNATURES = 12  # F sharp and G flat major sound the same
FIRST_PITCH = 3  # tokens before it: start, hold, rest


@dataclass(frozen=True)
class CellContext:
    """Layout of the context for given voices whose pitches lie in ``low`` to ``high``."""

    voices: tuple[str, ...]
    low: int
    high: int
    steps_per_quarter: int
    echoes: tuple[int, ...]
    in_one_key: bool = True

    @property
    def fields(self) -> tuple[ContextField, ...]:
        """The fields in the order of the columns."""
        pitches = self.high - self.low + 1
        voice = [ContextField("voice", len(self.voices))] if len(self.voices) > 1 else []
        told = [] if self.in_one_key else [ContextField(SIGNATURE, SIGNATURES, is_of_piece=True)]
        return (
            ContextField("position", LONGEST_BAR * self.steps_per_quarter),
            ContextField("meter", len(METERS) + 1, is_of_piece=True),
            ContextField("mode", len(MODES), is_of_piece=True),
            ContextField("bars_left", MOST_BARS_LEFT + 1),
            ContextField("bar", PHRASE),
            *voice,
            *(ContextField(f"sounding_{voice}", pitches + 1) for voice in self.voices),
            ContextField("held", self.longest_hold + 1),
            *(ContextField(f"echo_{back}", FIRST_PITCH + pitches) for back in self.echoes),
            *told,
        )

    @cached_property
    def longest_hold(self) -> int:
        """Steps that ``held`` can count."""
        return LONGEST_HOLD * self.steps_per_quarter

    @cached_property
    def sounding(self) -> int:
        """Column of the first voice's ``sounding``."""
        return 5 + (len(self.voices) > 1)

    @cached_property
    def held(self) -> int:
        """Column of ``held``."""
        return self.sounding + len(self.voices)

    @cached_property
    def echo(self) -> slice:
        """Columns of the ``echo``s."""
        return slice(self.held + 1, self.held + 1 + len(self.echoes))

    def planned(self, plan: Plan) -> NDArray[np.int32]:
        """(T * N, C) with everything that the plan alone decides filled in, zero elsewhere."""
        steps = np.array([bar.steps for bar in plan.bars])
        places = bar_places(plan)
        left = np.arange(len(plan.bars))[::-1]
        table = np.zeros((plan.steps, len(self.fields)), np.int32)
        table[:, 0] = np.minimum(places[:, 1], LONGEST_BAR * self.steps_per_quarter - 1)
        table[:, 1] = np.repeat([meter_index(bar) for bar in plan.bars], steps)
        table[:, 2] = MODES.index(plan.key.mode)
        table[:, 3] = np.repeat(np.minimum(left, MOST_BARS_LEFT), steps)
        table[:, 4] = places[:, 0] % PHRASE
        if not self.in_one_key:
            table[:, -1] = plan.key.fifths % SIGNATURES
        table = np.repeat(table, len(self.voices), axis=0)
        if len(self.voices) > 1:
            table[:, 5] = np.tile(np.arange(len(self.voices)), plan.steps)
        return table

    def echo_cells(self, plan: Plan) -> NDArray[np.int64]:
        """(T * N, E) the cell that each echo repeats, -1 where there is none."""
        count = len(self.voices)
        places = [(number, position) for number, position in bar_places(plan).tolist()]
        step_at = {place: step for step, place in enumerate(places)}
        found = [
            [step_at.get((number - back, position), -1) for back in self.echoes]
            for number, position in places
        ]
        steps = np.array(found, np.int64).reshape(plan.steps, len(self.echoes))
        steps = np.repeat(steps, count, axis=0)
        voices = np.tile(np.arange(count), plan.steps)[:, np.newaxis]
        return np.where(steps >= 0, steps * count + voices, -1)

    def complete(
        self, lines: NDArray[np.int32], tokens: NDArray[np.int32], plan: Plan
    ) -> NDArray[np.int32]:
        """(T * N, C) the context of normalised lines (N, T) said as ``tokens`` (T * N,)."""
        count, steps = lines.shape
        began = np.maximum.accumulate(np.where(lines != HOLD, np.arange(steps), 0), axis=1)
        pitches = np.take_along_axis(lines, began, axis=1)
        now = np.where(pitches == REST, 0, pitches - self.low + 1).T  # (T, N)
        held = np.minimum(np.arange(steps) - began + 1, self.longest_hold).T  # (T, N)
        past, held = _delayed(now), _delayed(held)

        table = self.planned(plan)
        for voice in range(count):
            cells = slice(voice, None, count)
            known = np.concatenate([now[:, :voice], past[:, voice:]], axis=1)
            table[cells, self.sounding : self.held] = known
            table[cells, self.held] = held[:, voice]
        if self.echoes:
            cells_before = self.echo_cells(plan)
            table[:, self.echo] = np.where(cells_before >= 0, tokens[cells_before], START)
        return table


def _delayed(rows: NDArray) -> NDArray:
    """(T, N) rows one step later, zero in the first."""
    return np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])


def meter_index(bar: PlanBar) -> int:
    """The index of a bar's meter in ``METERS``; their number for any other meter."""
    name = f"{bar.numerator}/{bar.denominator}"
    return METERS.index(name) if name in METERS else len(METERS)


def bar_places(plan: Plan) -> NDArray[np.int64]:
    """(T, 2) number of the bar and step within the full bar, of every step."""
    rows = [
        np.stack([np.full(bar.steps, number), bar.offset + np.arange(bar.steps)], axis=1)
        for bar, number in zip(plan.bars, bar_indices(plan), strict=True)
    ]
    return np.concatenate(rows)
