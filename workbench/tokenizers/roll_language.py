"""Piano rolls in tokens (``core.rolls``): what is known before each token, and what may come next.

Of the context ``position`` to ``bar`` are as in ``cell_context``, for the present frame; ``bars_left`` only where the end is told.

``said``    keys of this frame that were said
``before``  keys that sounded in the frame before
``last``    1 + the key that was said last, 0 at the beginning of a frame
``ahead``   1 + the lowest key above that one that sounded in the frame before, 0 where there is none: the next that could go on

The grammar promises that the keys of a frame ascend, that only what sounded goes on, that there are as many frames as the plan has steps,
and that the last bar sounds.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.limits import kept
from workbench.core.rolls import (
    HELD,
    KEYS,
    LOWEST,
    MOST_KEYS,
    NEXT,
    SIZE,
    STRUCK,
    TOKENS,
    Roll,
    key_of,
    tokens_of,
)
from workbench.core.score import MODES
from workbench.core.vocabulary import ContextField, Plan, TokenSequence, Vocabulary
from workbench.tokenizers.cell_context import LONGEST_BAR, METERS, MOST_BARS_LEFT, PHRASE
from workbench.tokenizers.events import planned
from workbench.tokenizers.grid import normalising_shift, step_ticks

BARS_LEFT = "bars_left"


@dataclass(frozen=True)
class RollLanguage:
    """Vocabulary and context on a grid; ``tells_end`` is whether the model knows how many bars are left."""

    steps_per_quarter: int
    tells_end: bool

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of ``core.rolls`` with the fields in the order of the columns."""
        end = [ContextField(BARS_LEFT, MOST_BARS_LEFT + 1)] if self.tells_end else []
        return Vocabulary(
            TOKENS,
            (
                ContextField("position", LONGEST_BAR * self.steps_per_quarter),
                ContextField("meter", len(METERS) + 1, is_of_piece=True),
                ContextField("mode", len(MODES), is_of_piece=True),
                *end,
                ContextField("bar", PHRASE),
                ContextField("said", MOST_KEYS + 1),
                ContextField("before", MOST_KEYS + 1),
                ContextField("last", KEYS + 1),
                ContextField("ahead", KEYS + 1),
            ),
        )

    def planned(self, plan: Plan) -> list[list[int]]:
        """What the plan alone says of every frame: the first four or five fields."""
        rows = planned(plan, self.steps_per_quarter)
        return rows if self.tells_end else [[*row[:3], row[4]] for row in rows]

    def sequence(self, sounds: Roll, struck: Roll, plan: Plan) -> TokenSequence:
        """The sequence of a normalised roll, with ``struck`` as in ``core.rolls.tokens_of``.

        It may be shorter than the plan, and ends where the roll does.

        Raises
        ------
        CannotEncode
            Where more than ``MOST_KEYS`` keys sound at once.
        """
        counts = sounds.sum(axis=1)
        if counts.max(initial=0) > MOST_KEYS:
            raise CannotEncode(
                f"Up to {counts.max()} keys sound at once; {MOST_KEYS} are what can be said. Take out doubled notes, or choose the tokenizer remi."
            )
        tokens, frames = tokens_of(sounds, struck)
        before = np.concatenate([np.zeros_like(sounds[:1]), sounds[:-1]])  # (T, KEYS)
        is_key = tokens >= STRUCK
        keys = np.where(is_key, (tokens - STRUCK) % KEYS + 1, 0)
        # At the beginning of a frame the token before is NEXT, or none.
        last = np.concatenate([[0], keys[:-1]]) if len(keys) else keys
        starts = np.cumsum(counts + 1) - (counts + 1)
        known = [
            np.arange(len(tokens)) - starts[frames],
            np.concatenate([[0], counts[:-1]])[frames] if len(counts) else counts,
            last,
            _ahead(before)[frames, last],
        ]
        told = np.array(self.planned(plan), np.int32)[frames]
        context = np.concatenate([told, np.stack(known, axis=1).astype(np.int32)], axis=1)
        return TokenSequence(tokens, context, plan, len(sounds) / self.steps_per_quarter)


def _ahead(before: Roll) -> NDArray[np.int64]:
    """(T, ``KEYS`` + 1) 1 + the lowest key that sounded, from each one on; 0 where there is none."""
    numbers = np.where(before, np.arange(1, KEYS + 1), KEYS + 1)
    lowest = np.minimum.accumulate(numbers[:, ::-1], axis=1)[:, ::-1]
    none = np.zeros((len(before), 1), np.int64)
    return np.concatenate([np.where(lowest > KEYS, 0, lowest), none], axis=1)


class RollGrammar:
    """Walks along the frames of one piece; implements ``core.vocabulary.Grammar``.

    ``allowed()`` says what may be drawn: keys that a piano has, within the limits. ``advance()`` takes whatever given music may say.
    """

    def __init__(self, language: RollLanguage, plan: Plan) -> None:
        self._language = language
        self._plan = plan
        self._rows = language.planned(plan)
        self._last_bar = plan.steps - plan.bars[-1].steps
        self._last_bar_sounds = False
        self._frame = 0
        self._count = 0
        self._now: list[int] = []
        self._before: list[int] = []
        sounding = np.arange(LOWEST, LOWEST + KEYS) - normalising_shift(plan.key)
        playable = (sounding >= LOWEST) & (sounding < LOWEST + KEYS)
        playable[playable] = kept(plan.limits, plan.key, 0, sounding[playable])
        self._kept = np.ones(SIZE, np.bool_)
        self._kept[STRUCK:HELD] = self._kept[HELD:] = playable

    @property
    def finished(self) -> bool:
        return self._frame == len(self._rows)

    @property
    def place(self) -> tuple[int, int]:
        return self._frame * step_ticks(self._language.steps_per_quarter), 0

    def context(self) -> NDArray[np.int32]:
        after = bisect_right(self._before, self._last)
        ahead = self._before[after] + 1 if after < len(self._before) else 0
        known = [len(self._now), len(self._before), self._last + 1, ahead]
        return np.array([*self._rows[self._frame], *known], np.int32)

    def allowed(self) -> NDArray[np.bool_]:
        return self._legal() & self._kept

    def _legal(self) -> NDArray[np.bool_]:
        """What may stand next in given music."""
        mask = np.zeros(SIZE, np.bool_)
        if self.finished:
            return mask
        is_end = self._frame == len(self._rows) - 1
        mask[NEXT] = not is_end or self._last_bar_sounds
        if len(self._now) < MOST_KEYS:
            mask[STRUCK + self._last + 1 : HELD] = True
            mask[[HELD + key for key in self._before if key > self._last]] = True
        return mask

    def advance(self, token: int) -> None:
        if self.finished:
            raise CannotEncode(
                f"The piece is full after its {self._count} symbols; shorten the primer or ask for more bars."
            )
        legal = self._legal()
        if not 0 <= token < SIZE or not legal[token]:
            raise CannotEncode(self._complaint(token))
        self._count += 1
        if token == NEXT:
            self._before, self._now = self._now, []
            self._frame += 1
            return
        self._now.append(key_of(token))
        self._last_bar_sounds |= self._frame >= self._last_bar

    @property
    def _last(self) -> int:
        """The key said last in this frame, -1 before the first."""
        return self._now[-1] if self._now else -1

    def _complaint(self, token: int) -> str:
        where = f"at position {self._count + 1}"
        if not 0 < token < SIZE:
            return f"{token} {where} is no token; they run from 1 to {SIZE - 1}."
        symbol = f"{word(token, self._plan)!r} cannot stand {where}"
        if token == NEXT:
            return f"{symbol}: the last bar must hold at least one note."
        if len(self._now) == MOST_KEYS:
            return f"{symbol}: {MOST_KEYS} keys are the most that sound at once; write next."
        if key_of(token) <= self._last:
            return f"{symbol}: the keys of a frame are said from below, each once; then comes next."
        return f"{symbol}: that key did not sound in the frame before, so it cannot go on; strike it, without the _."


def word(token: int, plan: Plan) -> str:
    """What a person types for a token, in the plan's key."""
    if token < STRUCK:
        return TOKENS[token]
    pitch = LOWEST + key_of(token) - normalising_shift(plan.key)
    return f"_{pitch}" if token >= HELD else str(pitch)
