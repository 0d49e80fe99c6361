"""Scores in words, and when their beats are heard."""

from pathlib import Path

import numpy as np
import pytest
from music21 import corpus

from workbench.core.expression import performed
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    bars,
    make_notes,
    seconds_at,
)
from workbench.formats import musicxml
from workbench.rendering.engraving import engrave
from workbench.rendering.in_words import bar_by_bar, overview
from workbench.rendering.timing import pulse, retimed

QUARTER = TICKS_PER_QUARTER


@pytest.fixture(scope="module")
def chorale() -> Score:
    return musicxml.decode(Path(corpus.getWork("bwv66.6")).read_bytes())[0].score


def test_a_chorale_in_a_sentence_and_bar_by_bar(chorale):
    assert overview(chorale) == (
        "F sharp minor; 4/4; 96 quarters a minute; 9 bars after an upbeat; 4 parts: Soprano, Alto, Tenor, Bass."
    )
    lines = bar_by_bar(chorale)
    assert len(lines) == 10
    assert lines[0].startswith("Upbeat: Soprano: C sharp 5 eighth, B4 eighth; Alto: E4 quarter;")
    assert lines[2].startswith("Bar 2: Soprano: C sharp 5 quarter, B4 quarter, A4 quarter")
    assert (
        "Bass: A3 eighth, C sharp 3 eighth, E3 quarter, A2 quarter, E sharp 3 quarter" in lines[2]
    )


def test_rests_chords_ties_and_triplets_are_said():
    third = QUARTER * 2 // 3 // 2
    rows = [
        (QUARTER, QUARTER, 60), (QUARTER, QUARTER, 64), (3 * QUARTER, 2 * QUARTER, 70),
        *((5 * QUARTER + n * third, third, 72) for n in range(3)),
    ]  # fmt: skip
    score = Score(make_notes(rows), keys=(Key(0, -2),))
    assert bar_by_bar(score) == [
        "Bar 1: rest quarter, C4 and E4 quarter, rest quarter, B flat 4 half",
        "Bar 2: held B flat 4, C5 triplet eighth, C5 triplet eighth, C5 triplet eighth, rest half",
    ]


def test_drums_and_silent_bars_have_words():
    rows = [(0, QUARTER, 36, 80, 0), (4 * QUARTER, 4 * QUARTER, 60, 80, 1)]
    score = Score(make_notes(rows), parts=(Part("Kit", is_drum=True), Part("Flute", 73)))
    assert bar_by_bar(score) == [
        "Bar 1: Kit: drum 36 quarter, rest dotted half; Flute: rest",
        "Bar 2: Kit: rest; Flute: C4 whole",
    ]


def test_beats_of_an_upbeat_are_counted_from_its_end(chorale):
    rows = pulse(chorale)
    assert [number for number, _, _ in rows] == list(range(10))
    assert [is_first for _, _, is_first in rows] == [False] + [True] * 9
    starts = [round(seconds_at(chorale, bar.start) * 1000) for bar in bars(chorale)]
    assert [beats[0] for _, beats, _ in rows] == starts
    assert len(rows[1][1]) == 4
    half = (Meter(0, 6, 8), Meter(QUARTER * 2, 6, 8))
    tune = Score(make_notes([(0, QUARTER * 8, 60)]), meters=half, tempos=(Tempo(0, 60.0),))
    assert list(pulse(tune)[0][1]) == [500]
    assert list(pulse(tune)[1][1]) == [2000, 3500]


def test_an_engraving_takes_the_times_of_the_performance(chorale):
    played = performed(chorale)
    engraving = engrave(musicxml.encode(chorale))
    moved = retimed(engraving, chorale, played)
    assert retimed(engraving, chorale, chorale) is engraving
    assert moved.pages == engraving.pages
    for index in (0, 60, len(chorale.notes) - 1):
        on = next(note.on for note in moved.notes if f"n{index}" in note.ids)
        onset = int(chorale.notes["onset"][index])
        assert on == pytest.approx(float(seconds_at(played, onset)) * 1000, abs=3)
    assert moved.seconds == pytest.approx(played.seconds, abs=0.01)
    assert np.all(np.diff([note.on for note in moved.notes]) >= 0)
