"""The language of cells: one or more voices on a grid, cell after cell, voice after voice.

Conventions
-----------
A piece of T steps and N voices is T x N cells. They are said step by step, and within a step from
the first voice to the last. A cell is one token: a pitch begins a note, ``_`` holds what the voice
does (a note or a rest), ``r`` begins a rest. Pitches are normalised (see ``grid``).

The grammar promises that a sequence is exactly as long as its plan, that no voice begins with ``_``
or restates a rest, that every voice keeps to its range, and that the last bar sounds, so that the
score has all the bars of the plan. It promises nothing about taste.

The context of a cell, all known before its token:

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
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.score import MODES
from workbench.core.vocabulary import START, ContextField, Plan, PlanBar, TokenSequence, Vocabulary
from workbench.tokenizers.grid import HOLD, REST, normalising_shift

METERS = (
    "4/4", "2/2", "3/4", "2/4", "6/8", "9/8", "12/8", "3/8", "3/2", "6/4", "5/4", "5/8", "7/8",
    "7/4", "4/8", "4/2",
)  # fmt: skip
LONGEST_BAR = 8  # quarter notes that positions can tell apart
LONGEST_HOLD = 4  # quarter notes that durations can tell apart
MOST_BARS_LEFT = 16
PHRASE = 8  # bars

HOLD_TOKEN, REST_TOKEN, FIRST_PITCH = 1, 2, 3
HOLD_SYMBOL, REST_SYMBOL = "_", "r"

# What a voice is doing. A sounding voice's state is 1 + the index of its pitch.
BEGINNING, RESTING, SOUNDING = -1, 0, 1


@dataclass(frozen=True)
class CellLanguage:
    """Vocabulary and rules for given voices.

    ``ranges`` holds the lowest and highest pitch (both ends included) of each voice, named by
    ``voices``; ``echoes`` says how many bars back each echo looks.
    """

    voices: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]
    steps_per_quarter: int
    echoes: tuple[int, ...] = ()
    vocabulary: Vocabulary = field(init=False)
    masks: tuple[dict[int, NDArray[np.bool_]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pitches = [str(pitch) for pitch in range(self.low, self.high + 1)]
        tokens = ("<start>", HOLD_SYMBOL, REST_SYMBOL, *pitches)
        object.__setattr__(self, "vocabulary", Vocabulary(tokens, self._context_fields()))
        masks = tuple(self._voice_masks(*limits) for limits in self.ranges)
        object.__setattr__(self, "masks", masks)

    @property
    def low(self) -> int:
        """Lowest pitch any voice may sing."""
        return min(low for low, _ in self.ranges)

    @property
    def high(self) -> int:
        """Highest pitch any voice may sing."""
        return max(high for _, high in self.ranges)

    # --- vocabulary ---------------------------------------------------------------------------

    def _context_fields(self) -> tuple[ContextField, ...]:
        pitches = self.high - self.low + 1
        fields = [
            ContextField("position", LONGEST_BAR * self.steps_per_quarter),
            ContextField("meter", len(METERS) + 1),
            ContextField("mode", len(MODES)),
            ContextField("bars_left", MOST_BARS_LEFT + 1),
            ContextField("bar", PHRASE),
        ]
        if len(self.voices) > 1:
            fields.append(ContextField("voice", len(self.voices)))
        fields += [ContextField(f"sounding_{voice}", pitches + 1) for voice in self.voices]
        fields.append(ContextField("held", LONGEST_HOLD * self.steps_per_quarter + 1))
        fields += [ContextField(f"echo_{back}", FIRST_PITCH + pitches) for back in self.echoes]
        return tuple(fields)

    def _voice_masks(self, low: int, high: int) -> dict[int, NDArray[np.bool_]]:
        """Allowed tokens of a voice at its beginning, in a rest and in a note."""
        sing = np.zeros(FIRST_PITCH + self.high - self.low + 1, bool)
        sing[FIRST_PITCH + low - self.low : FIRST_PITCH + high - self.low + 1] = True
        begin, resting, sounding = sing.copy(), sing.copy(), sing.copy()
        begin[REST_TOKEN] = True
        resting[HOLD_TOKEN] = True
        sounding[[HOLD_TOKEN, REST_TOKEN]] = True
        masks = {BEGINNING: begin, RESTING: resting, SOUNDING: sounding}
        for mask in masks.values():
            mask.flags.writeable = False
        return masks

    # --- cells and tokens ---------------------------------------------------------------------

    def tokens_of(self, cells: NDArray[np.int32]) -> NDArray[np.int32]:
        """Normalised cells to tokens, of any shape."""
        tokens = cells - self.low + FIRST_PITCH
        tokens[cells == HOLD] = HOLD_TOKEN
        tokens[cells == REST] = REST_TOKEN
        return tokens.astype(np.int32)

    def cells_of(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Tokens to normalised cells, of any shape."""
        cells = tokens - FIRST_PITCH + self.low
        cells[tokens == HOLD_TOKEN] = HOLD
        cells[tokens == REST_TOKEN] = REST
        return cells.astype(np.int32)

    def sequence(self, lines: NDArray[np.int32], plan: Plan) -> TokenSequence:
        """The sequence of normalised lines (N, T). ``CannotEncode`` where the grammar forbids it."""
        tokens = self.tokens_of(lines.T.reshape(-1))
        grammar = CellGrammar(self, plan)
        context = np.empty((len(tokens), len(self.vocabulary.context)), np.int32)
        for index, token in enumerate(tokens.tolist()):
            context[index] = grammar.context()
            grammar.advance(token)
        return TokenSequence(tokens, context, plan, plan.steps / self.steps_per_quarter)

    def lines(self, tokens: Sequence[int], plan: Plan) -> NDArray[np.int32]:
        """(N, T) the lines of a complete sequence, in the plan's key.

        Raises
        ------
        CannotEncode
            Where the tokens break the grammar or are too few or too many for the plan.
        """
        grammar = CellGrammar(self, plan)
        for token in tokens:
            grammar.advance(int(token))
        if not grammar.finished:
            raise CannotEncode(
                f"{len(tokens)} symbols are too few for {plan.steps * len(self.voices)} cells."
            )
        cells = self.cells_of(np.asarray(tokens, np.int32)).reshape(-1, len(self.voices)).T
        return np.where(cells >= 0, cells - normalising_shift(plan.key), cells)

    # --- symbols that a person types -----------------------------------------------------------

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of typed symbols, pitches in the plan's key; ``|`` is ignored here.

        ``r`` inside a rest is read as ``_``.
        """
        shift = normalising_shift(plan.key)
        grammar = CellGrammar(self, plan)
        tokens: list[int] = []
        for number, symbol in enumerate(text.replace("|", " ").split(), start=1):
            token = self._token(symbol, shift, number, plan)
            if token == REST_TOKEN and not grammar.finished and grammar.resting:
                token = HOLD_TOKEN
            grammar.advance(token)
            tokens.append(token)
        return tokens

    def symbols(self, tokens: Sequence[int], plan: Plan) -> list[str]:
        """The symbols a person would type for these tokens, pitches in the plan's key."""
        shift = normalising_shift(plan.key)
        names = self.vocabulary.tokens
        return [
            names[token] if token < FIRST_PITCH else str(int(names[token]) - shift)
            for token in tokens
        ]

    def _token(self, symbol: str, shift: int, number: int, plan: Plan) -> int:
        if symbol in (HOLD_SYMBOL, REST_SYMBOL):
            return HOLD_TOKEN if symbol == HOLD_SYMBOL else REST_TOKEN
        if not (symbol.isascii() and symbol.isdecimal() and len(symbol) <= 3):
            raise CannotEncode(
                f"Symbol {number} of the primer, {symbol!r}, is none of this model's: write a pitch"
                " such as 60, _ to hold or r to rest, with spaces between."
            )
        pitch = int(symbol) + shift
        if not self.low <= pitch <= self.high:
            raise CannotEncode(
                f"Symbol {number} of the primer, {symbol}, lies outside {self.low - shift} to"
                f" {self.high - shift}, the pitches this model knows in {plan.key}."
            )
        return pitch - self.low + FIRST_PITCH

    # --- what a plan alone decides --------------------------------------------------------------

    def planned_context(self, plan: Plan) -> NDArray[np.int32]:
        """(T * N, C) context with everything a plan decides filled in, zero elsewhere."""
        steps = np.array([bar.steps for bar in plan.bars])
        places = _bar_places(plan)
        table = np.zeros((plan.steps, len(self.vocabulary.context)), np.int32)
        table[:, 0] = np.minimum(places[:, 1], LONGEST_BAR * self.steps_per_quarter - 1)
        table[:, 1] = np.repeat([_meter_index(bar) for bar in plan.bars], steps)
        table[:, 2] = MODES.index(plan.key.mode)
        left = np.arange(len(plan.bars))[::-1]
        table[:, 3] = np.repeat(np.minimum(left, MOST_BARS_LEFT), steps)
        table[:, 4] = places[:, 0] % PHRASE
        table = np.repeat(table, len(self.voices), axis=0)
        if len(self.voices) > 1:
            table[:, 5] = np.tile(np.arange(len(self.voices)), plan.steps)
        return table

    def echo_cells(self, plan: Plan) -> list[list[int]]:
        """For every cell, the index of the cell that each echo repeats, -1 where there is none."""
        count = len(self.voices)
        places = [(number, position) for number, position in _bar_places(plan).tolist()]
        step_at = {place: step for step, place in enumerate(places)}
        found = [
            [step_at.get((number - back, position), -1) for back in self.echoes]
            for number, position in places
        ]
        return [
            [step * count + voice if step >= 0 else -1 for step in steps]
            for steps in found
            for voice in range(count)
        ]


def _meter_index(bar: PlanBar) -> int:
    name = f"{bar.numerator}/{bar.denominator}"
    return METERS.index(name) if name in METERS else len(METERS)


def _bar_places(plan: Plan) -> NDArray[np.int64]:
    """(T, 2) number of the bar and step within the full bar, of every step.

    A pickup has the number of the bar it completes: -1 where it opens the piece.
    """
    numbers = list(accumulate((bar.offset == 0 for bar in plan.bars), initial=-1))[1:]
    rows = [
        np.stack([np.full(bar.steps, number), bar.offset + np.arange(bar.steps)], axis=1)
        for bar, number in zip(plan.bars, numbers, strict=True)
    ]
    return np.concatenate(rows)


class CellGrammar:
    """Walks along the cells of one piece; implements ``core.vocabulary.Grammar``.

    ``allowed()`` returns shared arrays that cannot be written to.
    """

    def __init__(self, language: CellLanguage, plan: Plan) -> None:
        count = len(language.voices)
        self._language = language
        self._plan = plan
        self._planned = language.planned_context(plan)
        self._echo_cells = language.echo_cells(plan) if language.echoes else []
        self._last_bar = (plan.steps - plan.bars[-1].steps) * count
        self._last_bar_sounds = False
        self._tokens: list[int] = []
        self._states = [BEGINNING] * count
        self._held = [0] * count
        self._longest = LONGEST_HOLD * language.steps_per_quarter
        self._first_sounding = 5 + (count > 1)
        self._first_echo = self._first_sounding + count + 1

    @property
    def finished(self) -> bool:
        return len(self._tokens) == len(self._planned)

    @property
    def resting(self) -> bool:
        """Whether the voice of the next cell is in a rest."""
        return self._states[self._voice] == RESTING

    @property
    def _voice(self) -> int:
        return len(self._tokens) % len(self._states)

    def context(self) -> NDArray[np.int32]:
        index, first = len(self._tokens), self._first_sounding
        row = self._planned[index].copy()
        for voice, state in enumerate(self._states):
            row[first + voice] = state if state > 0 else 0
        row[first + len(self._states)] = self._held[self._voice]
        if self._echo_cells:
            for echo, cell in enumerate(self._echo_cells[index]):
                row[self._first_echo + echo] = self._tokens[cell] if cell >= 0 else START
        return row

    def allowed(self) -> NDArray[np.bool_]:
        state = min(self._states[self._voice], SOUNDING)
        mask = self._language.masks[self._voice][state]
        if len(self._tokens) == len(self._planned) - 1 and not self._last_bar_sounds:
            mask = mask.copy()
            mask[REST_TOKEN] = False
            mask[HOLD_TOKEN] = state == SOUNDING
        return mask

    def advance(self, token: int) -> None:
        if self.finished:
            raise CannotEncode(f"The piece is full after its {len(self._planned)} symbols.")
        allowed = self.allowed()
        if not 0 <= token < len(allowed) or not allowed[token]:
            raise CannotEncode(self._complaint(token))
        voice = self._voice
        if token == HOLD_TOKEN:
            self._held[voice] = min(self._held[voice] + 1, self._longest)
        else:
            self._held[voice] = 1
            self._states[voice] = max(token - REST_TOKEN, RESTING)
        if len(self._tokens) >= self._last_bar and self._states[voice] > RESTING:
            self._last_bar_sounds = True
        self._tokens.append(token)

    def _complaint(self, token: int) -> str:
        voice, names = self._voice, self._language.vocabulary.tokens
        where = f"at position {len(self._tokens) + 1}"
        if len(self._states) > 1:
            where += f" ({self._language.voices[voice]})"
        if not 0 <= token < len(names):
            return f"{token} {where} is no token; they run from 0 to {len(names) - 1}."
        symbol = f"{self._language.symbols([token], self._plan)[0]!r} cannot stand {where}"
        if self._states[voice] == BEGINNING and token == HOLD_TOKEN:
            return f"{symbol}: there is nothing to hold yet, begin with a pitch or r."
        if token >= FIRST_PITCH:
            low, high = self._language.ranges[voice]
            shift = normalising_shift(self._plan.key)
            return f"{symbol}: in {self._plan.key} it must lie in {low - shift} to {high - shift}."
        if self._states[voice] == RESTING and token == REST_TOKEN:
            return f"{symbol}: the rest already sounds, hold it with _."
        return f"{symbol}: the last bar must hold at least one note."
