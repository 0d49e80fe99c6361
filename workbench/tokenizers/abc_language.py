"""The text of a tune in ABC: one line of notes as the body that stands below a header, and back.

Conventions
-----------
The unit length is an eighth (``L:1/8``); key and meter are the plan's and are not written. Every bar ends with ``|``.

A *unit* is the shortest plain note value of the grid: a sixteenth on 4 steps to the quarter, a thirty-second on 24.
Plain values are powers of two of it, and the dotted ones; any other length is some of these, tied
(``C4-C`` is five eighths). Where the grid divides a quarter by three, three notes may stand in the
time of two, ``(3CDE``; the three are of equal length, and ties say the rest: ``(3C-CD`` is a quarter
and an eighth. What begins or ends at no such place cannot be said.

A sign means the same wherever it stands: every altered note carries its ``^`` or ``_``, and a natural one
carries ``=`` after its letter was altered in the bar, in whatever octave. ABC readers differ on how long
and how far an accidental lasts; they all agree on this text.

References
----------
Chris Walshaw, "The abc music standard 2.1", 2011, https://abcnotation.com/wiki/abc:standard:v2.1. Sturm, Santos,
Ben-Tal & Korshunova, *Music transcription modelling and composition using deep learning* (2016), who taught
networks to write tunes in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.score import spell
from workbench.core.vocabulary import Plan
from workbench.tokenizers.grid import HOLD, REST

LONGEST = 8  # quarter notes of one sign
WIDEST = 2  # quarter notes of one sign of a triplet, as it is written
SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
BAR, OPEN_TRIPLET = "|", "(3"
ITEM = re.compile(
    r"(?P<mark>\||\(3)|(?P<head>z|(?P<sign>\^\^?|__?|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*))"
    r"(?P<size>[0-9/]*)(?P<tie>-?)"
)
"""A barline, the opening of a triplet, a note or a rest."""
_STEPS = "FCGDAEB"  # on the line of fifths, from -1
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch_of(head: str) -> int:
    """The pitch of a note whose sign means what it says: ``^F`` is 66, ``F`` and ``=F`` are 65."""
    found = ITEM.fullmatch(head)
    assert found is not None and found["letter"]  # a note
    octave = 4 + found["letter"].islower() + found["octave"].count("'") - found["octave"].count(",")
    sign = found["sign"] or ""
    alter = sign.count("^") - sign.count("_")
    return 12 * (octave + 1) + _NATURAL[found["letter"].upper()] + alter


def note_text(pitch: int, altered: str, fifths: int = 0) -> tuple[str, str]:
    """A note under a signature, after the letters of ``altered`` in its bar; and those letters after it."""
    spelling = spell(pitch, fifths)
    letter, alter = _STEPS[(spelling + 1) % 7], (spelling + 1) // 7
    octave = (pitch - alter) // 12 - 1
    usual = (fifths - _STEPS.index(letter) + 6) // 7
    sign = SIGNS[alter] if alter != usual or letter in altered else ""
    if alter != usual:
        altered = "".join(sorted({*altered, letter}))
    name = letter.lower() + "'" * (octave - 5) if octave > 4 else letter + "," * (4 - octave)
    return sign + name, altered


@dataclass(frozen=True)
class AbcLanguage:
    """Lines of notes on a grid as text."""

    steps_per_quarter: int

    @cached_property
    def has_triplets(self) -> bool:
        """Whether the grid divides a quarter by three."""
        return self.steps_per_quarter % 3 == 0

    @cached_property
    def unit(self) -> int:
        """Steps of the shortest plain value."""
        return 3 if self.has_triplets else 1

    @cached_property
    def units_per_quarter(self) -> int:
        """Shortest plain values in a quarter note."""
        return self.steps_per_quarter // self.unit

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Units of every length a sign can have, by its text: ``3/`` is three sixteenths."""
        units = [1]
        while units[-1] < LONGEST * self.units_per_quarter:
            units.append(units[-1] * 2)
        dotted = [3 * each for each in units if 3 * each < units[-1]]
        return {self._size(each): each for each in sorted([*units, *dotted])}

    @cached_property
    def texts(self) -> dict[int, str]:
        """The text of each of these lengths, the longest first."""
        return dict(sorted(((units, text) for text, units in self.sizes.items()), reverse=True))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Units of one sign of a triplet, as it is written, the widest first."""
        most = WIDEST * self.units_per_quarter if self.has_triplets else 0
        return tuple(units for units in self.texts if units <= most and units & (units - 1) == 0)

    def _size(self, units: int) -> str:
        """The length in eighths."""
        value = Fraction(2 * units, self.units_per_quarter)
        if value.denominator == 1:
            return "" if value == 1 else str(value)
        numerator = "" if value.numerator == 1 else value.numerator
        return f"{numerator}/{'' if value.denominator == 2 else value.denominator}"

    # --- writing ------------------------------------------------------------------------------

    def write(
        self, line: NDArray[np.int32], plan: Plan, steps: int, fifths: int = 0
    ) -> Iterator[str]:
        """The text of a line bar by bar, as far as ``steps``; a bar that is cut there has no ``|``.

        Parameters
        ----------
        line
            (T,) in the key of ``fifths`` sharps. Where it is longer than ``steps``, the last note is tied to what follows.

        Raises
        ------
        CannotEncode
            Where a note begins or ends, or a bar ends, at no place this language has.
        """
        starts = np.flatnonzero(line != HOLD).tolist()
        notes = [(a, b, int(line[a])) for a, b in pairwise([*starts, len(line)])]
        ends = list(accumulate(bar.steps for bar in plan.bars))
        first = 0
        for number, (start, end) in enumerate(pairwise([0, *ends]), start=1):
            stop = min(end, steps)
            if start >= stop:
                return
            while notes[first][1] <= start:
                first += 1
            inside = [note for note in notes[first:] if note[0] < stop]
            if (stop - start) % self.unit:
                raise CannotEncode(
                    f"Bar {number} ends within a triplet, which ABC does not write; mend its length."
                )
            yield _Bar(self, inside, start, number, fifths).write(stop) + BAR * (stop == end)

    # --- reading ------------------------------------------------------------------------------

    def read(self, text: str, steps: int) -> NDArray[np.int32]:
        """(steps,) the line of a text whose signs mean what they say; it must hold so many steps."""
        line = np.full(steps, HOLD, np.int32)
        at, slots, tied, resting = 0, 0, False, False
        for item in ITEM.finditer(text):
            if item["mark"]:
                slots = 3 if item["mark"] == OPEN_TRIPLET else slots
                continue
            is_rest = item["head"] == "z"
            if not (tied or (is_rest and resting)):
                line[at] = REST if is_rest else pitch_of(item["head"])
            units = self.sizes[item["size"]]
            at += 2 * units if slots else units * self.unit
            slots, tied, resting = max(slots - 1, 0), bool(item["tie"]), is_rest
        return line

    def respell(self, text: str, shift: int, fifths: int) -> str:
        """The text moved by ``shift`` semitones, as it stands under a signature of ``fifths`` sharps."""
        altered = ""

        def moved(item: re.Match[str]) -> str:
            nonlocal altered
            if item["mark"] == BAR:
                altered = ""
            if not item["letter"]:
                return item[0]
            head, altered = note_text(pitch_of(item["head"]) + shift, altered, fifths)
            return head + item["size"] + item["tie"]

        return ITEM.sub(moved, text)


class _Bar:
    """Writes one bar, note after note."""

    def __init__(
        self,
        language: AbcLanguage,
        notes: list[tuple[int, int, int]],
        start: int,
        number: int,
        fifths: int,
    ) -> None:
        self.language, self.notes, self.start = language, notes, start
        self.number, self.fifths = number, fifths
        self.altered = ""
        self.words: list[str] = []

    def write(self, stop: int) -> str:
        """The text up to step ``stop``."""
        unit, at, index = self.language.unit, self.start, 0
        while at < stop:
            while self.notes[index][1] <= at:
                index += 1
            note = self.notes[index]
            end = min(note[1], stop)
            if (end - self.start) % unit == 0:
                self._plain(note, at, end)
                at = end
                continue
            begin, width = self._triplet(at, end, stop)
            self._plain(note, at, begin)
            self.words.append(OPEN_TRIPLET)
            at = begin + 3 * 2 * width
            for slot in range(begin, at, 2 * width):
                sounding = next(each for each in self.notes if each[1] > slot)
                self._sign(sounding, slot + 2 * width, self.language.texts[width])
        return "".join(self.words)

    def _plain(self, note: tuple[int, int, int], at: int, end: int) -> None:
        """A note from ``at`` to ``end`` in as few plain values as possible, the longest first."""
        left = (end - at) // self.language.unit
        for units, text in self.language.texts.items():
            while units <= left:
                left -= units
                self._sign(note, end - left * self.language.unit, text)

    def _sign(self, note: tuple[int, int, int], end: int, size: str) -> None:
        if note[2] == REST:
            self.words.append(f"z{size}")
            return
        name, self.altered = note_text(note[2], self.altered, self.fifths)
        self.words.append(name + size + "-" * (note[1] > end))

    def _triplet(self, at: int, edge: int, stop: int) -> tuple[int, int]:
        """Begin and width (units) of a triplet, not before ``at``, one of whose notes begins at ``edge``.

        On its own beat rather than across it, and the widest that holds no edge between its notes.
        """
        edges = {end for _, end, _ in self.notes if at < end < stop}
        found = []
        for width in self.language.widths:
            slot = 2 * width
            for begin in (edge - slot, edge - 2 * slot):
                end = begin + 3 * slot
                inside = {each for each in edges if begin < each < end}
                on_unit = (begin - self.start) % self.language.unit == 0
                if on_unit and at <= begin and end <= stop and inside <= {begin + slot, end - slot}:
                    found.append(((begin - self.start) % (3 * slot) != 0, -width, begin))
        if not found:
            raise CannotEncode(
                f"In bar {self.number} a note begins or ends neither on a plain note value nor on a triplet; "
                "leave the piece out, or choose a tokenizer with equal steps."
            )
        _, width, begin = min(found)
        return begin, -width
