"""Music in voices as frames: one row a step, one cell a voice, what sounds in every cell.

A tokenizer in cells says a held note by ``_``, which tells nothing to who sees that cell alone. Models that see a piece
with holes read *states* instead: what a voice does at a step, and whether it began with it::

    state = 2 * row + goes_on          row 0 is silence, row 1 + i the i-th pitch of the vocabulary

Every sequence of tokens is exactly one array of states. The other way, a state that goes on with what the cell before
does not hold begins it, so that any array of states says music.

Two more numbers may stand in a cell: ``hidden``, to be filled, and ``outside``, beyond the end of the piece.
T is the steps of a piece, V its voices, S the states.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.vocabulary import ContextField, TokenSequence, Vocabulary

HOLD, REST, FIRST_PITCH = 1, 2, 3  # tokens of every vocabulary in cells
SYMBOLS = ("_", "r")
VOICE = "voice"
PLANNED = frozenset({"position", "meter", "mode", "bars_left", "bar", "signature"})
"""Numbers of the context that the plan alone decides."""


class Filler(Protocol):
    """A model that sees all of a piece but the hidden cells, and says what they may hold."""

    def logits(self, states: NDArray[np.int32], context: NDArray[np.int32]) -> NDArray[np.floating]:
        """``states`` (B, T, V), ``context`` (B, T, C): logits (B, T, V, S), natural log up to a constant."""
        ...


@dataclass(frozen=True)
class Frames:
    """How a vocabulary in cells is laid out in frames."""

    vocabulary: Vocabulary

    @cached_property
    def voices(self) -> int:
        """V; 0 where the vocabulary is not one of cells in voices."""
        if self.vocabulary.tokens[HOLD:FIRST_PITCH] != SYMBOLS:
            return 0
        return next((each.size for each in self.vocabulary.context if each.name == VOICE), 0)

    @property
    def voice_column(self) -> int:
        """Which number of a token's context tells its voice."""
        return [each.name for each in self.vocabulary.context].index(VOICE)

    @property
    def rows(self) -> int:
        """Silence and the pitches, the lowest first."""
        return 1 + len(self.vocabulary) - FIRST_PITCH

    @property
    def states(self) -> int:
        """S."""
        return 2 * self.rows

    @property
    def hidden(self) -> int:
        """What stands in a cell that is to be filled."""
        return self.states

    @property
    def outside(self) -> int:
        """What stands in a cell beyond the end of the piece."""
        return self.states + 1

    @cached_property
    def columns(self) -> list[int]:
        """The columns of a token's context that stand beside a frame: what the plan decides, and what is told."""
        fields = self.vocabulary.context
        return [i for i, each in enumerate(fields) if each.name in PLANNED or each.is_optional]

    @property
    def context(self) -> list[ContextField]:
        """The fields of these columns."""
        return [self.vocabulary.context[column] for column in self.columns]

    def states_of(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """(T, V) of the tokens (T * V,) of a whole piece."""
        cells = np.asarray(tokens, np.int32).reshape(-1, self.voices)
        goes_on = cells == HOLD
        steps = np.arange(len(cells))[:, np.newaxis]
        began = np.maximum.accumulate(np.where(goes_on, 0, steps), axis=0)
        rows = np.take_along_axis(cells, began, axis=0) - REST
        return (2 * rows + goes_on).astype(np.int32)

    def tokens_of(self, states: NDArray[np.int32]) -> NDArray[np.int32]:
        """(T * V,) the tokens of a piece (T, V) without holes."""
        rows = states // 2
        before = np.concatenate([np.full_like(rows[:1], -1), rows[:-1]])
        # Who goes on with a note or rest holds it; so does who begins to rest within a rest.
        held = (rows == before) & ((states % 2 == 1) | (rows == 0))
        return np.where(held, HOLD, rows + REST).astype(np.int32).reshape(-1)

    def context_of(self, context: NDArray[np.int32]) -> NDArray[np.int32]:
        """(T, C) beside frames, of the context (T * V, …) beside tokens."""
        return context[:: self.voices, self.columns]

    def tokens_meant(self, chances: NDArray[np.floating]) -> NDArray[np.float64]:
        """(…, tokens) of probabilities (…, S): what each state says where it can be said."""
        result = np.zeros((*chances.shape[:-1], len(self.vocabulary)))
        result[..., REST:] = chances[..., 0::2]
        result[..., HOLD] = chances[..., 1::2].sum(axis=-1)
        return result


@dataclass(frozen=True, eq=False)
class Framed:
    """A piece in frames: ``states`` (T, V) and ``context`` (T, C)."""

    states: NDArray[np.int32]
    context: NDArray[np.int32]


def framed(frames: Frames, sequence: TokenSequence) -> Framed:
    """A piece in frames."""
    return Framed(frames.states_of(sequence.tokens), frames.context_of(sequence.context))


def hide(
    frames: Frames, states: NDArray[np.int32], count: int, random: np.random.Generator
) -> NDArray[np.int32]:
    """(T, V) states with ``count`` of the cells hidden that are not outside, all choices as likely."""
    inside = np.flatnonzero(states != frames.outside)
    result = states.copy()
    result.reshape(-1)[random.permutation(inside)[:count]] = frames.hidden
    return result
