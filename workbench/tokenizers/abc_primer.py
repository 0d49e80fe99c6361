"""The ABC that a person types, as a line on the grid.

Notes with accidentals that last to the end of their bar in every octave, lengths (unit an eighth), rests, ties, broken rhythm (``a>b``),
duplets to quadruplets (``(3abc``), barlines. Chord symbols, grace notes and decorations say nothing here. Header lines are
refused: key and meter are asked for elsewhere, and nobody should think that these were read.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode
from workbench.core.vocabulary import Plan
from workbench.tokenizers.abc_language import pitch_of
from workbench.tokenizers.grid import HOLD, REST

EIGHTH = Fraction(1, 2)
_TUPLETS = {2: Fraction(3, 2), 3: Fraction(2, 3), 4: Fraction(3, 4)}
_SIGN = re.compile(
    r"""
      (?P<field>^[A-Za-z]:.*$)
    | (?P<bar>\[?[:|]*\|[|:\]]*)
    | \((?P<tuplet>[234])
    | (?P<sign>\^\^?|__?|=)?(?P<letter>[A-Ga-g])(?P<octave>[,']*)
        (?P<over>\d*)(?P<slashes>/*)(?P<under>\d*)\s*(?P<tie>-?)
    | (?P<rest>[zx])(?P<rest_over>\d*)(?P<rest_slashes>/*)(?P<rest_under>\d*)
    | (?P<broken>[<>])
    | (?P<silent>\s+|"[^"]*"|\{[^}]*\}|[~.`])
    | (?P<unknown>.)
    """,
    re.VERBOSE | re.MULTILINE,
)
_ORDER = "FCGDAEB"  # in which sharps come


@dataclass
class _Sound:
    quarters: Fraction
    pitch: int
    """``REST`` for none."""
    tied: bool = False
    text: str = ""


@dataclass
class Primer:
    """A text while it is read, in the key and the bars of a plan."""

    plan: Plan
    steps_per_quarter: int
    sounds: list[_Sound | None] = field(default_factory=list)
    """None for a barline."""
    _altered: dict[str, int] = field(default_factory=dict)
    _tuplet: tuple[Fraction, int] = (Fraction(1), 0)
    _broken: Fraction = Fraction(1)

    def line(self, text: str) -> tuple[NDArray[np.int32], int]:
        """The line in the plan's key, and how many steps were written; a last tie makes the line longer than these.

        Raises ``CannotEncode`` with the sign that is wrong.
        """
        signs = [found for found in _SIGN.finditer(text) if not found["silent"]]
        for number, found in enumerate(signs, start=1):
            self._take(found, number)
        return self._laid_out()

    def _take(self, found: re.Match[str], number: int) -> None:
        if found["field"] or found["unknown"]:
            what = "a header line" if found["field"] else f"Symbol {number}"
            raise CannotEncode(
                f"{what[0].upper()}{what[1:]} of the primer, {found[0]!r}, is not understood here; write the notes alone, such as "
                "'C2 E/F/ | (3GAB c2'."
            )
        if found["bar"]:
            self._altered = {}
            self.sounds.append(None)
        elif found["tuplet"]:
            count = int(found["tuplet"])
            self._tuplet = (_TUPLETS[count], count)
        elif found["broken"]:
            self._break(found[0], number)
        elif found["rest"]:
            self._add(_Sound(self._length(found, "rest_"), REST, text=found[0]))
        elif found["letter"]:
            pitch = self._pitch(found)
            self._add(_Sound(self._length(found, ""), pitch, bool(found["tie"]), found[0].strip()))

    def _length(self, found: re.Match[str], prefix: str) -> Fraction:
        over, slashes, under = (found[prefix + name] for name in ("over", "slashes", "under"))
        divisor = int(under) if under and slashes else 2 ** len(slashes)
        return EIGHTH * Fraction(int(over or 1), max(divisor, 1))

    def _pitch(self, found: re.Match[str]) -> int:
        letter = found["letter"].upper()
        if found["sign"]:
            self._altered[letter] = found["sign"].count("^") - found["sign"].count("_")
        usual = (self.plan.key.fifths - _ORDER.index(letter) + 6) // 7
        return pitch_of(found["letter"] + found["octave"]) + self._altered.get(letter, usual)

    def _add(self, sound: _Sound) -> None:
        factor, left = self._tuplet
        if left:
            sound.quarters *= factor
            self._tuplet = (factor, left - 1)
        sound.quarters, self._broken = sound.quarters * self._broken, Fraction(1)
        self.sounds.append(sound)

    def _break(self, sign: str, number: int) -> None:
        """``a>b`` dots the first and halves the second."""
        if not self.sounds or self.sounds[-1] is None:
            raise CannotEncode(
                f"Symbol {number} of the primer, {sign!r}, must stand between two notes."
            )
        first, second = Fraction(3, 2), Fraction(1, 2)
        if sign == "<":
            first, second = second, first
        self.sounds[-1].quarters *= first
        self._broken = second

    def _laid_out(self) -> tuple[NDArray[np.int32], int]:
        ends = {0, *accumulate(bar.steps for bar in self.plan.bars)}
        line = np.full(self.plan.steps + 1, HOLD, np.int32)
        at, tied_to, bars = 0, None, 0
        for sound in self.sounds:
            if sound is None:
                bars += at > 0
                if at not in ends:
                    raise CannotEncode(
                        f"Bar {bars} of the primer does not add up to {self.plan.meter}; mend its lengths."
                    )
                continue
            steps = sound.quarters * self.steps_per_quarter
            if steps.denominator > 1 or not steps:
                raise CannotEncode(
                    f"{sound.text!r} in the primer is too short, or of no length this model has; write a longer value."
                )
            if at + steps > self.plan.steps:
                raise CannotEncode(
                    f"The piece is full after its {len(self.plan.bars)} bars; shorten the primer or ask for more bars."
                )
            if sound.pitch != tied_to:
                line[at] = sound.pitch
            at, tied_to = at + int(steps), sound.pitch if sound.tied else None
        return line[: at + (tied_to is not None)], at
