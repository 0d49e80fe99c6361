"""A score in words, for those who do not see it: what it is, and its notes bar by bar.

Bars are numbered as they are engraved: an upbeat is not counted, and of a bar in two parts the second is the upbeat of what follows.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Bar,
    Key,
    Score,
    bars,
    key_at,
    pitch_name,
    spell,
)

LENGTHS = {
    4.0: "whole", 3.0: "dotted half", 2.0: "half", 1.5: "dotted quarter", 1.0: "quarter", 0.75: "dotted eighth",
    0.5: "eighth", 0.375: "dotted sixteenth", 0.25: "sixteenth", 0.125: "thirty-second",
}  # fmt: skip
"""Names by the length in quarters."""


def overview(score: Score) -> str:
    """One sentence: key, meter, tempo, bars and parts."""
    lines = bars(score)
    numbers = bar_numbers(lines)
    meter = f"{score.meters[0].numerator}/{score.meters[0].denominator}"
    kinds = {(each.numerator, each.denominator) for each in score.meters}
    counted = len({number for number in numbers if number > 0})
    words = [
        f"{_key(score.keys[0])}{', with changes' if len({(k.fifths, k.mode) for k in score.keys}) > 1 else ''}",
        f"{meter}{', with changes' if len(kinds) > 1 else ''}",
        f"{score.tempos[0].bpm:.0f} quarters a minute",
        f"{counted} {'bar' if counted == 1 else 'bars'}{' after an upbeat' if numbers[0] == 0 else ''}",
        _parts(score),
    ]
    return "; ".join(words) + "."


def bar_by_bar(score: Score, first: int | None = None) -> list[str]:
    """A line for every bar, such as ``Bar 1: G4 quarter, rest eighth, B4 eighth``; parts in their order, with their names.

    ``first`` is the number of the first bar, where it is known to be another than ``bar_numbers`` begins with.
    """
    lines = bars(score)
    starts = np.array([bar.start for bar in lines])
    index = np.searchsorted(starts, score.notes["onset"], side="right") - 1
    said = []
    numbers = bar_numbers(lines, first)
    for place, (bar, number) in enumerate(zip(lines, numbers, strict=True)):
        inside = score.notes[index == place]
        before = score.notes[
            (score.notes["onset"] < bar.start)
            & (score.notes["onset"] + score.notes["duration"] > bar.start)
        ]
        voices = []
        for part, player in enumerate(score.parts):
            words = _bar(score, bar, inside[inside["part"] == part], before[before["part"] == part])
            name = f"{player.name or f'part {part + 1}'}: " if len(score.parts) > 1 else ""
            voices.append(f"{name}{words}")
        completes = place > 0 and numbers[place - 1] == number
        name = "Upbeat" if number == 0 else f"Bar {number}{', second part' if completes else ''}"
        said.append(f"{name}: {'; '.join(voices)}")
    return said


def _bar(score: Score, bar: Bar, notes: NDArray[np.void], held: NDArray[np.void]) -> str:
    """The notes of one part that begin in a bar, and the rests between them."""
    words, heard = [], bar.start
    if len(held):
        heard = min(int((held["onset"] + held["duration"]).max()), bar.end)
        words.append("held " + " and ".join(_pitch(score, note) for note in held))
    for onset in np.unique(notes["onset"]).tolist():
        chord = notes[notes["onset"] == onset]
        if onset > heard:
            words.append(f"rest {_length(onset - heard)}")
        length = int(chord["duration"].max())
        names = " and ".join(_pitch(score, note) for note in chord)
        words.append(f"{names} {_length(length)}")
        heard = max(heard, onset + length)
    if heard == bar.start:
        return "rest"
    if heard < bar.end:
        words.append(f"rest {_length(bar.end - heard)}")
    return ", ".join(words)


def _pitch(score: Score, note: np.void) -> str:
    """``F sharp 4``; the score's own spelling, else that of the key."""
    if score.parts[note["part"]].is_drum:
        return f"drum {note['pitch']}"
    pitch, spelling = int(note["pitch"]), int(note["spelling"])
    name = pitch_name(pitch, spelling if -15 <= spelling <= 19 else _spelling(score, note))
    step, sharps, flats = name[0], name.count("#"), name[1:].count("b")
    sign = " double" * (sharps + flats == 2) + " sharp" * bool(sharps) + " flat" * bool(flats)
    octave = name.lstrip("ABCDEFG").lstrip("#b")
    return f"{step}{sign} {octave}" if sign else f"{step}{octave}"


def _spelling(score: Score, note: np.void) -> int:
    return spell(int(note["pitch"]), key_at(score, int(note["onset"])).fifths)


def _length(ticks: int) -> str:
    share = ticks / TICKS_PER_QUARTER
    if share in LENGTHS:
        return LENGTHS[share]
    third = Fraction(ticks * 3, TICKS_PER_QUARTER * 2)
    if float(third) in LENGTHS:
        return f"triplet {LENGTHS[float(third)]}"
    return f"of {Fraction(ticks, TICKS_PER_QUARTER).limit_denominator(64)} quarters"


def _key(key: Key) -> str:
    name = str(key)
    return name[0] + name[1:].replace("#", " sharp", 1).replace("b ", " flat ", 1)


def _parts(score: Score) -> str:
    names = [part.name for part in score.parts]
    if len(names) == 1:
        return "one part"
    return f"{len(names)} parts" + (f": {', '.join(names)}" if all(names) else "")
