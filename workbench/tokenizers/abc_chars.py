"""One melody as ABC text, character by character.

``G2|cBc efg|`` is a tune as folk musicians trade it; ``abc_language`` says how it is written, ``abc_grammar`` what may
follow what. A model of characters learned from ABC goes back to the RNNs of Sturm, Santos, Ben-Tal & Korshunova, *Music
transcription modelling and composition using deep learning* (2016).

Of a polyphonic score the first part with notes is taken, and of it the highest note at every onset. Only the
first key and tempo are kept. What falls on no place the text has (a quintuplet, say) is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.limits import Limits, kept
from workbench.core.score import Key, Meter, Score
from workbench.core.sections import NO_CLOSE, close_classes, sections
from workbench.core.settings import setting
from workbench.core.vocabulary import Plan, TokenSequence, Vocabulary
from workbench.tokenizers import tokenizer
from workbench.tokenizers.abc_grammar import CHARACTERS, AbcGrammar, Rules, Words, context_fields
from workbench.tokenizers.abc_language import AbcLanguage
from workbench.tokenizers.abc_primer import Primer
from workbench.tokenizers.grid import (
    PLAYABLE,
    first_part,
    full_plan,
    melody_score,
    normalised_line,
    normalising_shift,
    on_grid,
    plan_of,
)


@dataclass(frozen=True)
class Settings:
    steps_per_quarter: int = setting(
        24,
        choices=(4, 8, 12, 24),
        help="Grid: 4 is sixteenths, 8 thirty-seconds; 12 and 24 are the same with triplets",
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


@tokenizer(
    "abc-chars",
    title="ABC, by character",
    settings=Settings,
    training={"window": 128, "batch_size": 32},  # a bar is some ten characters
    form="abc",
)
class AbcChars:
    """One melody as ABC text, the notation of folk musicians, character by character. Learns in one key, plays in any."""

    name = "abc-chars"

    def __init__(self, settings: Settings) -> None:
        if settings.high - settings.low < 12:
            raise InvalidSetting(
                f"The pitches {settings.low} to {settings.high} are no octave; let high be at least"
                f" {settings.low + 12}."
            )
        self.settings = settings
        self._grid = settings.steps_per_quarter
        self.sung = {"melody": PLAYABLE}
        self._language = AbcLanguage(self._grid)
        self._given = Rules(self._language, range(settings.low, settings.high + 1))
        self._drawn = lru_cache(maxsize=12)(self._playable)
        self.vocabulary = Vocabulary(
            ("<start>", *self._words_but_start()), context_fields(self._grid)
        )

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """(V,) what writes the letter of a note or of a rest; a tied note is written, and so begun, twice."""
        begins = set("ABCDEFGabcdefgz")
        names = self.vocabulary.tokens
        return np.array(
            [number > 0 and bool(begins & set(name)) for number, name in enumerate(names)]
        )

    def encode(self, score: Score) -> TokenSequence:
        """The melody of a score as tokens.

        Raises
        ------
        CannotEncode
            Where there are no notes, where a note or bar begins or ends at no place the text has, or where the
            melody is wider than the range from ``low`` to ``high``.
        """
        bars, plan = self.text(score)
        tokens = [token for bar in bars for token in self._split(bar)]
        grammar, rows = self.grammar(plan), []
        for token in tokens:
            rows.append(grammar.context())
            grammar.advance(token)
        return TokenSequence(
            np.array(tokens, np.int32), np.array(rows, np.int32), plan, plan.steps / self._grid
        )

    def text(self, score: Score) -> tuple[list[str], Plan]:
        """The normalised text of a score's melody, bar by bar; ``CannotEncode`` as :meth:`encode`."""
        melody = on_grid(first_part(score), self._grid)
        plan = plan_of(melody, self._grid)
        line = normalised_line(melody, plan, self._grid, self.settings.low, self.settings.high)
        return list(self._language.write(line, plan, plan.steps)), plan

    def decode(self, tokens: Sequence[int], plan: Plan) -> Score:
        """The score of a complete sequence, in the plan's key. ``CannotEncode`` where it is none."""
        grammar = self.grammar(plan)
        for token in tokens:
            grammar.advance(int(token))
        if not grammar.finished:
            raise CannotEncode(
                f"{grammar.bars_done} bars are too few for a plan of {len(plan.bars)}."
            )
        line = self._language.read(self._joined(tokens), plan.steps)
        line[line >= 0] -= normalising_shift(plan.key)
        return melody_score(line, plan, self._grid)

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter."""
        return full_plan(key, meter, bars, tempo, self._grid)

    def grammar(self, plan: Plan) -> AbcGrammar:
        """The rules of ``abc_grammar``."""
        # Where nothing is limited, keys of one signature share their rules.
        key = Key(0, plan.key.fifths) if plan.limits.are_open else plan.key
        drawn = self._drawn(key, plan.limits)
        return AbcGrammar(self._language, self._tree, self._given, drawn, plan)

    def parse(self, text: str, plan: Plan) -> list[int]:
        """Tokens of typed ABC, in the plan's key; barlines may be left out.

        A full bar is closed, so that its last note stays as it is. In a bar that is not full the last note may still
        grow longer.
        """
        line, steps = Primer(plan, self._grid).line(text)
        shift = normalising_shift(plan.key)
        low, high = self.settings.low - shift, self.settings.high - shift
        outside = [pitch for pitch in line[line >= 0].tolist() if not low <= pitch <= high]
        if outside:
            raise CannotEncode(
                f"The primer goes as far as {outside[0]}, and this model knows {low} to {high} in {plan.key}; "
                "move it by an octave."
            )
        line[line >= 0] += shift
        bars = self._language.write(line, plan, steps)
        return [token for bar in bars for token in self._split(bar)]

    def symbols(self, tokens: Sequence[int], plan: Plan) -> str:
        """The ABC that stands below a header with the plan's key, ``L:1/8``; :meth:`parse` reads it back."""
        shift = normalising_shift(plan.key)
        return self._language.respell(self._joined(tokens), -shift, plan.key.fifths)

    def _joined(self, tokens: Sequence[int]) -> str:
        return "".join(self.vocabulary.tokens[token] for token in tokens)

    def _playable(self, key: Key, limits: Limits) -> Rules:
        """The rules of what is drawn in a key, under limits."""
        low, high, shift = self.settings.low, self.settings.high, normalising_shift(key)
        least, most = max(low, PLAYABLE[0] + shift), min(high, PLAYABLE[1] + shift)
        if most - least < 12:  # settings far from a fiddle's range have their reasons
            least, most = low, high
        sounding = np.arange(least, most + 1) - shift
        sounding = sounding[kept(limits, key, 0, sounding)]
        closes = {}
        for close in {section.close for section in sections(limits.closes)}:
            own = sounding[np.isin(sounding % 12, list(close_classes(key, close, 0, 1)))]
            if not len(own) and not limits.form:
                own = sounding
            if not len(own):
                raise InvalidSetting(NO_CLOSE.format(key=key))
            closes[close] = (own + shift).tolist()
        return Rules(self._language, (sounding + shift).tolist(), closes)

    @cached_property
    def _tree(self) -> Words:
        return Words(("", *self.vocabulary.tokens[1:]))

    def _words_but_start(self) -> Sequence[str]:
        return CHARACTERS

    def _split(self, bar: str) -> list[int]:
        """A bar's text as tokens."""
        return [CHARACTERS.index(character) + 1 for character in bar]
