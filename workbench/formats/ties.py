"""Notes as written to notes as they sound: those tied to one another become one."""

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.core.score import UNSPELLED

Row = list[int]
"""Onset, duration, pitch, velocity, part, spelling: what ``make_notes`` takes."""


@dataclass(frozen=True)
class WrittenNote:
    """A note with its own note head, from ``onset`` to ``end`` in ticks of the piece."""

    onset: int
    end: int
    pitch: int
    velocity: int
    spelling: int
    voice: str
    ties: frozenset[str]
    """Which of ``start`` and ``stop`` it has."""


def joined(notes: Iterable[WrittenNote], part: int) -> list[Row]:
    """Rows of one part; a note that stops a tie lengthens the one that ends where it begins.

    A tie whose other end is missing makes no difference: the note sounds as it is written.
    """
    rows: list[Row] = []
    open_ties: dict[int, list[tuple[str, Row]]] = {}  # pitch to voices and rows
    for note in notes:
        row = _take(open_ties, note) if "stop" in note.ties else None
        if row:
            row[1] = note.end - row[0]
        else:
            spelling = note.spelling if -15 <= note.spelling <= 19 else UNSPELLED
            length = max(1, note.end - note.onset)
            row = [note.onset, length, note.pitch, note.velocity, part, spelling]
            rows.append(row)
        if "start" in note.ties:
            open_ties.setdefault(note.pitch, []).append((note.voice, row))
    return rows


def _take(open_ties: dict[int, list[tuple[str, Row]]], note: WrittenNote) -> Row | None:
    """The tied row of this pitch that ends here, of the same voice if there is one."""
    waiting = open_ties.get(note.pitch, [])
    ending = [item for item in waiting if item[1][0] + item[1][1] == note.onset]
    if not ending:
        return None
    chosen = next((item for item in ending if item[0] == note.voice), ending[0])
    waiting[:] = [item for item in waiting if item is not chosen]
    return chosen[1]
