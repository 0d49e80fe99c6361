"""Editing by hand: what was changed can be applied, taken back, and told; what cannot be is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from music21 import corpus

from workbench.core.edit_remarks import no_longer_holds, overlapping
from workbench.core.editing import (
    NO_EDITS,
    NoteEdits,
    apply,
    bars_to_edit,
    edited,
    edits_between,
)
from workbench.core.errors import InvalidSetting
from workbench.core.limits import NO_LIMITS, Limits
from workbench.core.records import from_json, to_json
from workbench.core.score import TICKS_PER_QUARTER, Score, bars, spelling_name
from workbench.corpora import CORPORA

Q = TICKS_PER_QUARTER


@pytest.fixture(scope="module")
def chorale() -> Score:
    assert corpus  # the pieces of music21's corpus
    collection = CORPORA.get("bach-chorales")
    return collection.read(collection.members()[0]).score


def rows_of(score: Score) -> list[list[int]]:
    names = ("onset", "duration", "pitch", "part")
    return [[i, *(int(note[name]) for name in names)] for i, note in enumerate(score.notes)]


def changed_rows(score: Score, data: st.DataObject) -> list[list[int]]:
    """Some notes gone, some moved or made longer, some new: whatever a person may do."""
    end, rows = bars(score)[-1].end, []
    for row in rows_of(score):
        what = data.draw(st.sampled_from(["stay"] * 6 + ["go", "move", "long"]))
        if what == "move":
            row[1] = data.draw(st.integers(0, end - row[2]))
            row[3] = data.draw(st.integers(0, 127))
        elif what == "long":
            row[2] = data.draw(st.integers(1, end - row[1]))
        if what != "go":
            rows.append(row)
    for _ in range(data.draw(st.integers(0, 3))):
        onset = data.draw(st.integers(0, end - 1))
        length = data.draw(st.integers(1, end - onset))
        part = data.draw(st.integers(0, len(score.parts) - 1))
        rows.append([-1, onset, length, data.draw(st.integers(0, 127)), part])
    return rows or rows_of(score)[:1]


@given(data=st.data())
def test_what_was_changed_can_be_applied_and_taken_back(chorale, data):
    rows = changed_rows(chorale, data)
    end = bars(chorale)[-1].end
    other = edited(chorale, rows, end)
    assert sorted(row[1:] for row in rows_of(other)) == sorted(row[1:] for row in rows)
    assert (other.meters, other.keys, other.parts) == (chorale.meters, chorale.keys, chorale.parts)
    edits = edits_between(chorale, other)
    assert apply(chorale, edits) == other
    assert apply(other, edits.inverse) == chorale
    assert edits.inverse.inverse == edits
    assert from_json(NoteEdits, json.loads(json.dumps(to_json(edits)))) == edits
    again = edited(other, changed_rows(other, data), end)
    whole = edits_between(chorale, again)
    assert apply(apply(other, edits.inverse), whole) == again
    assert set(whole.taken) <= {tuple(note) for note in chorale.notes.tolist()}


def test_what_is_not_touched_stays_as_it_was(chorale):
    rows = rows_of(chorale)
    assert edited(chorale, rows, bars(chorale)[-1].end) == chorale
    assert edits_between(chorale, chorale) == NO_EDITS
    rows[3][3] += 1
    other = edited(chorale, rows, bars(chorale)[-1].end)
    edits = edits_between(chorale, other)
    assert (len(edits.taken), len(edits.put)) == (1, 1)
    assert edits.taken[0][3] == edits.put[0][3]  # as loud as before
    assert edits.words == "1 note taken out, 1 put in"


def test_a_new_note_is_spelled_in_its_key_and_as_loud_as_its_part(chorale):
    notes = chorale.notes.copy()
    notes["velocity"] = np.where(notes["part"] == 2, 50, 90)
    score = replace(chorale, notes=notes)
    fifths = score.keys[0].fifths
    other = edited(score, [*rows_of(score), [-1, 0, Q, 61, 2]], bars(score)[-1].end)
    (put,) = edits_between(score, other).put
    assert put[3] == 50
    assert spelling_name(put[5]) == ("Db" if fifths <= -2 else "C#")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([-1, 0, Q, 128, 0], "beyond the pitches"),
        ([-1, 0, Q, -1, 0], "beyond the pitches"),
        ([-1, -Q, Q, 60, 0], "the beginning or the end"),
        ([-1, 0, 10**9, 60, 0], "the beginning or the end"),
        ([-1, 0, 0, 60, 0], "the beginning or the end"),
        ([-1, 0, Q, 60, 4], "in no part"),
        ([0, 0, Q, 60, 0], "not those of this piece"),
        ([-2, 0, Q, 60, 0], "not those of this piece"),
        ([99999, 0, Q, 60, 0], "not those of this piece"),
        ([-1, 0, Q, 60], "is none"),
        ([-1, 0, Q, float("nan"), 0], "is none"),
        ([-1, 0, Q, float("inf"), 0], "is none"),
        ([-1, 0, Q, 60.5, 0], "is none"),
        ([-1, 0, Q, "60", 0], "is none"),
        ([-1, 0, Q, True, 0], "is none"),
        ("note", "is none"),
        (None, "is none"),
    ],
)
def test_notes_that_cannot_be_are_refused_in_words(chorale, row, words):
    with pytest.raises(InvalidSetting, match=words):
        edited(chorale, [*rows_of(chorale), row], bars(chorale)[-1].end)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (None, "did not arrive"),
        ("notes", "did not arrive"),
        ({"a": 1}, "did not arrive"),
        ([], "needs a note"),
        ([[-1, 0, Q, 60, 0]] * 20_001, "too many"),
    ],
)
def test_what_is_no_piece_is_refused_in_words(chorale, rows, words):
    with pytest.raises(InvalidSetting, match=words):
        edited(chorale, rows, bars(chorale)[-1].end)


def test_edits_of_other_music_are_refused(chorale):
    edits = NoteEdits(taken=((0, 7, 60, 80, 0, 0),))
    with pytest.raises(InvalidSetting, match="not fit this music"):
        apply(chorale, edits)
    with pytest.raises(InvalidSetting, match="that is none"):
        apply(chorale, NoteEdits(put=((0, 7, 200, 80, 0, 0),)))
    with pytest.raises(InvalidSetting, match="that is none"):
        apply(chorale, NoteEdits(put=((0, 7),) * 2 + ((0, 2**40, 60, 80, 0, 0),)))


def test_bars_that_lost_their_notes_can_be_written_in(chorale):
    count, end = len(bars(chorale)), bars(chorale)[-1].end
    start = bars(chorale)[-2].start
    left = [row for row in rows_of(chorale) if row[1] + row[2] <= start]
    shorter = edited(chorale, left, end)
    assert len(bars(shorter)) < count
    found = bars_to_edit(shorter, count)
    assert len(found) == count
    assert [bar.start for bar in found] == [bar.start for bar in bars(chorale)]
    assert bars_to_edit(chorale, count) == bars(chorale)


def test_what_no_longer_holds_is_told_with_its_bars(chorale):
    end, key = bars(chorale)[-1].end, chorale.keys[0]
    asked = {"written": chorale, "key": key, "count": len(bars(chorale))}
    sung = {0: (40, 90), 1: (40, 90), 2: (40, 90), 3: (20, 90)}
    assert no_longer_holds(chorale, **asked, limits=NO_LIMITS, ranges=sung) == []
    second = bars(chorale)[2].start
    row = [-1, second, Q // 2, 100, 0]
    other = edited(chorale, [*rows_of(chorale), row], end)
    high, together = no_longer_holds(other, **asked, limits=NO_LIMITS, ranges=sung)
    assert high == "1 note is beyond the range of what the model writes (bar 2)."
    assert together.startswith("2 notes are sounding together") and together.endswith("(bar 2).")
    limits = Limits(ranges=((36, 90),), shortest=1.0, longest=1.0, form="AB")
    found = no_longer_holds(other, **asked, limits=limits, ranges=sung)
    assert "that was asked for" in found[0]
    assert any("shorter than the shortest" in each for each in found)
    assert any("form AB" in each for each in found)
    cut = edited(chorale, rows_of(chorale)[:8], end)
    assert any("The piece ends with bar" in each for each in no_longer_holds(cut, **asked, limits=NO_LIMITS, ranges={}))  # fmt: skip


def test_overlaps_are_found_in_each_part_by_itself(chorale):
    assert not overlapping(chorale).any()
    notes = chorale.notes.copy()
    mine = np.flatnonzero(notes["part"] == 1)
    notes["duration"][mine[0]] = notes["onset"][mine[2]] - notes["onset"][mine[0]] + 1
    found = overlapping(replace(chorale, notes=notes))
    assert set(np.flatnonzero(found)) == set(mine[:3].tolist())
