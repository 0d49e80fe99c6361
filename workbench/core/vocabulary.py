"""The language a model speaks: tokens, what is known before each of them, and a grammar.

A *sequence* is a list of token ids. Beside each token stands its **context**: small whole numbers that
are known before the token is chosen (where in the bar it falls, which voice it belongs to, how
many bars are left). They follow from the plan and the tokens before, never from the token itself, so
the same code computes them for training, for scoring held-out music and while composing.

A *plan* is what is fixed before the first token: key, meter, bars. A *grammar* walks along a sequence
under a plan; it says which tokens may come next. One grammar validates and samples, so what
is sampled always is a valid score.
"""

from collections.abc import Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.core.limits import NO_LIMITS, Limits
from workbench.core.score import Key, Meter, Score

START = 0
"""Token id that stands before the first token, and pads the end. It is never sampled or scored."""


@dataclass(frozen=True)
class ContextField:
    """One number known before each token: its values are ``0 .. size-1``.

    Of an optional one 0 says that nothing is known, and training hides it now and then.
    """

    name: str
    size: int
    is_optional: bool = False
    is_of_piece: bool = field(default=False, compare=False)
    """Whether it is the same from beginning to end, as far as music goes: the meter, but not the position in the bar."""


@dataclass(frozen=True)
class Vocabulary:
    """``tokens[i]`` is the text of token ``i``; ``tokens[0]`` is the start symbol."""

    tokens: tuple[str, ...]
    context: tuple[ContextField, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass(frozen=True)
class PlanBar:
    """A bar in steps of the tokenizer's grid; ``offset`` is the step of the full bar it begins on.

    A pickup of 2 steps in a bar of 16 is ``PlanBar(4, 4, steps=2, offset=14)``.
    """

    numerator: int
    denominator: int
    steps: int
    offset: int = 0


@dataclass(frozen=True)
class Plan:
    """What is fixed before the first token."""

    key: Key
    bars: tuple[PlanBar, ...]
    tempo: float = 120.0  # quarter notes per minute
    controls: tuple[tuple[str, str], ...] = ()
    """What else is told of the piece, by name, such as ``("mood", "calm")``."""
    limits: Limits = NO_LIMITS
    """What is composed under it keeps to these; what is given may go beyond."""

    @cached_property
    def steps(self) -> int:
        """Length in steps of the tokenizer's grid."""
        return sum(bar.steps for bar in self.bars)

    @property
    def meter(self) -> Meter:
        """The meter of the first bar."""
        return Meter(0, self.bars[0].numerator, self.bars[0].denominator)


def bar_indices(plan: Plan) -> list[int]:
    """The index of every bar, from 0; a pickup has that of the bar it completes, -1 where it opens the piece."""
    return list(accumulate((bar.offset == 0 for bar in plan.bars), initial=-1))[1:]


def printed_numbers(plan: Plan) -> list[int]:
    """:func:`bar_indices` counted as people do: 0 for a pickup that opens the piece, 1 for the first full bar."""
    return [number + 1 for number in bar_indices(plan)]


@dataclass(frozen=True, eq=False)
class TokenSequence:
    """A piece as a model sees it.

    ``tokens`` (T,) int32, without the start symbol; ``context`` (T, C) int32, known before each;
    ``quarters`` the length in quarter notes, the unit likelihoods are reported in. ``is_variant`` where a piece is heard
    once more, transposed or otherwise changed.
    """

    tokens: NDArray[np.int32]
    context: NDArray[np.int32]
    plan: Plan
    quarters: float
    is_variant: bool = False


class Grammar(Protocol):
    """Walks along one sequence, token after token."""

    def context(self) -> NDArray[np.int32]:
        """(C,) the numbers known before the next token."""
        ...

    def allowed(self) -> NDArray[np.bool_]:
        """(V,) which tokens may come next."""
        ...

    def advance(self, token: int) -> None:
        """Take the next token; ``CannotEncode`` where it is not allowed."""
        ...

    @property
    def place(self) -> tuple[int, int]:
        """Where in the piece the next token stands: ticks from its beginning, and part."""
        ...

    @property
    def finished(self) -> bool:
        """True when the sequence is complete."""
        ...


@runtime_checkable
class Tokenizer(Protocol):
    """Score <-> token ids, for one choice of settings."""

    name: str
    settings: Any
    vocabulary: Vocabulary

    @property
    def moving(self) -> NDArray[np.bool_]:
        """(V,) tokens with which a note or a rest begins; the others hold, place, or shape what there is."""
        ...

    @property
    def sung(self) -> Mapping[str, tuple[int, int]]:
        """Lowest and highest pitch that may be composed, as it sounds, by voice, the highest first."""
        ...

    def encode(self, score: Score) -> TokenSequence:
        """Raises ``CannotEncode`` with a sentence where the tokenizer has no way to say the score."""
        ...

    def decode(self, tokens: Seq[int], plan: Plan) -> Score: ...

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """The plan of a piece to compose: ``bars`` full bars."""
        ...

    def grammar(self, plan: Plan) -> Grammar: ...

    def symbols(self, tokens: Seq[int], plan: Plan) -> str:
        """What a person would type for these tokens, in the plan's key; ``parse`` reads it back."""
        ...

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of typed symbols (a primer) in the plan's key; ``CannotEncode`` names the bad symbol."""
        ...


class Decoder(Protocol):
    """A trained model, one token at a time, for a batch of sequences side by side.

    Implemented by the ONNX step graph and by models that need no network.
    """

    def start(self, batch: int) -> Any:
        """The state before the first token."""
        ...

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: Any
    ) -> tuple[NDArray[np.float32], Any]:
        """``tokens`` (B,) the previous tokens, ``context`` (B, C) of the next ones.

        Returns logits (B, V), natural log up to a constant, and the next state.
        """
        ...

    def attention(self, state: Any) -> NDArray[np.float32] | None:
        """(B, L) shares of attention on the last L tokens, the newest last, in the step that gave this state; None where
        the model does not look back.
        """
        ...
