"""The contract of every feature on real music, and each by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from music import Q, chorales, reels, tune, voices
from random_scores import scores

from workbench.core.score import Meter, Part, Score, bars, make_notes, transpose
from workbench.metrics.features import FEATURES, feature_table, features
from workbench.metrics.features.structure import bar_similarity, chords, irregularity, mean_likeness

NAMES = FEATURES.names()
ABSOLUTE = {"note-count", "notes-per-bar"}


def of(name: str, score: Score) -> float:
    return FEATURES.get(name).of(score)


# --- every feature ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_says_what_it_is(name):
    found = FEATURES.get(name)
    assert found.title and found.unit and found.source and found.family
    assert found.definition.endswith(".") and found.reading.startswith("More of it: ")
    assert found.low < found.high


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_keeps_to_its_range_on_real_music_and_tells_pieces_apart(name):
    found = FEATURES.get(name)
    values = np.array([found.of(score) for score in (*reels(), *chorales())])
    known = values[~np.isnan(values)]
    assert len(known) >= 8
    assert known.min() >= found.low and known.max() <= found.high
    assert len(set(known.tolist())) > 1


@pytest.mark.parametrize("name", NAMES)
def test_key_and_tempo_say_nothing(name):
    for score in (reels()[3], chorales()[1]):
        higher = replace(transpose(score, 2), tempos=())
        assert of(name, higher) == pytest.approx(of(name, score), nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_no_music_there_is_no_figure(name):
    assert math.isnan(of(name, Score(make_notes([]))))
    drums = Score(make_notes([(0, Q, 36), (Q, Q, 38)]), parts=(Part(is_drum=True),))
    assert math.isnan(of(name, drums))


@pytest.mark.parametrize("name", NAMES)
def test_a_bar_in_two_parts_is_one(name):
    """A repeat inside a bar, where the upbeat of the next strain begins, changes nothing of what sounds."""
    count = 0
    for score in reels():
        undivided = replace(score, meters=score.meters[:2])
        lines, others = ({bar.start for bar in bars(each)} for each in (score, undivided))
        if others < lines:
            assert of(name, undivided) == pytest.approx(of(name, score), nan_ok=True)
            count += 1
    assert count > 10


@given(scores(min_notes=1))
@settings(max_examples=40, deadline=None)
def test_any_score_is_measured_within_the_ranges(score):
    for name, value in features(score).items():
        found = FEATURES.get(name)
        assert math.isnan(value) or found.low - 1e-9 <= value <= found.high + 1e-9, name


def test_a_table_has_a_row_a_score():
    names = ["note-count", "polyphony"]
    assert feature_table([tune([60, 62]), voices([60], [64])], names).tolist() == [[2, 1], [2, 2]]
    assert feature_table([], names).shape == (0, 2)


# --- pitch and rhythm -------------------------------------------------------------------------


def test_pitch_by_hand():
    score = tune([60, 72, 64, 67])  # C C E G
    assert of("pitch-class-entropy", score) == pytest.approx(1.5)
    assert of("pitch-range", score) == 12
    assert of("pitch-count", score) == 4
    assert of("mean-interval", score) == pytest.approx((12 + 8 + 3) / 3)
    assert of("scale-consistency", score) == 1
    assert of("scale-consistency", tune(list(range(60, 72)))) == pytest.approx(7 / 12)


def test_polyphony_by_hand():
    rows = [
        (0, 2 * Q, 60),
        (Q, 2 * Q, 64),
        (0, Q, 60),
        (4 * Q, Q, 72),
    ]  # C twice at once is one pitch
    score = Score(make_notes(rows))
    assert of("polyphony", score) == pytest.approx((2 + 2 + 1) / 4)
    assert of("polyphony-rate", score) == pytest.approx(1 / 5)


def test_rhythm_by_hand():
    score = tune([60, 62, None, 64, 65, 67], [1, 1, 1, 1, 2, 2])
    assert of("note-count", score) == 5
    assert of("notes-per-bar", score) == 2.5
    assert of("inter-onset", score) == pytest.approx((1 + 2 + 1 + 2) / 4)
    assert of("empty-beats", score) == pytest.approx(1 / 8)


def test_a_pickup_is_no_bar():
    score = tune([59, 60, 62, 64, 65, 67, 69, 71, 72], upbeat=1)
    assert of("notes-per-bar", score) == 4
    assert of("groove-consistency", score) == 1


def test_groove_by_hand():
    quarters, halves = [1, 1, 1, 1], [2, 2]
    score = tune([60] * 10, quarters + halves + quarters)
    # Two of 48 positions differ between neighbours; the outer bars are the same.
    assert of("groove-consistency", score) == pytest.approx(1 - 2 / 48)
    assert of("grooving", score) == pytest.approx(1 - (2 + 2 + 0) / 3 / 48)
    changed = replace(score, meters=(Meter(0, 4, 4), Meter(8 * Q, 3, 4)))
    # The bars of three quarters are compared with one another alone.
    assert of("groove-consistency", changed) == pytest.approx(1 - (2 / 48 + 2 / 36) / 2)


# --- structure --------------------------------------------------------------------------------

A = [60, 62, 64, 65, 67, 69, 71, 72, 72, 71, 69, 67, 65, 64, 62, 60]
B = [55, 57, 59, 55, 57, 59, 55, 57, 59, 55, 57, 59, 55, 57, 59, 55]


def test_what_returns_by_hand():
    score = tune(A + A + B)
    assert of("phrases-that-return", score) == pytest.approx(2 / 3)
    assert of("repeats-after-4-bars", score) == pytest.approx(4 / 8)
    assert of("repeats-after-8-bars", tune(A + B + A)) == 1
    assert of("repeats-next-bar", tune([60, 62, 64, 65] * 4)) == 1
    assert math.isnan(of("repeats-after-8-bars", tune(A + A)))
    assert math.isnan(of("phrases-that-return", tune(A)))


def test_likeness_of_bars_is_what_both_have_over_what_either_has():
    score = tune([60, 62, 64, 65, 60, 62, 64, 67])
    assert bar_similarity(score, [1]) == pytest.approx([3 / 5])


def test_chords_by_hand():
    score = voices([67, 69, 67, 67], [64, 65, 65, 64], [60, 60, 62, 60], [48, 53, 59, 48])
    names = [(chord // 12, chord % 12) for chord in chords(score)]
    assert names == [(0, 0), (0, 5), (0, 7), (0, 0)]  # C, F, G, C in major
    assert of("chord-irregularity", score) == 1
    assert math.isnan(of("chord-irregularity", tune(A)))


def test_a_progression_that_comes_again_is_regular():
    assert irregularity([0, 5, 7] * 3) == pytest.approx(3 / 7)
    assert math.isnan(irregularity([0, 5]))


# --- voice leading ----------------------------------------------------------------------------


def test_parallels_by_hand():
    fifths = voices([67, 69, 71, 72], [60, 62, 64, 65])
    assert of("parallel-fifths", fifths) == 1000
    assert of("parallel-octaves", fifths) == 0
    octaves = voices([72, 74, 76, 74], [60, 62, 64, 65])  # the last step is in contrary motion
    assert of("parallel-octaves", octaves) == pytest.approx(2000 / 3)
    contrary = voices([67, 74], [60, 55])  # a fifth, and one and an octave, by contrary motion
    assert of("parallel-fifths", contrary) == 0
    oblique = voices([67, 67, 69], [60, 60, 60])
    assert math.isnan(of("parallel-fifths", oblique))


def test_cross_relations_by_hand():
    together = voices([65, 65], [50, 54])  # F against F sharp: of one move all
    assert of("cross-relations", together) == 1000
    at_once = voices(
        [65, 67], [54, 55]
    )  # from the first chord on; and F, and F sharp just before G
    assert of("cross-relations", at_once) == pytest.approx(1000 / 2)
    after = voices([65, 67, 67, 69], [50, 54, 55, 55])  # F, then F sharp in the other voice
    assert of("cross-relations", after) == pytest.approx(1000 / 4)
    own = voices([65, 66], [50, 50])
    assert of("cross-relations", own) == 0
    assert math.isnan(of("cross-relations", tune(A)))


def test_crossings_leaps_and_dissonance_by_hand():
    score = voices([72, 60, 72, 72], [60, 64, 64, 64])
    assert of("voice-crossings", score) == pytest.approx(1 / 4)
    assert of("leaps", score) == pytest.approx(2 / 3)
    rubbing = voices(
        [72, 71, 65, 66], [60, 60, 60, 60]
    )  # octave, seventh, fourth above the bass, tritone
    assert of("dissonance", rubbing) == pytest.approx(3 / 4)
    covered = voices([65, 65], [60, 60], [53, 53])  # the fourth is above no bass
    assert of("dissonance", covered) == 0


def test_a_gap_shorter_than_an_eighth_is_articulation():
    score = voices([67, 69, 71], [60, 62, 64])
    notes = score.notes.copy()
    notes["duration"] -= Q // 4
    assert of("parallel-fifths", replace(score, notes=notes)) == 1000
    notes["duration"] -= Q // 2
    assert math.isnan(of("parallel-fifths", replace(score, notes=notes)))


def test_bach_keeps_the_rules_and_an_alto_a_fifth_below_the_soprano_does_not():
    score = chorales()[0]
    notes = score.notes.copy()
    soprano = notes[notes["part"] == 0]
    below = soprano.copy()
    below["pitch"] -= 7
    below["part"] = 1
    broken = replace(score, notes=np.concatenate([notes[notes["part"] != 1], below]))
    assert of("parallel-fifths", score) < 10
    assert of("parallel-fifths", broken) > 100


def test_a_hand_of_chords_is_no_voice():
    chord = Score(make_notes([(0, Q, 60), (0, Q, 64), (Q, Q, 62), (Q, Q, 65)]))
    assert math.isnan(of("leaps", chord))
    assert math.isnan(of("dissonance", reels()[0]))


# --- of MusDr ---------------------------------------------------------------------------------


def test_grooving_is_musdrs_on_its_grid():
    """MusDr's code needs event files of its own, so by its formula: 1 - |a xor b| / 64, over all pairs of bars."""
    marks = np.zeros((3, 64), bool)
    marks[0, [0, 16, 32, 48]] = marks[1, [0, 32]] = marks[2, [0, 16, 40]] = True
    pairs = [1 - 2 / 64, 1 - 3 / 64, 1 - 3 / 64]
    assert mean_likeness(marks) == pytest.approx(np.mean(pairs))


def test_irregularity_counts_the_last_progression_which_musdr_leaves_out():
    """MusDr counts len - 3 runs of three: of A B C A B C A B five, three of them different."""
    sequence = [0, 1, 2, 0, 1, 2, 0, 1]
    musdr = 3 / 5
    assert irregularity(sequence) == pytest.approx(3 / 6)
    assert irregularity([*sequence, 2]) == pytest.approx(3 / 7)
    runs = [tuple(sequence[i : i + 3]) for i in range(len(sequence) - 3)]
    assert len(set(runs)) / len(runs) == musdr


# --- contour and syncopation ------------------------------------------------------------------


def test_contour_by_hand():
    up, hill = tune([60, 62, 64, 65, 67]), tune([60, 64, 67, 64, 60])
    assert of("rise", up) == pytest.approx(1, abs=0.02)
    assert of("rise", tune([67, 65, 64, 62, 60])) == pytest.approx(-1, abs=0.02)
    assert of("rise", hill) == pytest.approx(0)
    assert of("arch", hill) > 0.9
    assert of("arch", tune([67, 64, 60, 64, 67])) < -0.9
    assert of("arch", up) == pytest.approx(0, abs=0.05)
    assert math.isnan(of("rise", tune([60, 60, 60])))
    above = voices([72, 74, 76], [60, 55, 50])  # the melody is the upper voice
    assert of("rise", above) == pytest.approx(1)


def test_syncopation_by_hand():
    assert of("syncopation", tune([60, 62, 64, 65])) == 0
    # An eighth, then quarters off the beat: the second, third and fourth note sound over a beat.
    off = tune([60, 62, 64, 65, 67], [0.5, 1, 1, 1, 0.5])
    assert of("syncopation", off) == pytest.approx(3 / 5)
    assert of("syncopation", tune([59, 60, 62, 64, 65], upbeat=1)) == 0
