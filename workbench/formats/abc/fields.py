"""ABC's information fields: keys (``K:``), meters (``M:``), unit lengths (``L:``), tempos (``Q:``)."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from workbench.core.score import Key, Meter, parse_key

STEPS = "FCGDAEB"
MODES = {
    "": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor",
    "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian", "loc": "locrian",
}  # fmt: skip
SLOWEST_BPM = 40  # the lowest mark on a metronome
ALTERS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_KEY = re.compile(r"([A-G])([#b♯♭]?)\s*([A-Za-z]*)")
_CLEF = re.compile(
    r"\b(?:clef|middle|octave|transpose|stafflines|score|staffscale)\s*=\s*\S+"
    r"|\b(?:treble|bass|alto|tenor|perc|none)[+-]?8?\b",
    re.IGNORECASE,
)

MOVES = re.compile(
    r"\b(?:octave|transpose)\s*=\s*[+-]?[1-9]|\b(?:treble|bass|alto|tenor)[+-]8\b", re.IGNORECASE
)
"""What would have notes sound elsewhere than they are written."""


@dataclass(frozen=True)
class KeyField:
    """A key with the alteration of every step under it, global accidentals included."""

    key: Key
    alters: dict[str, int] = field(hash=False)
    remark: str = ""


def read_key(text: str) -> KeyField | None:
    """The value of a ``K:`` field: ``Ador``, ``D mix``, ``Dmix=c``, ``HP``, ``none``.

    None where it says nothing of the key (``K:clef=bass``).
    """
    text = text.strip()
    if text.upper().startswith("HP"):  # Highland pipes: F and C sharp, whatever is printed
        return _key_field(parse_key("A mixolydian"), "")
    if not text or text.lower().startswith("none"):
        return _key_field(Key(0, 0), "")
    rest = _CLEF.sub("", text).strip()
    if not rest:
        return None
    found = _KEY.match(rest)
    if not found:
        remark = f"The key {text!r} was not understood and taken for C major."
        return _key_field(Key(0, 0), rest, remark)
    tonic, accidental, word = found.groups()
    mode = "" if word == "exp" else MODES.get(word.lower()[:3])
    remark = "" if mode is not None else f"The mode in the key {text!r} was taken for major."
    try:
        sign = accidental.replace("♯", "#").replace("♭", "b")
        key = parse_key(f"{tonic}{sign} {mode or 'major'}")
    except ValueError:
        key, remark = Key(0, 0), f"The key {text!r} was not understood and taken for C major."
    fields = _key_field(key, rest[found.end() :], remark)
    if word == "exp":  # the accidentals alone are the signature
        return KeyField(key, _key_field(Key(0, 0), rest[found.end() :]).alters, remark)
    return fields


def _key_field(key: Key, accidentals: str, remark: str = "") -> KeyField:
    alters = {step: (key.fifths - STEPS.index(step) + 6) // 7 for step in STEPS}
    for sign, step in re.findall(r"(\^\^?|__?|=)([A-Ga-g])", accidentals):
        alters[step.upper()] = ALTERS[sign]
    return KeyField(key, alters, remark)


def read_meter(text: str) -> Meter | None:
    """The value of an ``M:`` field: ``6/8``, ``C``, ``C|``, ``2+3/8``; None for free meter."""
    text = text.strip().strip("()")
    if text.startswith("C|"):
        return Meter(0, 2, 2)
    if text.startswith("C"):
        return Meter(0, 4, 4)
    found = re.match(r"\(?([\d+ ]+)\)?\s*/\s*(\d+)", text)
    if not found:
        return None
    beats = sum(int(part) for part in found[1].split("+") if part.strip())
    try:
        return Meter(0, beats, int(found[2]))
    except ValueError:
        return None


def read_unit(text: str) -> Fraction | None:
    """The value of an ``L:`` field in whole notes: ``1/8``."""
    found = re.match(r"\s*(\d+)\s*/\s*(\d+)", text)
    if found and int(found[1]) and int(found[2]):
        return Fraction(int(found[1]), int(found[2]))
    return Fraction(1) if text.strip() == "1" else None


def default_unit(meter: Meter | None) -> Fraction:
    """The unit length where ``L:`` is missing: 1/16 below a meter of 3/4, else 1/8."""
    if meter and Fraction(meter.numerator, meter.denominator) < Fraction(3, 4):
        return Fraction(1, 16)
    return Fraction(1, 8)


def read_tempo(text: str, unit: Fraction) -> float | None:
    """The value of a ``Q:`` field in quarters a minute: ``1/4=120``, ``3/8=60``, or a number alone.

    The standard counts a number alone in unit lengths; where that would be slower than any metronome,
    its writer meant quarters.
    """
    text = re.sub(r'"[^"]*"', "", text).strip()
    beat, equals, speed = text.rpartition("=")
    number = re.match(r"\s*(\d+(?:\.\d+)?)", speed)
    if not number:
        return None
    lengths = [Fraction(int(a), int(b)) for a, b in re.findall(r"(\d+)\s*/\s*([1-9]\d*)", beat)]
    alone = not (equals and lengths)
    bpm = float(number[1]) * float((unit if alone else sum(lengths, Fraction(0))) * 4)
    if alone and bpm <= SLOWEST_BPM:
        bpm = float(number[1])
    return round(bpm, 6) if 1 <= bpm <= 2000 else None
