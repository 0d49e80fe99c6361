"""Segments joined into a tune: a piece from nothing whose bars return as those of tunes do, and whose segments know of one another.

An autoencoder writes every segment from a point of its own (:mod:`workbench.sampling.latents`) and hears of what was before no more than the
note that sounds. Points drawn by their likeness alone gave good bars and no tune: no phrase came again, and from one segment to the next
melodies leapt twice as often as people's. What tunes are like as a whole is counted on the training split (:class:`Tunes`) and joins
the segments, in three ways:

*Form*. A form of the training split is drawn. Where a bar repeats an earlier one, the note that stood there stands again, if the grammar allows
it, and a segment that repeats one at the same place is written from the same point.

*Points*. For a segment that is new ``CANDIDATES`` points are drawn by the likeness of tunes, and one of them is taken by how likely the first
note from it and the interval to it are together.

*Intervals*. The decoder says which note, and how likely intervals are among tunes says so, too: a product of experts (Hinton 2002). Into a
segment, a bar that returns or the close, where tunes seldom leap, an interval counts as it is; within a segment, where the decoder knows the note before, its odds count by the power of
``WITHIN``. How likely it is that a note begins at all is left to the decoder.

The constants were chosen on validation pieces (``docs/models.md``). References: Hinton, *Training Products of Experts by Minimizing
Contrastive Divergence* (2002); for choosing among candidates in proportion, Rubin's sampling/importance resampling (1987).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.forms import NEW
from workbench.core.frames import FIRST_PITCH
from workbench.core.segments import SegmentDecoder
from workbench.core.tunes import ACROSS, INSIDE, LAST, Tunes, bar_steps, column
from workbench.core.vocabulary import START, Grammar, Plan
from workbench.sampling.latents import LatentSpace
from workbench.sampling.repeats import Returning

CANDIDATES = 8
WITHIN = 0.3
NEAR = 4
"""Steps before a bar that returns, or the close, in which what is drawn leads to it."""
FREE = -1
"""In ``returns``, a step at which nothing has to come again."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where a form has what return, in steps and in segments of a plan."""

    returns: NDArray[np.int64]
    """(T,) the step whose token comes again, or ``FREE``."""
    sources: list[int]
    """(S,) the segment from whose point each is written again, or ``NEW``."""
    leading: dict[int, int]
    """Of the steps near before a bar that returns, the step from which it returns."""


def places(form: NDArray[np.int64], plan: Plan, bars: int) -> Places:
    """What a form (bars of the plan,) says of steps, and of segments of so many bars."""
    starts = bar_steps(plan)
    returns = np.full(plan.steps, FREE, np.int64)
    sources = [NEW] * (-(-len(form) // bars))
    leading: dict[int, int] = {}
    for place, earlier in enumerate(form.tolist()):
        if earlier == NEW:
            continue
        begin, steps = starts[place], plan.bars[place].steps
        returns[begin : begin + steps] = starts[earlier] + np.arange(steps)
        segment, source = place // bars, earlier // bars
        if sources[segment] == NEW and (place - earlier) % bars == 0 and source < segment:
            sources[segment] = source
        if form[place - 1] == NEW or form[place - 1] + 1 != earlier:
            near = range(max(begin - NEAR, 0), begin)
            leading |= {step: starts[earlier] for step in near if returns[step] == FREE}
    return Places(returns, sources, leading)


@dataclass(frozen=True, eq=False)
class _At:
    """Between two tokens."""

    number: int = 0
    """Of the next token."""
    inner: Any = None
    """The autoencoder's state."""
    last: int | None = None
    """The note that began last."""
    row: int = INSIDE
    """Whether the next note is the first of its segment, or not."""
    said: list[int] = field(default_factory=list)
    """All tokens; it grows with the piece."""
    points: list[NDArray[np.float64]] = field(default_factory=list)
    """Of the segments that have begun, before attributes are added."""


@dataclass(frozen=True, eq=False)
class Close:
    """The last note of a piece, where the grammar leaves it only some pitches."""

    step: int
    tokens: NDArray[np.int64]
    """(K,) of these pitches."""


class JoinedDecoder:
    """A ``core.vocabulary.Decoder`` of one whole piece from nothing, as ``sampling.latents.PathDecoder`` is.

    ``over`` is for ``sampling.loop.sample``. ``shift`` (Z,) is added to every point. ``close`` is None where any note may be the last. The same seed
    gives the same piece.
    """

    def __init__(
        self, autoencoder: SegmentDecoder, space: LatentSpace, tunes: Tunes, cuts: NDArray[np.int64],
        found: Places, seed: int, shift: NDArray[np.float64], close: Close | None = None,
    ) -> None:  # fmt: skip
        self._returns = found.returns.copy()
        if close:  # what leads there is new
            self._returns[max(close.step - NEAR, 0) :] = FREE
        self._autoencoder, self._found, self._seed, self._shift = autoencoder, found, seed, shift
        self._close = close
        self._begins = {int(first): number for number, first in enumerate([0, *cuts[:-1]])}
        self._root = space.root(len(cuts))
        self._odds = {INSIDE: WITHIN * tunes.odds(INSIDE), ACROSS: tunes.odds(ACROSS)}
        self._closing = tunes.odds(LAST)

    def over(self, grammar: Grammar) -> Grammar:
        """The grammar, bound to what returns."""
        return Returning(grammar, self._returns)

    def start(self, batch: int) -> _At:
        """Before the first token of all; a piece stands alone, so ``batch`` is 1."""
        assert batch == 1
        return _At()

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: _At
    ) -> tuple[NDArray[np.float32], _At]:
        """As :class:`Decoder` has it, for one row."""
        if state.number:
            state.said.append(int(tokens[0]))
            if tokens[0] >= FIRST_PITCH:
                state = replace(state, last=int(tokens[0]), row=INSIDE)
        if state.number in self._begins:
            tokens, state = np.full_like(tokens, START), self._begun(context, state)
        logits, inner = self._autoencoder.step(tokens, context, state.inner)
        return self._joined(logits, state), replace(state, number=state.number + 1, inner=inner)

    def attention(self, state: Any) -> None:
        """It does not look back."""

    def _begun(self, context: NDArray[np.int32], state: _At) -> _At:
        """At the beginning of a segment, with its point."""
        segment = self._begins[state.number]
        source = self._found.sources[segment]
        point = self._drawn(segment, context, state) if source == NEW else state.points[source]
        state.points.append(point)
        inner = self._autoencoder.begin((point + self._shift)[np.newaxis])
        return replace(state, inner=inner, row=ACROSS)

    def _drawn(self, segment: int, context: NDArray[np.int32], state: _At) -> NDArray[np.float64]:
        """(Z,) a new point, by the likeness to those before and the note before."""
        random = np.random.Generator(np.random.PCG64([self._seed, 1, segment]))
        noise = random.standard_normal((CANDIDATES, len(self._shift)))
        # Given the points before, the next is normal around what they tell of it.
        own = self._root[segment, segment]
        told = np.linalg.solve(self._root[:segment, :segment], np.array(state.points)) if segment else noise[:0]  # fmt: skip
        points = self._root[segment, :segment] @ told + own * noise
        if state.last is None:
            return points[0]
        begun = self._autoencoder.begin(points + self._shift)
        logits, _ = self._autoencoder.step(
            np.full(CANDIDATES, START, np.int32), np.tile(context, (CANDIDATES, 1)), begun
        )
        chances = np.exp(logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
        chances /= chances.sum(axis=1, keepdims=True)
        pitches = np.arange(FIRST_PITCH, chances.shape[1])
        weights = chances[:, FIRST_PITCH:] @ np.exp(self._odds[ACROSS][column(pitches - state.last)])  # fmt: skip
        weights = np.maximum(weights, 1e-9)
        return points[random.choice(CANDIDATES, p=weights / weights.sum())]

    def _joined(self, logits: NDArray[np.float32], state: _At) -> NDArray[np.float32]:
        """The logits (1, V) times the odds of the intervals from the note before and to what returns."""
        pitches = np.arange(FIRST_PITCH, logits.shape[1])
        odds = np.zeros(len(pitches))
        away = state.number - self._close.step if self._close else 1
        if state.last is not None:
            row = self._odds[state.row] if away else self._closing
            odds += row[column(pitches - state.last)]
        if self._close and -NEAR <= away < 0:
            ways = self._closing[column(self._close.tokens[:, np.newaxis] - pitches)]  # (K, P)
            odds += np.logaddexp.reduce(ways)
        if (returning := self._found.leading.get(state.number)) is not None:
            coming = next((each for each in state.said[returning:] if each >= FIRST_PITCH), None)
            if coming is not None:
                odds += self._odds[ACROSS][column(coming - pitches)]
        own = logits[0, FIRST_PITCH:].astype(np.float64)
        both = own + odds
        result = logits.copy()
        result[0, FIRST_PITCH:] = both + np.logaddexp.reduce(own) - np.logaddexp.reduce(both)
        return result
