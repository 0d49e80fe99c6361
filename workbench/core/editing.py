"""Editing a score by hand: what a person changed, note by note, and the score that comes of it.

What was changed is kept as a difference (:class:`NoteEdits`): the notes that were taken out and those that were put in, the fewest
that do it. A note that was moved is one of each. So a change can be applied to the score it was made of, taken back, and
told in figures, whatever the way was that led to it.

A person may write what no model would: notes beyond a range, two at once in one voice, triplets. What cannot be is
refused: pitches that MIDI has no number for, time before the beginning or beyond the last bar, parts that there are not, a
piece without notes. Onsets and durations are ticks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.score import NOTE, UNSPELLED, Bar, Score, bars, key_at, make_notes, spell

MOST_NOTES = 20_000
LOUDNESS = 80
"""Velocity of a note in a part that has no other."""
_NEW = -1
_FIELDS = 5

NoteRow = tuple[int, ...]
"""A note as ``core.score.NOTE`` has it: onset, duration, pitch, velocity, part, spelling."""


@dataclass(frozen=True)
class NoteEdits:
    """What differs between two scores of the same bars and parts: multisets of notes, each in order."""

    taken: tuple[NoteRow, ...] = ()
    """Notes that stand in the first alone."""
    put: tuple[NoteRow, ...] = ()
    """Notes that stand in the second alone."""

    @property
    def inverse(self) -> "NoteEdits":
        """What leads back."""
        return NoteEdits(self.put, self.taken)

    @property
    def words(self) -> str:
        """In figures, such as ``3 notes taken out, 4 put in``."""
        noun = "note" if len(self.taken) == 1 else "notes"
        return f"{len(self.taken):,} {noun} taken out, {len(self.put):,} put in"


NO_EDITS = NoteEdits()


def edits_between(one: Score, other: Score) -> NoteEdits:
    """What has to be changed in the first score for its notes to be the other's."""
    return edits_of_rows(one.notes.tolist(), other.notes.tolist())


def edits_of_rows(one: Iterable[NoteRow], other: Iterable[NoteRow]) -> NoteEdits:
    """The same of notes by themselves."""
    first, second = Counter(one), Counter(other)
    taken, put = first - second, second - first
    return NoteEdits(tuple(sorted(taken.elements())), tuple(sorted(put.elements())))


def apply(score: Score, edits: NoteEdits) -> Score:
    """The score with what was changed. Raises ``InvalidSetting`` where the notes to take out are not there, or those to put in are none."""
    left = Counter(score.notes.tolist())
    if Counter(edits.taken) - left:
        raise InvalidSetting(
            "What was edited by hand does not fit this music: notes that were taken out are not there. Compose with the very "
            "model and versions of the software that the piece names."
        )
    left.subtract(Counter(edits.taken))
    try:
        return replace(score, notes=make_notes([*left.elements(), *edits.put]))
    except (ValueError, OverflowError, TypeError) as error:
        raise InvalidSetting(
            f"What was edited by hand holds a note that is none ({error})."
        ) from error


def bars_to_edit(score: Score, count: int) -> list[Bar]:
    """The bars of a score, at least ``count``: where the last ones have lost all their notes, they go on in the last meter."""
    lines = bars(score)
    while len(lines) < count:
        start, meter = lines[-1].end, lines[-1].meter
        lines.append(Bar(start, start + meter.bar_ticks, meter))
    return lines


def edited(score: Score, rows: Any, end: int) -> Score:
    """The score with the notes of rows in place of its own.

    Parameters
    ----------
    rows
        For every note its number in ``score.notes`` or -1 for a new one, onset, duration, pitch and part. They may come from anywhere:
        nothing of them is believed. Notes keep their loudness, and their spelling where the pitch is the same; new ones are as
        loud as their part.
    end
        Tick at which every note must have ended.

    Raises ``InvalidSetting`` with what is wrong.
    """
    table = _table(rows)
    numbers, onsets, durations, pitches, parts = table.T
    _check(table, score, end)
    notes = np.zeros(len(table), NOTE)
    for name, column in zip(
        ("onset", "duration", "pitch", "part"), (onsets, durations, pitches, parts), strict=True
    ):
        notes[name] = column
    is_old = numbers != _NEW
    old = score.notes[numbers[is_old]]
    notes["velocity"] = np.array(_loudness(score))[parts]
    notes["velocity"][is_old] = old["velocity"]
    notes["spelling"] = UNSPELLED
    notes["spelling"][is_old] = np.where(
        notes["pitch"][is_old] == old["pitch"], old["spelling"], UNSPELLED
    )
    _spell(notes, score)
    return replace(score, notes=notes)


def _table(rows: Any) -> NDArray[np.int64]:
    """(N, 5) the rows as numbers."""
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise InvalidSetting(
            "The edited notes did not arrive; load the page again and keep them once more."
        )
    if not rows:
        raise InvalidSetting("A piece needs a note; put one in, or throw the piece away.")
    if len(rows) > MOST_NOTES:
        raise InvalidSetting(
            f"{len(rows):,} notes are too many; a piece has at most {MOST_NOTES:,}."
        )
    for row in rows:
        if (
            not isinstance(row, Sequence)
            or len(row) != _FIELDS
            or not all(_is_whole(each) for each in row)
        ):
            raise InvalidSetting(
                "One of the edited notes is none; load the page again and edit once more."
            )
    return np.array([[int(each) for each in row] for row in rows], np.int64)


def _is_whole(value: Any) -> bool:
    """Whether something is a whole number that a note can have."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 2**31  # no infinity, and no NaN
        and value == int(value)
    )


def _check(table: NDArray[np.int64], score: Score, end: int) -> None:
    """Refuse notes that cannot be."""
    numbers, onsets, durations, pitches, parts = table.T
    old = numbers[numbers != _NEW]
    if len(np.unique(old)) < len(old) or ((old < 0) | (old >= len(score.notes))).any():
        raise InvalidSetting(
            "The edited notes are not those of this piece; load the page again and edit once more."
        )
    if ((pitches < 0) | (pitches > 127)).any():
        raise InvalidSetting("A note lies beyond the pitches 0 to 127 of MIDI; move it back.")
    if ((onsets < 0) | (durations < 1) | (onsets + durations > end)).any():
        raise InvalidSetting(
            "A note lies beyond the beginning or the end of the piece; move it back."
        )
    if ((parts < 0) | (parts >= len(score.parts))).any():
        raise InvalidSetting(f"A note is in no part; the piece has {len(score.parts)}.")


def _loudness(score: Score) -> list[int]:
    """The usual velocity of every part."""
    found = (
        score.notes["velocity"][score.notes["part"] == each] for each in range(len(score.parts))
    )
    return [int(np.median(each)) if len(each) else LOUDNESS for each in found]


def _spell(notes: NDArray[np.void], score: Score) -> None:
    """Give every note that has no spelling one of the key it stands in; drums have none."""
    drums = [number for number, part in enumerate(score.parts) if part.is_drum]
    for place in np.flatnonzero(notes["spelling"] == UNSPELLED).tolist():
        note = notes[place]
        if int(note["part"]) not in drums:
            notes["spelling"][place] = spell(
                int(note["pitch"]), key_at(score, int(note["onset"])).fifths
            )
