"""Melodies as people give them: onto the grid, into rows, and back."""

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.melody import Row, Struck, melody_of, quantised, rows_of, tempo_of
from workbench.core.score import Key, bars, clip, monophonic, quantize, quarters, seconds_at
from workbench.corpora import CORPORA


def played(pitches, quarters, tempo, random=None, legato=0.9):
    """Notes as somebody plays them, up to 30 ms early or late."""
    at, notes = 1.7, []
    for pitch, length in zip(pitches, quarters, strict=True):
        late = random.uniform(-0.03, 0.03) if random else 0.0
        if pitch is not None:
            notes.append(
                Struck(at + late, at + late + length * 60 / tempo * legato, pitch),
            )
        at += length * 60 / tempo
    return notes


@pytest.mark.parametrize("tempo", [60, 72, 96, 120, 144])
def test_unsteady_hands_come_onto_the_grid(tempo):
    pitches = [60, 62, 64, None, 65, 67, 67, 72]
    quarters = [1, 0.5, 0.5, 1, 1.5, 0.5, 1, 2]
    random = np.random.default_rng(tempo)
    rows = quantised(played(pitches, quarters, tempo, random), tempo)
    assert rows[:-1] == [Row(*each) for each in zip(pitches, quarters, strict=True)][:-1]
    assert rows[-1] in (Row(72, 1.75), Row(72, 2))  # how long the last one was, nothing tells


def test_of_a_chord_the_highest_note_stays_and_no_note_is_lost():
    chord = [Struck(0.0, 0.5, 60), Struck(0.01, 0.5, 67), Struck(0.02, 0.5, 64)]
    short = [Struck(0.5, 0.505, 72), Struck(1.0, 1.02, 71)]
    assert quantised(chord + short, 120) == [Row(67, 1), Row(72, 0.25), Row(None, 0.75), Row(71, 0.25)]  # fmt: skip


@pytest.mark.parametrize("tempo", [66, 80, 100, 120, 132])
def test_the_tempo_of_a_steady_hand_is_found_but_for_the_octave(tempo):
    pitches, quarters = [60, 62, 64, 65, 67, 65, 64], [1, 0.5, 0.5, 1, 1.5, 0.5, 1]
    found = tempo_of(played(pitches, quarters, tempo))
    assert min(abs(found / tempo - share) for share in (0.5, 1, 2)) < 0.02


def test_a_tune_of_a_collection_is_rows_and_back():
    corpus = CORPORA.get("ryans-mammoth")
    whole = corpus.read(corpus.members()[4]).score
    tune = monophonic(quantize(clip(whole, 0, bars(whole)[7].end), quarters(1) // 4))
    rows = rows_of(tune)
    again = melody_of(rows, str(tune.meters[0]), tune.tempos[0].bpm, tune.keys[0])
    np.testing.assert_array_equal(again.notes["pitch"], tune.notes["pitch"])
    np.testing.assert_array_equal(again.notes["onset"], tune.notes["onset"])
    assert rows_of(again) == rows
    assert seconds_at(again, int(again.notes["onset"][-1])) > 1


def test_what_is_not_one_melody_on_the_grid_is_no_rows():
    corpus = CORPORA.get("bach-chorales")
    assert rows_of(corpus.read(corpus.members()[0]).score) is None


def test_a_melody_is_spelled_in_its_key():
    assert melody_of([Row(66, 1)], key=Key(0, 2)).notes["spelling"].tolist() == [6]
    assert melody_of([Row(70, 1)], key=Key(0, -3)).notes["spelling"].tolist() == [-2]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Struck(1, 1, 60), "no note"),
        (lambda: Struck(float("nan"), 2, 60), "no note"),
        (lambda: Struck(0, 1, 200), "no note"),
        (lambda: Struck(0, 1e9, 60), "no note"),
        (lambda: Row(60, 0.3), "does not fit the grid"),
        (lambda: Row(60, float("inf")), "does not fit the grid"),
        (lambda: Row(128, 1), "no pitch"),
        (lambda: quantised([], 100), "Not a single note"),
        (lambda: melody_of([Row(None, 4)]), "no note yet"),
        (lambda: melody_of([Row(60, 1)] * 600), "longer than"),
    ],
)
def test_what_is_none_is_refused(make, words):
    with pytest.raises(InvalidSetting, match=words):
        make()
