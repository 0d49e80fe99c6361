"""The notes of one ABC voice, sign by sign."""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from workbench.core.score import TICKS_PER_QUARTER, Key, Meter
from workbench.formats.abc.fields import ALTERS, KeyField

_LENGTH = r"\d*(?:/\d*)*"
NOTE = re.compile(rf"(\^\^?|__?|=)?([A-Ga-g])([,']*)({_LENGTH})(\s*-)?")
TOKEN = re.compile(
    rf"""
      (?P<inline>\[[A-Za-z]:[^\]\n]*\])
    | (?P<quoted>"[^"\n]*"?)
    | (?P<decoration>![^!\s|]+!|\+[A-Za-z0-9.<>()]+\+)
    | (?P<grace>\{{[^}}]*\}}?)
    | (?P<ending>\[\s*\d[\d,.\-]*)
    | (?P<bar>\.?(?:\[\|[\]|:]*|:*\|[|:\]]*|::+)(?:\d[\d,.\-]*)?)
    | (?P<tuplet>\(\d(?::\d*){{0,2}})
    | (?P<chord>\[(?P<inside>[^\]\n]*)\](?P<chord_length>{_LENGTH})(?P<chord_tie>\s*-)?)
    | (?P<note>(?:\^\^?|__?|=)?[A-Ga-g][,']*{_LENGTH}(?:\s*-)?)
    | (?P<rest>[zxZX])(?P<rest_length>{_LENGTH})
    | (?P<broken>>+|<+)
    | (?P<overlay>&)
    | (?P<ignored>y\d*|[\s()`\\.~!H-WYh-w\-$*;?@\#])
    | (?P<unknown>.)
    """,
    re.VERBOSE,
)
PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_FIFTHS = "FCGDAEB"
_TUPLET_TIME = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}

Ticks = Fraction | int


@dataclass
class RawNote:
    """A sounding note in the making: a broken rhythm or a tie may still change its length."""

    onset: Ticks
    duration: Ticks
    pitch: int
    spelling: int


@dataclass
class Voice:
    """Reads the music of one voice; the state lasts over lines, as ABC's does."""

    unit: Fraction  # in whole notes
    key: KeyField
    meter: Meter | None
    scope: str = "pitch"
    name: str = ""
    notes: list[RawNote] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    time: Ticks = 0
    bar_start: Ticks = 0
    graces: int = 0
    repeats: int = 0
    unknown: set[str] = field(default_factory=set)
    _longest: Ticks = 0  # where the longest layer of this bar ends
    _accidentals: dict[tuple[str, int], int] = field(default_factory=dict)
    _ties: list[tuple[str, int, RawNote]] = field(default_factory=list)
    _last: list[RawNote] = field(default_factory=list)  # what a broken rhythm lengthens
    _last_length: Ticks = 0
    _factor: Fraction = Fraction(1)  # of the next note, after a broken rhythm
    _tuplet: tuple[Fraction, int] = (Fraction(1), 0)  # ratio, and notes it is still for

    # --- fields ---

    def set_key(self, key: KeyField) -> None:
        self.key = key
        self.keys.append(Key(round(self.time), key.key.fifths, key.key.mode))
        self._accidentals = {}

    def set_meter(self, meter: Meter | None) -> None:
        self.meter = meter
        if meter:
            self.meters.append(Meter(round(self.time), meter.numerator, meter.denominator))
            self.bar_start = self.time

    # --- music ---

    def read(self, token: re.Match[str]) -> None:
        """One token other than an inline field."""
        kind = token.lastgroup
        if token["note"]:
            found = NOTE.match(token["note"])
            assert found is not None  # the token has NOTE's own form
            self._sound([found], length(found[4]), tied=bool(found[5]))
        elif token["chord"] is not None:
            self._chord(token)
        elif token["rest"]:
            self._rest(token["rest"], token["rest_length"])
        elif token["bar"]:
            self._bar(token["bar"])
        elif token["tuplet"]:
            self._begin_tuplet(token["tuplet"])
        elif token["broken"]:
            self._break(token["broken"])
        elif kind == "overlay":
            self._longest = max(self._longest, self.time)
            self.time = self.bar_start
        elif kind == "grace":
            self.graces += len(re.findall("[A-Ga-g]", token["grace"]))
        elif kind == "unknown":
            self.unknown.add(token["unknown"])

    def finish(self) -> None:
        """Call after the last token."""
        self._bar("|")

    def _chord(self, token: re.Match[str]) -> None:
        inside = re.sub(r'"[^"]*"|![^!]*!', "", token["inside"])
        members = list(NOTE.finditer(inside))
        if members:
            outer = length(token["chord_length"])
            self._sound(members, length(members[0][4]) * outer, tied=bool(token["chord_tie"]))

    def _sound(self, members: list[re.Match[str]], multiple: Ticks, *, tied: bool) -> None:
        """One note, or the notes of a chord; all take the length of the first."""
        duration = self._length(multiple)
        open_ties, self._ties, self._last = self._ties, [], []
        for member in members:
            step, octave = member[2].upper(), 4 + member[2].islower()
            octave += member[3].count("'") - member[3].count(",")
            held = [n for s, o, n in open_ties if (s, o) == (step, octave) and self._ends_here(n)]
            pitch, spelling = self._pitch(member[1], step, octave, held)
            note = next((n for n in held if n.pitch == pitch), None)
            if note:
                note.duration += duration
            else:
                note = RawNote(self.time, duration, pitch, spelling)
                self.notes.append(note)
            self._last.append(note)
            if tied or member[5]:
                self._ties.append((step, octave, note))
        self._advance(duration)

    def _ends_here(self, note: RawNote) -> bool:
        return note.onset + note.duration == self.time

    def _pitch(
        self, sign: str | None, step: str, octave: int, held: list[RawNote]
    ) -> tuple[int, int]:
        """Pitch and spelling of a note; ``held`` are those of its step that are tied to here."""
        scope = (step, octave if self.scope == "octave" else 0)
        if sign is not None:
            alter = ALTERS[sign]
            if self.scope != "not":
                self._accidentals[scope] = alter
        else:
            alter = self._accidentals.get(scope, self.key.alters[step])
        pitch = min(127, max(0, 12 * (octave + 1) + PITCH_CLASSES[step] + alter))
        if sign is None and held and all(note.pitch != pitch for note in held):
            return held[0].pitch, held[0].spelling  # a tie carries its accidental over the barline
        return pitch, _FIFTHS.index(step) - 1 + 7 * alter

    def _rest(self, sign: str, text: str) -> None:
        self._ties, self._last = [], []
        if sign in "ZX":
            bar = self.meter.bar_ticks if self.meter else 4 * TICKS_PER_QUARTER
            count = length(text)
            for _ in range(min(int(count), 1000)):
                self.time += bar
                self._bar("|")
            if count < 1:
                self.time += bar
            return
        self._advance(self._length(length(text)))

    def _length(self, multiple: Ticks) -> Ticks:
        """Ticks of a written length here, under tuplet and broken rhythm."""
        ratio, left = self._tuplet
        if left:
            multiple *= ratio
            self._tuplet = (ratio, left - 1)
        ticks = self._last_length = _whole(multiple * _in_ticks(self.unit))
        if self._factor != 1:
            ticks, self._factor = _whole(ticks * self._factor), Fraction(1)
        return ticks

    def _advance(self, duration: Ticks) -> None:
        self.time += duration

    def _break(self, signs: str) -> None:
        """``a>b``: the first is dotted and the second halved; more signs, more dots."""
        small = Fraction(1, 2 ** len(signs))
        first, second = (2 - small, small) if signs[0] == ">" else (small, 2 - small)
        change = _whole(self._last_length * (first - 1))
        for note in self._last:
            note.duration = _whole(note.duration + change)
        self.time = _whole(self.time + change)
        self._factor = second

    def _begin_tuplet(self, text: str) -> None:
        numbers = [*text[1:].split(":"), "", ""][:3]
        count = int(numbers[0])
        if count < 2:
            return
        meter = self.meter
        compound = meter is not None and meter.beat_ticks * meter.numerator > meter.bar_ticks
        time = int(numbers[1] or 0) or _TUPLET_TIME.get(count, 3 if compound else 2)
        self._tuplet = (Fraction(time, count), int(numbers[2] or 0) or count)

    def _bar(self, signs: str) -> None:
        """A barline: accidentals end, and a bar of unusual length restates the meter after it."""
        self.repeats += ":" in signs
        self._accidentals = {}
        self.time = max(self.time, self._longest)
        self._longest = 0
        passed = self.time - self.bar_start
        if passed == 0:
            return
        if self.meter and passed != self.meter.bar_ticks:
            restated = Meter(round(self.time), self.meter.numerator, self.meter.denominator)
            self.meters.append(restated)
        self.bar_start = self.time


@lru_cache(maxsize=256)
def length(text: str) -> Ticks:
    """A written length: ``3``, ``/``, ``3/2``, ``//``; empty is 1."""
    head, *divisors = re.split(r"/", text)
    value = Fraction(int(head)) if head else Fraction(1)
    for divisor in divisors:
        value /= int(divisor) if divisor and int(divisor) else 2
    return _whole(value)


@lru_cache(maxsize=64)
def _in_ticks(unit: Fraction) -> Ticks:
    return _whole(unit * 4 * TICKS_PER_QUARTER)


def _whole(ticks: Ticks) -> Ticks:
    """An int where it is one: Fractions are slow."""
    if isinstance(ticks, Fraction) and ticks.denominator == 1:
        return ticks.numerator
    return ticks
