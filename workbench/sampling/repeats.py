"""What returns: a grammar under which a section of the plan's form, or any step, says again what was said before.

Where a section takes its music from an earlier one, just one token may come next, the one that stood there. So what
returns is part of what the model hears before it goes on, and nothing else has to know of it.
"""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.sections import sections
from workbench.core.vocabulary import Grammar, Plan


@runtime_checkable
class BarredGrammar(Grammar, Protocol):
    """A grammar that knows to which bar of the plan, from 0, the next token belongs."""

    @property
    def bar(self) -> int: ...


def with_repeats(grammar: Grammar, plan: Plan) -> Grammar:
    """The grammar, bound to the plan's form where it has one.

    Raises ``InvalidSetting`` where the language has no bars that could be said again.
    """
    if not plan.limits.form:
        return grammar
    if not isinstance(grammar, BarredGrammar):
        raise InvalidSetting(
            "This model's language cannot be held to sections; leave the form out, or choose a model of melodies or chorales."
        )
    return Repeating(grammar, plan)


G = TypeVar("G", bound=Grammar)


class _Over(Generic[G]):
    """A grammar over another one, as far as both say the same."""

    def __init__(self, base: G) -> None:
        self._base = base

    @property
    def finished(self) -> bool:
        return self._base.finished

    @property
    def place(self) -> tuple[int, int]:
        return self._base.place

    def context(self) -> NDArray[np.int32]:
        return self._base.context()


class Repeating(_Over[BarredGrammar]):
    """``base`` with what sections repeat; implements ``core.vocabulary.Grammar``."""

    def __init__(self, base: BarredGrammar, plan: Plan) -> None:
        super().__init__(base)
        self._sections = sections(plan.limits.form)
        self._bars = len(plan.bars) // len(self._sections)
        self._said: list[list[int]] = [[] for _ in self._sections]

    def allowed(self) -> NDArray[np.bool_]:
        mask = self._base.allowed()
        number, bar = divmod(self._base.bar, self._bars)
        section = self._sections[number]
        if section.source is None or (section.is_varied and bar == self._bars - 1):
            return mask
        token = self._said[section.source][len(self._said[number])]
        return _only(mask, token)

    def advance(self, token: int) -> None:
        number = self._base.bar // self._bars
        self._base.advance(token)
        self._said[number].append(token)


class Returning(_Over[Grammar]):
    """``base``, where at some steps the token of an earlier one comes again if it may; implements ``core.vocabulary.Grammar``.

    ``returns`` (T,) is for every token the number of the earlier one, or negative. Unlike a section of the plan's form this binds nothing else: where
    the base forbids the token, all that it allows may come.
    """

    def __init__(self, base: Grammar, returns: Sequence[int] | NDArray[np.int64]) -> None:
        super().__init__(base)
        self._returns = returns
        self._said: list[int] = []

    def allowed(self) -> NDArray[np.bool_]:
        mask = self._base.allowed()
        earlier = int(self._returns[len(self._said)])
        if earlier < 0 or not mask[self._said[earlier]]:
            return mask
        return _only(mask, self._said[earlier])

    def advance(self, token: int) -> None:
        self._base.advance(token)
        self._said.append(token)


class ReturningBars(_Over[BarredGrammar]):
    """``base``, where bars say again, token for token, what an earlier one said; implements ``core.vocabulary.Grammar``.

    ``form`` (bars of the plan,) is for every bar the number of the earlier one, or negative. Where the base forbids a token, the rest of
    the bar is as free as the base leaves it.
    """

    def __init__(self, base: BarredGrammar, form: Sequence[int] | NDArray[np.int64]) -> None:
        super().__init__(base)
        self._form = form
        self._said: list[list[int]] = [[] for _ in form]

    def allowed(self) -> NDArray[np.bool_]:
        mask = self._base.allowed()
        earlier, said = int(self._form[self._base.bar]), self._said[self._base.bar]
        if earlier < 0 or self._said[earlier][: len(said)] != said:
            return mask
        token = self._said[earlier][len(said)]
        return _only(mask, token) if mask[token] else mask

    def advance(self, token: int) -> None:
        bar = self._base.bar
        self._base.advance(token)
        self._said[bar].append(token)


def _only(mask: NDArray[np.bool_], token: int) -> NDArray[np.bool_]:
    """Of what is allowed this token alone."""
    again = np.zeros_like(mask)
    again[token] = mask[token]
    return again
