"""Melodies as people give them: played or sung in seconds, or written down as a list of notes.

A *row* is a pitch, or a rest, and a length in quarter notes; rows stand one after another, so a list of them is a
melody whatever is changed in it. What was played is brought onto a grid of ``GRID`` steps to the quarter, from its first note on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.score import Key, Meter, Part, Score, Tempo, bars, make_notes, quarters, spell

GRID = 4  # steps to the quarter
MOST_NOTES = 512
MOST_QUARTERS = 256
LONGEST_SECONDS = 600.0  # of a take
SLOWEST, FASTEST = 50, 180  # quarters a minute that a tempo is looked for in
JOINED = 2  # steps: a gap no longer than this is how somebody played, and no rest
USUAL_TEMPO = 100.0
_VELOCITY, _FLUTE = 80, 73


@dataclass(frozen=True)
class Struck:
    """A note as it was played or sung: seconds from the beginning of the take, and a MIDI number."""

    on: float
    off: float
    pitch: int

    def __post_init__(self) -> None:
        if not (0 <= self.on < self.off <= LONGEST_SECONDS and 0 <= self.pitch <= 127):
            raise InvalidSetting("This take holds what is no note; play it again.")


@dataclass(frozen=True)
class Row:
    """One line of a melody: ``pitch`` is None for a rest, ``quarters`` its length."""

    pitch: int | None
    quarters: float

    def __post_init__(self) -> None:
        if self.pitch is not None and not 0 <= self.pitch <= 127:
            raise InvalidSetting(f"{self.pitch} is no pitch; write a note such as C4 or F#5.")
        if not 1 / GRID <= self.quarters <= MOST_QUARTERS or self.quarters * GRID % 1:
            raise InvalidSetting(
                f"A length of {self.quarters:g} quarters does not fit the grid; write quarters in steps of {1 / GRID:g}."
            )


def quantised(struck: Sequence[Struck], tempo: float) -> list[Row]:
    """What was played, on the grid at so many quarters a minute. Of notes struck together the highest stays."""
    if not struck:
        raise InvalidSetting("Not a single note was heard; play or sing again.")
    notes = sorted(struck, key=lambda note: note.on)[:MOST_NOTES]
    rate = tempo / 60 * GRID
    # The grid lies where the notes as a whole begin, for the first one may be early or late itself.
    phase = float(np.angle(np.exp(2j * np.pi * rate * np.array([n.on for n in notes])).mean()))
    shift = phase / (2 * np.pi) + round(notes[0].on * rate - phase / (2 * np.pi))
    line: dict[int, tuple[int, int]] = {}  # the step it begins on: its last step, its pitch
    for note in notes:
        on, off = round(note.on * rate - shift), round(note.off * rate - shift)
        if on not in line or note.pitch > line[on][1]:
            line[on] = (max(off, on + 1), note.pitch)
    starts = sorted(line)
    rows: list[Row] = []
    for number, on in enumerate(starts):
        off, pitch = line[on]
        following = starts[number + 1] if number + 1 < len(starts) else off
        end = following if following - off <= JOINED else off
        rows.append(Row(pitch, (end - on) / GRID))
        if end < following:
            rows.append(Row(None, (following - end) / GRID))
    return rows


def tempo_of(struck: Sequence[Struck]) -> float:
    """The tempo in quarters a minute at which the notes begin nearest to a grid of eighths.

    Of tempos that fit alike the one nearest to ``USUAL_TEMPO`` is taken, for a melody at 60 is the same as at 120.
    """
    onsets = np.unique([note.on for note in struck])
    if len(onsets) < 3:
        return USUAL_TEMPO
    gaps = np.diff(onsets)
    tempos = np.arange(SLOWEST, FASTEST + 1, dtype=float)
    eighths = gaps[np.newaxis] * tempos[:, np.newaxis] / 30  # (tempos, gaps)
    off = np.abs(eighths - np.maximum(np.rint(eighths), 1)).mean(axis=1)
    return float(tempos[np.argmin(off + 0.12 * np.abs(np.log2(tempos / USUAL_TEMPO)))])


def melody_of(
    rows: Sequence[Row], meter: str = "4/4", tempo: float = USUAL_TEMPO, key: Key | None = None
) -> Score:
    """The rows as a score of one part; in C major where no key is given.

    Raises ``InvalidSetting`` where there is no note, or more than ``MOST_NOTES`` rows or ``MOST_QUARTERS``.
    """
    if not any(row.pitch is not None for row in rows):
        raise InvalidSetting("The melody has no note yet; write one, such as C4.")
    if len(rows) > MOST_NOTES or sum(row.quarters for row in rows) > MOST_QUARTERS:
        raise InvalidSetting(
            f"The melody is longer than {MOST_NOTES} notes or {MOST_QUARTERS} quarters; give a shorter one."
        )
    key = key or Key(0, 0)
    onset, notes = 0, []
    for row in rows:
        length = quarters(row.quarters)
        if row.pitch is not None:
            notes.append((onset, length, row.pitch, _VELOCITY, 0, spell(row.pitch, key.fifths)))
        onset += length
    numerator, _, denominator = meter.partition("/")
    return Score(
        make_notes(notes), (Meter(0, int(numerator), int(denominator)),), (key,), (Tempo(0, tempo),),
        (Part("Melody", _FLUTE),),
    )  # fmt: skip


def rows_of(score: Score) -> list[Row] | None:
    """A score as rows, where it is one melody on the grid; else None."""
    rows, now = [], 0
    notes: NDArray[np.void] = np.sort(score.notes, order="onset")
    step = quarters(1) // GRID
    if len(notes) > MOST_NOTES or len(bars(score)) > MOST_QUARTERS:
        return None
    for onset, duration, pitch in notes[["onset", "duration", "pitch"]].tolist():
        if onset < now or onset % step or duration % step:
            return None
        if onset > now:
            rows.append(Row(None, (onset - now) / quarters(1)))
        rows.append(Row(pitch, duration / quarters(1)))
        now = onset + duration
    return rows if len(rows) <= MOST_NOTES and now <= quarters(MOST_QUARTERS) else None
