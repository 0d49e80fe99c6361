"""The grammar of ABC: which characters, and which words of characters, may come next.

Rules are an automaton over characters. Its state, a ``Place``, says what is left of the bar and what has been written of
the sign under way. A sign (a note or a rest with its length) ends when the next begins, so ``C`` may become ``C3/``
as long as that fits the bar. The rules promise that

- every bar is exactly as long as the plan says, and the last one sounds, so that the score has all its bars;
- the three notes of a triplet are of equal length, and a tie leads to a note of the same pitch;
- a note carries the sign ``abc_language`` asks for, and its pitch is one of those that may be written;
- there always is something that may come next.

A vocabulary's tokens are words of such characters, none of which goes beyond a barline. They are kept in a tree; walking
it with the automaton gives the tokens that are allowed at a place, which are remembered: a place comes back often.

What is known before each token: ``position`` (the step of the full bar at which the next sign would begin if one
began now), ``meter``, ``mode``, ``bars_left`` and ``bar``, as in ``cell_context``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.score import MODES, TICKS_PER_QUARTER
from workbench.core.sections import close_ticks, sections
from workbench.core.vocabulary import ContextField, Plan, bar_indices
from workbench.tokenizers.abc_language import BAR, AbcLanguage, note_text, pitch_of
from workbench.tokenizers.cell_context import (
    LONGEST_BAR,
    METERS,
    MOST_BARS_LEFT,
    PHRASE,
    meter_index,
)
from workbench.tokenizers.grid import step_ticks

CHARACTERS = "|-/123468z^_=CDEFGABcdefgab,'("
REMEMBERED = 20_000  # places and masks, at most; then they are found anew
_LENGTH = set("/123468")
_NOTHING_HELD = -1


class Place(NamedTuple):
    """Where a text stands within a bar."""

    left: int
    """Units of the bar that no finished sign has taken."""
    is_last: bool
    sounds: bool
    """Whether the bar has had a note; in other bars than the last always true, for it does not matter there."""
    altered: str = ""
    """Letters that carried a sharp or flat in this bar."""
    held: int = _NOTHING_HELD
    """The pitch that a tie leads to."""
    slots: int = 0
    """Signs that a triplet still needs."""
    width: int = 0
    """Units of each of them as written, once the first has said it."""
    head: str = ""
    """Of the sign under way: ``^F``, ``z``, ``(``, or ``|`` after which the bar is over."""
    size: str = ""
    tied: bool = False
    close: tuple[int, str] = (0, "")
    """Units of the note that closes this bar, and how it closes (``core.sections``), in the last bar of a section."""


class Rules:
    """The automaton for notes of some pitches (normalised); ``closes`` are those that may close a section, by its kind.

    Without ``closes`` a section may end as it likes.
    """

    def __init__(
        self,
        language: AbcLanguage,
        pitches: Sequence[int],
        closes: Mapping[str, Sequence[int]] | None = None,
    ) -> None:
        self._language = language
        self._pitches = tuple(pitches)
        self._closes = {kind: tuple(each) for kind, each in (closes or {}).items()}
        self._sizes: dict[str, list[int]] = {}  # the lengths that begin so, the shortest first
        for size, units in sorted(language.sizes.items(), key=lambda each: each[1]):
            for end in range(len(size) + 1):
                self._sizes.setdefault(size[:end], []).append(units)
        self._after: dict[Place, dict[str, Place | None]] = {}
        self._forms = lru_cache(maxsize=1024)(self._find_forms)

    def step(self, at: Place, character: str) -> Place | None:
        """The place after one more character; None where it may not stand there."""
        return self.steps(at, (character,))[character]

    def steps(self, at: Place, characters: Iterable[str]) -> dict[str, Place | None]:
        """The places after each of these characters (and maybe of others); not to be written to."""
        known = self._after.get(at)
        if known is None:
            if len(self._after) >= REMEMBERED:
                self._after.clear()
            known = self._after[at] = {}
        new = [character for character in characters if character not in known]
        if new:
            ended = self.ended(at)
            for character in new:
                after = self._grown(at, character)
                known[character] = after or (self._begun(ended, character) if ended else None)
        return known

    def ended(self, at: Place) -> Place | None:
        """The place once the sign under way has ended; None where it cannot end yet."""
        if not at.head:
            return at
        units = self._language.sizes.get(at.size)
        if units is None or not self._is_head(at) or not self._fits(at, units):
            return None
        sounds = at.sounds or at.head != "z"
        altered = "".join(sorted({*at.altered, at.head[1].upper()})) if at.head[0] in "^_" else ""
        left, slots, width = at.left, at.slots, at.width
        if slots:
            slots, width = slots - 1, units if slots > 1 else 0
            left -= 0 if slots else 2 * units
        else:
            left -= units
        held = pitch_of(at.head) if at.tied else _NOTHING_HELD
        return Place(
            left, at.is_last, sounds, altered or at.altered, held, slots, width, close=at.close
        )

    def _grown(self, at: Place, character: str) -> Place | None:
        """The sign under way with one more character."""
        if not at.head or at.tied:
            return None
        if at.head == "(":
            return at._replace(head="", slots=3) if character == "3" else None
        if character == "-":
            return self._tied(at)
        if character in _LENGTH:
            longer = at._replace(size=at.size + character)
            return longer if self._is_head(at) and self._can_end(longer) else None
        if at.size or at.head == "z":
            return None
        longer = at._replace(head=at.head + character)
        return longer if self._is_prefix(longer) and self._can_end(longer) else None

    def _tied(self, at: Place) -> Place | None:
        tied = at._replace(tied=True)
        after = self.ended(tied) if at.head != "z" else None
        if not after or self._closing(after):
            return None
        return tied if after.left or after.slots or not after.is_last else None

    def _begun(self, at: Place, character: str) -> Place | None:
        """The next sign's first character, after an ended one."""
        if character == BAR:
            is_over = not at.left and not at.slots
            return at._replace(head=BAR) if is_over else None
        if not at.left and not at.slots:
            return None
        begun = at._replace(head=character)
        if character == "(":
            room = at.left - self._kept_free(at)
            fits = not at.slots and room >= 2 and self._language.has_triplets
            return begun if fits else None
        if character == "z":
            return begun if at.held == _NOTHING_HELD and self._can_end(begun) else None
        return begun if self._is_prefix(begun) and self._can_end(begun) else None

    def _can_end(self, at: Place) -> bool:
        """Whether some length that begins as this one does would do."""
        return any(self._fits(at, units) for units in self._sizes.get(at.size, ()))

    def _fits(self, at: Place, units: int) -> bool:
        """Whether a sign of this length has room; a rest must not leave the last bar silent, and a close is kept free."""
        free = self._kept_free(at)
        if free:
            if at.slots:
                return units == (at.width or units) and self._opens(at, units, free)
            return units + free <= at.left or (at.left == units == free and at.head != "z")
        needed = 1 if at.head == "z" and at.is_last and not at.sounds else 0
        if not at.slots:
            return units + needed <= at.left
        if at.slots == 1 and 2 * units == at.left and needed:
            return False
        if at.width:
            return units == at.width
        return self._opens(at, units, 0)

    def _opens(self, at: Place, units: int, free: int) -> bool:
        """Whether signs of this length, as written, may be those of a triplet that leaves so many units free."""
        return units in self._language.widths and 2 * units + free <= at.left

    def _kept_free(self, at: Place) -> int:
        """Units at the end of this bar in which its close is to stand."""
        return at.close[0] if self._closes else 0

    def _closing(self, at: Place) -> str:
        """How the sign at this place closes its section; empty where it does not."""
        is_closing = self._kept_free(at) == at.left > 0 and not at.slots
        return at.close[1] if is_closing else ""

    # --- heads of notes -----------------------------------------------------------------------

    def _is_head(self, at: Place) -> bool:
        """Whether the note (or rest) says its pitch; what was given beyond these pitches does too."""
        if at.head == "z":
            return True
        if at.head[-1] in "^_=(|":
            return False
        whole, prefixes = self._forms(at.altered, at.held, self._closing(at))
        return at.head in whole or at.head not in prefixes

    def _is_prefix(self, at: Place) -> bool:
        return at.head in self._forms(at.altered, at.held, self._closing(at))[1]

    def _find_forms(
        self, altered: str, held: int, closing: str
    ) -> tuple[frozenset[str], frozenset[str]]:
        """What a note may look like here, and all that these texts begin with."""
        pitches = self._closes[closing] if closing else self._pitches
        pitches = pitches if held == _NOTHING_HELD else (held,)
        whole = frozenset(note_text(pitch, altered)[0] for pitch in pitches)
        return whole, frozenset(text[:end] for text in whole for end in range(1, len(text) + 1))


class Words:
    """A vocabulary's words in a tree by their characters."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._tree: Tree = {}
        for token, word in enumerate(self.words):
            branches, leaf = self._tree, None
            for character in word:
                leaf = branches.setdefault(character, Branch())
                branches = leaf.branches
            if leaf:
                leaf.token = token
        self._masks: dict[tuple[Rules, Place], NDArray[np.bool_]] = {}

    def allowed(self, rules: Rules, at: Place) -> NDArray[np.bool_]:
        """(V,) which words may stand at a place; not to be written to."""
        key = rules, at
        if key not in self._masks:
            if len(self._masks) >= REMEMBERED:
                self._masks.clear()
            mask = np.zeros(len(self.words), bool)
            mask[list(self._found(rules, at))] = True
            mask.flags.writeable = False
            self._masks[key] = mask
        return self._masks[key]

    def _found(self, rules: Rules, at: Place) -> Iterator[int]:
        open_places = [(at, self._tree)]
        while open_places:
            place, tree = open_places.pop()
            places = rules.steps(place, tree)
            for character, branch in tree.items():
                after = places[character]
                if after is None:
                    continue
                if branch.token is not None:
                    yield branch.token
                if branch.branches:
                    open_places.append((after, branch.branches))


@dataclass
class Branch:
    """What a word may go on with after a character, and the token where it ends there."""

    branches: "Tree" = field(default_factory=dict)
    token: int | None = None


Tree = dict[str, Branch]


def context_fields(steps_per_quarter: int) -> tuple[ContextField, ...]:
    """The fields in the order of the columns."""
    return (
        ContextField("position", LONGEST_BAR * steps_per_quarter + 1),
        ContextField("meter", len(METERS) + 1, is_of_piece=True),
        ContextField("mode", len(MODES), is_of_piece=True),
        ContextField("bars_left", MOST_BARS_LEFT + 1),
        ContextField("bar", PHRASE),
    )


class AbcGrammar:
    """Walks along the tokens of one tune; implements ``core.vocabulary.Grammar``.

    ``allowed()`` says what may be drawn, by the rules ``drawn``; ``advance()`` takes whatever given music may say, by the
    rules ``given``.
    """

    def __init__(
        self, language: AbcLanguage, words: Words, given: Rules, drawn: Rules, plan: Plan
    ) -> None:
        for number, bar in enumerate(plan.bars, start=1):
            if bar.steps % language.unit:
                raise CannotEncode(
                    f"Bar {number} ends within a triplet, which ABC does not write; mend its length."
                )
        self._language, self._words, self._given, self._drawn = language, words, given, drawn
        self._plan = plan
        self._rows = self._planned()
        self._closes = _closes(plan, language)
        self.bars_done = 0
        self._written = 0
        self._at = self._bar(_NOTHING_HELD)

    @property
    def finished(self) -> bool:
        return self.bars_done == len(self._plan.bars)

    @property
    def bar(self) -> int:
        """The bar of the plan that the next token belongs to, from 0."""
        return self.bars_done

    @property
    def place(self) -> tuple[int, int]:
        steps = sum(bar.steps for bar in self._plan.bars[: self.bars_done])
        steps += 0 if self.finished else self._passed()
        return steps * step_ticks(self._language.steps_per_quarter), 0

    def context(self) -> NDArray[np.int32]:
        row = self._rows[self.bars_done].copy()
        row[0] = min(row[0] + self._passed(), LONGEST_BAR * self._language.steps_per_quarter)
        return row

    def allowed(self) -> NDArray[np.bool_]:
        return self._words.allowed(self._drawn, self._at)

    def advance(self, token: int) -> None:
        words = self._words.words
        if self.finished:
            raise CannotEncode(
                f"The piece is full after its {len(self._plan.bars)} bars; shorten the primer or ask for more bars."
            )
        if not 0 < token < len(words):
            raise CannotEncode(f"{token} is no token; they run from 1 to {len(words) - 1}.")
        at: Place | None = self._at
        for character in words[token]:
            at = self._given.step(at, character) if at else None
        if at is None:
            raise CannotEncode(
                f"{words[token]!r} cannot stand at position {self._written + 1}, in bar {self.bars_done + 1}: the bars "
                f"must add up to {self._plan.meter} and notes lie within the model's range."
            )
        self._written += 1
        if at.head == BAR:
            self.bars_done += 1
            at = at if self.finished else self._bar(at.held)
        self._at = at

    def _bar(self, held: int) -> Place:
        """The beginning of the next bar."""
        close = self._closes.get(self.bars_done)
        is_last = self.bars_done == len(self._plan.bars) - 1 or close is not None
        units = self._plan.bars[self.bars_done].steps // self._language.unit
        return Place(units, is_last, not is_last, held=held, close=close or (0, ""))

    def _passed(self) -> int:
        """Steps of this bar that are over, once the sign under way has ended where it can."""
        at = self._given.ended(self._at) or self._at
        over = self._plan.bars[self.bars_done].steps - at.left * self._language.unit
        return over + ((3 - at.slots) * 2 * at.width if at.slots else 0)

    def _planned(self) -> NDArray[np.int32]:
        """(bars, C) what the plan alone decides of each bar; the first column is where it begins."""
        bars = self._plan.bars
        mode = MODES.index(self._plan.key.mode)
        rows = [
            (
                bar.offset,
                meter_index(bar),
                mode,
                min(len(bars) - 1 - index, MOST_BARS_LEFT),
                number % PHRASE,
            )
            for index, (bar, number) in enumerate(zip(bars, bar_indices(self._plan), strict=True))
        ]
        return np.array(rows, np.int32)


def _closes(plan: Plan, language: AbcLanguage) -> dict[int, tuple[int, str]]:
    """Of the last bar of every section, the units of its close and how it closes."""
    found = sections(plan.limits.closes)
    if not found or (not plan.limits.form and len(plan.bars) < 2):
        return {}
    bars = len(plan.bars) // len(found)
    units = max(close_ticks(plan.meter) * language.units_per_quarter // TICKS_PER_QUARTER, 1)
    return {
        number * bars - 1: (units, section.close) for number, section in enumerate(found, start=1)
    }
