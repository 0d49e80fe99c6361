"""The language of cells: one or more voices on a grid, cell after cell, voice after voice.

Conventions
-----------
A piece of T steps and N voices is T x N cells. They are said step by step, and within a step from
the first voice to the last. A cell is one token: a pitch begins a note, ``_`` holds what the voice
does (a note or a rest), ``r`` begins a rest. Pitches are normalised (see ``grid``) where a language is *in one key*; else they are as they sound.

The grammar promises that a sequence is exactly as long as its plan, that no voice begins with ``_``
or restates a rest, that every voice keeps to its range, and that the last bar sounds, so that the
score has all the bars of the plan. It promises nothing about taste.

What is known before each cell is described in ``cell_context``.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.cross_relations import altered_steps, contradictions
from workbench.core.errors import CannotEncode
from workbench.core.parallel_motion import SILENT
from workbench.core.score import Key
from workbench.core.vocabulary import START, Plan, TokenSequence, Vocabulary
from workbench.tokenizers.cell_context import FIRST_PITCH, CellContext
from workbench.tokenizers.cell_limits import CellLimits
from workbench.tokenizers.grid import HOLD, REST, key_shift, step_ticks
from workbench.tokenizers.voice_motion import VoiceMotion

HOLD_TOKEN, REST_TOKEN = 1, 2
HOLD_SYMBOL, REST_SYMBOL = "_", "r"

# What a voice is doing. A sounding voice's state is 1 + the index of its pitch.
BEGINNING, RESTING, SOUNDING = -1, 0, 1


class CellLanguage:
    """Vocabulary and rules for given voices.

    Parameters
    ----------
    voices
        Their names, first to last.
    ranges
        Lowest and highest pitch of each voice, both ends included.
    steps_per_quarter
        The grid.
    echoes
        How many bars back each echo of the context looks.
    playable
        For each voice the lowest and highest pitch that may be *composed*, as it sounds in the plan's
        key. Given music may go beyond, but nobody is asked to sing it.
    in_one_key
        Whether pitches are normalised; else the context tells the signature.
    """

    def __init__(
        self,
        voices: tuple[str, ...],
        ranges: tuple[tuple[int, int], ...],
        steps_per_quarter: int,
        echoes: tuple[int, ...] = (),
        *,
        playable: tuple[tuple[int, int], ...],
        in_one_key: bool = True,
    ) -> None:
        self.voices = voices
        self.playable = playable
        self.ranges = ranges
        self.steps_per_quarter = steps_per_quarter
        self.low = min(low for low, _ in ranges)
        self.high = max(high for _, high in ranges)
        pitches = [str(pitch) for pitch in range(self.low, self.high + 1)]
        self.context = CellContext(
            voices, self.low, self.high, steps_per_quarter, echoes, in_one_key
        )
        self.vocabulary = Vocabulary(
            ("<start>", HOLD_SYMBOL, REST_SYMBOL, *pitches), self.context.fields
        )
        self.masks = [self._voice_masks(*limits) for limits in ranges]

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

    def shift(self, key: Key) -> int:
        """Semitones that music in a key is moved before it is said."""
        return key_shift(self.vocabulary, key)

    def playable_masks(self, key: Key) -> list[NDArray[np.bool_]]:
        """For each voice, the tokens that sound within its playable range in a key."""
        sounding = np.arange(self.low, self.high + 1) - self.shift(key)
        others = np.ones(FIRST_PITCH, bool)
        return [
            np.concatenate([others, (sounding >= low) & (sounding <= high)])
            for low, high in self.playable
        ]

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """(V,) all that is no hold: pitches, a repeated one too, and the beginning of a rest."""
        return np.arange(len(self.vocabulary)) >= REST_TOKEN

    # --- cells and tokens ---------------------------------------------------------------------

    def tokens_of(self, cells: NDArray[np.int32]) -> NDArray[np.int32]:
        """Cells, moved by :meth:`shift`, to tokens, of any shape."""
        tokens = cells - self.low + FIRST_PITCH
        tokens[cells == HOLD] = HOLD_TOKEN
        tokens[cells == REST] = REST_TOKEN
        return tokens.astype(np.int32)

    def cells_of(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """Tokens to cells, moved by :meth:`shift`, of any shape."""
        cells = tokens - FIRST_PITCH + self.low
        cells[tokens == HOLD_TOKEN] = HOLD
        cells[tokens == REST_TOKEN] = REST
        return cells.astype(np.int32)

    def sequence(self, lines: NDArray[np.int32], plan: Plan) -> TokenSequence:
        """The sequence of lines (N, T), moved by :meth:`shift`, that keep to the ranges."""
        tokens = self.tokens_of(lines.T.reshape(-1))
        context = self.context.complete(lines, tokens, plan)
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
        return np.where(cells >= 0, cells - self.shift(plan.key), cells)

    # --- symbols that a person types -----------------------------------------------------------

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of typed symbols, pitches in the plan's key; ``|`` is ignored here.

        ``r`` inside a rest is read as ``_``.
        """
        shift = self.shift(plan.key)
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
        shift = self.shift(plan.key)
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


class CellGrammar:
    """Walks along the cells of one piece; implements ``core.vocabulary.Grammar``.

    ``allowed()`` says what may be drawn; ``advance()`` takes whatever given music may say.
    """

    def __init__(self, language: CellLanguage, plan: Plan) -> None:
        count = len(language.voices)
        self._language = language
        self._plan = plan
        self._layout = language.context
        self._planned = self._layout.planned(plan)
        self._echo_cells = self._layout.echo_cells(plan).tolist()
        self._playable = language.playable_masks(plan.key)
        lowest = language.low - language.shift(plan.key)  # as it sounds
        self._limits = (
            None
            if plan.limits.are_open
            else CellLimits(self._playable, lowest, language.steps_per_quarter, plan)
        )
        limits = plan.limits
        self._motion = (
            VoiceMotion(count, len(self._playable[0]), language.steps_per_quarter)
            if limits.no_parallels or limits.no_cross_relations
            else None
        )
        first = lowest - FIRST_PITCH  # what token 0 would be
        self._contradicted = (
            contradictions(altered_steps(plan.key, first), len(self._playable[0]))
            if limits.no_cross_relations
            else None
        )
        self._last_bar = (plan.steps - plan.bars[-1].steps) * count
        self._last_bar_sounds = False
        self._bar_starts = list(accumulate((bar.steps for bar in plan.bars), initial=0))[:-1]
        self._tokens: list[int] = []
        self._step, self._voice = 0, 0  # of the next cell
        self._states = [BEGINNING] * count
        self._held = [0] * count

    @property
    def finished(self) -> bool:
        return len(self._tokens) == len(self._planned)

    @property
    def place(self) -> tuple[int, int]:
        return self._step * step_ticks(self._layout.steps_per_quarter), self._voice

    @property
    def resting(self) -> bool:
        """Whether the voice of the next cell is in a rest."""
        return self._states[self._voice] == RESTING

    def context(self) -> NDArray[np.int32]:
        layout, index = self._layout, len(self._tokens)
        row = self._planned[index].copy()
        row[layout.sounding : layout.held] = [max(state, RESTING) for state in self._states]
        row[layout.held] = self._held[self._voice]
        row[layout.echo] = [
            self._tokens[cell] if cell >= 0 else START for cell in self._echo_cells[index]
        ]
        return row

    @property
    def bar(self) -> int:
        """The bar of the plan that the next token belongs to, from 0."""
        return bisect_right(self._bar_starts, self._step) - 1

    def allowed(self) -> NDArray[np.bool_]:
        mask = self._legal() & (self._limited() if self._limits else self._playable[self._voice])
        # Where nothing else is left of the chord of a close, the close is kept.
        if self._motion is not None and self._plan.limits.no_parallels:
            mask = _unless_nothing_is_left(mask, ~self._motion.parallel(self._voice))
            if self._limits and self._limits.begins_close(self._step):
                ahead = self._motion.leading_on(self._voice, [mask, *self._below()])
                mask = _unless_nothing_is_left(mask, ahead)
        if self._motion is not None and self._contradicted is not None:
            crossing = self._motion.crossing(self._voice, self._contradicted)
            mask = _unless_nothing_is_left(mask, ~crossing)
        return mask

    def _below(self) -> list[NDArray[np.bool_]]:
        """What the voices below the next one may do at the same step, parallels apart."""
        assert self._limits is not None
        found = []
        for voice in range(self._voice + 1, len(self._states)):
            state = min(self._states[voice], SOUNDING)
            mask = self._limits.mask(self._step, voice, state == SOUNDING, self._held[voice], False)
            found.append(mask & self._language.masks[voice][state])
        return found

    def _limited(self) -> NDArray[np.bool_]:
        assert self._limits is not None
        step, voice = self._step, self._voice
        is_last = voice == len(self._states) - 1
        left = self._plan.steps - step
        must_sound = is_last and left == self._limits.shortest and not self._last_bar_sounds
        sounds = self._states[voice] > RESTING
        return self._limits.mask(step, voice, sounds, self._held[voice], must_sound)

    def _legal(self) -> NDArray[np.bool_]:
        """What may stand next in given music, which is not bound to what is playable."""
        state = min(self._states[self._voice], SOUNDING)
        mask = self._language.masks[self._voice][state]
        if len(self._tokens) == len(self._planned) - 1 and not self._last_bar_sounds:
            mask = mask.copy()
            mask[REST_TOKEN] = False
            mask[HOLD_TOKEN] = state == SOUNDING
        return mask

    def advance(self, token: int) -> None:
        if self.finished:
            raise CannotEncode(
                f"The piece is full after its {len(self._planned)} symbols; shorten the primer or ask"
                " for more bars."
            )
        legal = self._legal()
        if not 0 <= token < len(legal) or not legal[token]:
            raise CannotEncode(self._complaint(token))
        voice = self._voice
        if token == HOLD_TOKEN:
            self._held[voice] = min(self._held[voice] + 1, self._layout.longest_hold)
        else:
            self._held[voice] = 1
            self._states[voice] = max(token - REST_TOKEN, RESTING)
        if len(self._tokens) >= self._last_bar and self._states[voice] > RESTING:
            self._last_bar_sounds = True
        self._moved(voice)
        self._tokens.append(token)
        self._voice = (voice + 1) % len(self._states)
        self._step += self._voice == 0

    def _moved(self, voice: int) -> None:
        if self._motion is None or self._limits is None:
            return
        if voice == 0 and self._step in self._limits.begins:
            self._motion.begin()
        state = self._states[voice]
        self._motion.advance(voice, state + REST_TOKEN if state > RESTING else SILENT)

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
            shift = self._language.shift(self._plan.key)
            return f"{symbol}: in {self._plan.key} it must lie in {low - shift} to {high - shift}."
        if self._states[voice] == RESTING and token == REST_TOKEN:
            return f"{symbol}: the rest already sounds, hold it with _."
        return f"{symbol}: the last bar must hold at least one note."


def _unless_nothing_is_left(mask: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    both = mask & free
    return both if both.any() else mask
