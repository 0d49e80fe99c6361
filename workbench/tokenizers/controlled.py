"""Any tokenizer, with labels of the piece known beside every token: control tokens.

The usual way (Keskar et al., *CTRL*, 2019) puts control tokens before the text. Music is trained in windows, and a
window from the middle of a piece would not see them; so each control is a number of the context here, beside every
token: 0 where it is left open, else 1 + the label's place. Training leaves each open now and then
(:mod:`workbench.training.batches`), so that the model can do without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.score import Key, Meter, Score
from workbench.core.vocabulary import (
    ContextField,
    Grammar,
    Plan,
    Tokenizer,
    TokenSequence,
    Vocabulary,
)

OPEN = 0


class Controlled:
    """``base`` with the labels that may be told, by control; implements ``core.vocabulary.Tokenizer``."""

    def __init__(self, base: Tokenizer, labels: Mapping[str, Sequence[str]]) -> None:
        self._base = base
        self._labels = {name: tuple(known) for name, known in labels.items()}
        self.name = base.name
        self.settings: Any = base.settings
        self.moving = base.moving
        self.sung = base.sung
        fields = [
            ContextField(f"control_{name}", 1 + len(known), is_optional=True, is_of_piece=True)
            for name, known in self._labels.items()
        ]
        self.vocabulary = Vocabulary(base.vocabulary.tokens, (*base.vocabulary.context, *fields))

    def encode(self, score: Score) -> TokenSequence:
        """As ``base`` does, every control left open; :meth:`told` fills them in."""
        return self.told(self._base.encode(score), {})

    def told(self, sequence: TokenSequence, labels: Mapping[str, str]) -> TokenSequence:
        """A sequence with what is known of its piece; labels that the model does not know stay open."""
        known = {name: each for name, each in labels.items() if each in self._labels.get(name, ())}
        plan = replace(sequence.plan, controls=tuple(sorted(known.items())))
        own = sequence.context[:, : len(self._base.vocabulary.context)]
        row = np.broadcast_to(self._row(plan), (len(own), len(self._labels)))
        return replace(sequence, context=np.concatenate([own, row], axis=1), plan=plan)

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        return self._base.decode(tokens, plan)

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        return self._base.plan(key, meter, bars, tempo)

    def grammar(self, plan: Plan) -> Grammar:
        base = self._base.grammar(plan)
        kind = ControlledBarredGrammar if hasattr(base, "bar") else ControlledGrammar
        return kind(base, self._row(plan))

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        return self._base.symbols(tokens, plan)

    def parse(self, text: str, plan: Plan) -> list[int]:
        return self._base.parse(text, plan)

    def _row(self, plan: Plan) -> NDArray[np.int32]:
        """(K,) the numbers of a plan's controls; ``InvalidSetting`` for one that the model does not know."""
        asked = dict(plan.controls)
        for name, label in asked.items():
            known = self._labels.get(name)
            if known is None:
                told = ", ".join(self._labels) or "nothing"
                raise InvalidSetting(
                    f"This model cannot be told the {name}; it can be told {told}."
                )
            if label not in known:
                raise InvalidSetting(
                    f"This model knows no {name} {label!r}; choose one of {', '.join(known)}."
                )
        numbers = [
            known.index(asked[name]) + 1 if name in asked else OPEN
            for name, known in self._labels.items()
        ]
        return np.array(numbers, np.int32)


class ControlledGrammar:
    """The grammar of ``base`` with the controls behind its context; implements ``core.vocabulary.Grammar``."""

    def __init__(self, base: Grammar, row: NDArray[np.int32]) -> None:
        self._base = base
        self._row = row

    def context(self) -> NDArray[np.int32]:
        return np.concatenate([self._base.context(), self._row])

    def allowed(self) -> NDArray[np.bool_]:
        return self._base.allowed()

    def advance(self, token: int) -> None:
        self._base.advance(token)

    @property
    def place(self) -> tuple[int, int]:
        return self._base.place

    @property
    def finished(self) -> bool:
        return self._base.finished


class ControlledBarredGrammar(ControlledGrammar):
    """One whose ``base`` knows its bars."""

    _base: Any

    @property
    def bar(self) -> int:
        return self._base.bar
