"""Music features held to the published implementations that can be installed, with what differs on purpose shown beside them.

MusPy 0.5, pretty_midi (from which MGEval takes its transitions and onsets), scipy (its densities) and mir_eval run here. MGEval
itself is Python 2 and is held to by its formulas; MusDr likewise, in ``test_features.py``.
"""

import math

import mir_eval
import muspy
import numpy as np
import pretty_midi
import pytest
from music import Q, chorales, reels, tune, voices
from scipy import stats
from sklearn.covariance import ledoit_wolf

from workbench.core.score import Part, Score, make_notes
from workbench.metrics import distributions
from workbench.metrics.cardinality import cardinality_score
from workbench.metrics.distributions import Grid, density, kl_divergence, overlap_area, shared_grid
from workbench.metrics.facts import estimate_key
from workbench.metrics.features import FEATURES
from workbench.metrics.frechet import frechet_distance, normal_distance, shrunk_covariance

STEP = Q // 12
"""Ticks of one step of the MusPy music: twelve to the quarter, the grid of our own features."""
MUSIC = [*reels()[:4], *chorales()[:4]]


def of(name: str, score: Score) -> float:
    return FEATURES.get(name).of(score)


def as_muspy(score: Score, *, shorter: int = 0, finer: int = 1) -> muspy.Music:
    """The score in MusPy's hands, each note ``shorter`` by so many of its steps."""
    unit = STEP // finer
    tracks = [
        muspy.Track(
            is_drum=part.is_drum,
            notes=[
                muspy.Note(
                    int(note["onset"]) // unit,
                    int(note["pitch"]),
                    int(note["duration"]) // unit - shorter,
                )
                for note in score.notes[score.notes["part"] == number]
            ],
        )
        for number, part in enumerate(score.parts)
    ]
    return muspy.Music(resolution=12 * finer, tracks=tracks)


def as_midi(score: Score) -> pretty_midi.PrettyMIDI:
    """The score in pretty_midi's hands, at 60 quarters a minute."""
    midi = pretty_midi.PrettyMIDI()
    instrument = pretty_midi.Instrument(0)
    for note in score.notes:
        start, length = note["onset"] / Q, note["duration"] / Q
        instrument.notes.append(pretty_midi.Note(80, int(note["pitch"]), start, start + length))
    midi.instruments.append(instrument)
    return midi


# --- MusPy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", MUSIC, ids=range(len(MUSIC)))
def test_pitch_is_muspys(score):
    music = as_muspy(score)
    assert of("pitch-class-entropy", score) == pytest.approx(muspy.pitch_class_entropy(music))
    assert of("scale-consistency", score) == pytest.approx(muspy.scale_consistency(music))
    assert of("pitch-range", score) == muspy.pitch_range(music)
    assert of("pitch-count", score) == muspy.n_pitches_used(music)
    assert of("polyphony", score) == pytest.approx(muspy.polyphony(music))
    assert of("polyphony-rate", score) == pytest.approx(muspy.polyphony_rate(music, threshold=1))


def test_muspy_counts_several_voices_from_three_on():
    duet = voices([67, 69], [60, 62])
    assert muspy.polyphony_rate(as_muspy(duet)) == 0
    assert of("polyphony-rate", duet) == 1


def test_muspy_gives_drums_alone_a_range_below_zero():
    drums = Score(make_notes([(0, Q, 36)]), parts=(Part(is_drum=True),))
    assert muspy.pitch_range(as_muspy(drums)) == -127
    assert math.isnan(of("pitch-range", drums))


@pytest.mark.parametrize("score", MUSIC, ids=range(len(MUSIC)))
def test_empty_beats_are_muspys_of_notes_that_stop_before_the_beat(score):
    assert of("empty-beats", score) == pytest.approx(
        muspy.empty_beat_rate(as_muspy(score, shorter=1, finer=4))
    )


def test_in_muspy_a_note_that_ends_on_a_beat_fills_it():
    score = tune([60, None, 62, None, 64])
    assert of("empty-beats", score) == pytest.approx(2 / 5)
    assert muspy.empty_beat_rate(as_muspy(score)) == 0


def test_groove_is_muspys_where_the_last_bar_is_not_filled():
    score = tune([60, 62, 64, 65, 67, 69, 71, 72, 74], [1, 1, 1, 1, 2, 1, 1, 3, 0.5])
    assert of("groove-consistency", score) == pytest.approx(
        muspy.groove_consistency(as_muspy(score), 48)
    )


def test_muspy_counts_an_empty_bar_after_the_last():
    score = tune([60, 62, 64, 65, 67, 69, 71, 72])
    assert of("groove-consistency", score) == 1
    assert muspy.groove_consistency(as_muspy(score), 48) == pytest.approx(1 - (0 + 4) / 48 / 2)


# --- MGEval -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "score", [tune([62, 64, 66, 67, 69, 66, 62, 62]), tune([72, 60, 65, 64, 60])]
)
def test_transitions_are_pretty_midis_on_a_tune_without_rests(score):
    tonic = estimate_key(score)[0].tonic
    theirs = as_midi(score).instruments[0].get_pitch_class_transition_matrix()
    turned = np.roll(theirs, (-tonic, -tonic), axis=(0, 1))
    assert distributions.pitch_class_transitions(score) == pytest.approx(turned / turned.sum())


def test_a_rest_breaks_pretty_midis_transitions_and_not_ours():
    score = tune([60, None, 64])
    assert as_midi(score).instruments[0].get_pitch_class_transition_matrix().sum() == 0
    assert distributions.pitch_class_transitions(score).sum() == 1


def test_times_between_notes_are_pretty_midis_but_for_chords():
    melody = reels()[0]
    assert of("inter-onset", melody) == pytest.approx(np.diff(as_midi(melody).get_onsets()).mean())
    chord = Score(make_notes([(0, Q, 60), (0, Q, 64), (Q, Q, 62)]))
    assert (
        np.diff(as_midi(chord).get_onsets()).mean() == 0.5
    )  # the two of the chord are a step of nothing
    assert of("inter-onset", chord) == 1


def test_note_values_by_mgevals_formula():
    """MGEval: the nearest of 96, 48, 24, 12, 6, 72, 36, 18, 9, 32, 16, 8 in 96ths of a bar; in 4/4 a quarter is 24."""
    lengths = [4, 2, 1, 0.5, 0.25, 3, 1.5, 0.75, 0.375, 4 / 3, 2 / 3, 1 / 3]
    assert distributions.note_values(tune([60] * 12, lengths)) == pytest.approx([1 / 12] * 12)
    walk = tune([60, 62], [1, 0.5], meter=(3, 4))
    assert distributions.note_values(walk)[[2, 3]].tolist() == [
        0.5,
        0.5,
    ]  # MGEval's quarter of 3/4 is 0.75 long
    assert distributions.note_value_transitions(walk)[2, 3] == 1


def test_mean_interval_by_mgevals_formula():
    """MGEval: the mean of absolute differences of successive notes of a track, on a tune the same as ours."""
    pitches = reels()[0].notes["pitch"].astype(int)
    assert of("mean-interval", reels()[0]) == pytest.approx(np.abs(np.diff(pitches)).mean())


def test_overlap_is_mgevals_where_bandwidth_and_range_are():
    one, other = np.random.default_rng(4).normal([[0], [1]], 1, (2, 200))
    theirs = stats.gaussian_kde(one), stats.gaussian_kde(other, stats.gaussian_kde(one).factor * one.std() / other.std())  # fmt: skip
    width = float(np.sqrt(theirs[0].covariance[0, 0]))
    grid = Grid(-6, 7, width)
    at = np.linspace(-6, 7, 512)
    # MGEval integrates by quad, between the extremes of the samples alone.
    area = np.trapezoid(np.minimum(theirs[0](at), theirs[1](at)), at)
    assert overlap_area(density(one, grid), density(other, grid)) == pytest.approx(area, abs=1e-3)
    divergence = stats.entropy(theirs[0](at) + 1e-12, theirs[1](at) + 1e-12)
    assert kl_divergence(density(one, grid), density(other, grid)) == pytest.approx(divergence, rel=0.05)  # fmt: skip


def test_mgevals_divergence_of_a_shifted_sample_is_nothing():
    one = np.random.default_rng(4).normal(0, 1, 200)
    other = one + 10
    at = np.linspace(one.min(), one.max(), 1000)
    mgeval = stats.entropy(stats.gaussian_kde(one)(at), stats.gaussian_kde(other)(at + 10))
    assert mgeval == pytest.approx(0, abs=1e-6)
    grid = shared_grid(one, other)
    assert kl_divergence(density(one, grid), density(other, grid)) > 5
    assert overlap_area(density(one, grid), density(other, grid)) < 1e-6


# --- scikit-learn and scipy, mir_eval and MAIA ------------------------------------------------


def test_shrinkage_is_scikit_learns():
    rows = np.random.default_rng(1).normal(size=(9, 6)) * [1, 2, 3, 4, 5, 6]
    assert shrunk_covariance(rows) == pytest.approx(ledoit_wolf(rows)[0])


def test_the_distance_of_normals_is_that_of_matrix_square_roots():
    from scipy.linalg import sqrtm

    rng = np.random.default_rng(2)
    ours, theirs = (np.cov(rng.normal(size=(4, 30))) for _ in range(2))
    mean = rng.normal(size=4)
    expected = mean @ mean + np.trace(ours + theirs - 2 * np.real(sqrtm(ours @ theirs)))
    assert normal_distance(mean, ours, np.zeros(4), theirs) == pytest.approx(expected)


def test_the_cardinality_score_is_that_of_its_authors():
    """The example of ``cardinality_score`` in Collins' maia-util: 0.625 by the translation (2, 3)."""
    one = np.array([[1, 1], [1, 3], [1, 4], [2, 2], [3, 1], [4, 1], [4, 4]])
    other = np.array([[3, 4], [3, 6], [3, 7], [4, 2], [5, 4], [5, 5], [6, 7], [7, 1]])
    assert cardinality_score(one, other) == (pytest.approx(0.625), (2, 3))


def test_the_cardinality_score_of_what_lies_in_place_is_mir_evals():
    one = np.array([[0, 60], [12, 62], [24, 64], [36, 65], [48, 67]])
    other = np.array([[0, 60], [12, 62], [24, 70], [36, 65]])
    pattern = [[[tuple(map(float, point)) for point in points]] for points in (one, other)]
    f_measure, _, _ = mir_eval.pattern.establishment_FPR([pattern[0]], [pattern[1]])
    assert cardinality_score(one, other)[0] == pytest.approx(f_measure) == pytest.approx(3 / 5)


def test_the_frechet_distance_of_a_set_from_itself_is_nothing():
    rows = np.random.default_rng(3).normal(size=(40, 5))
    found = frechet_distance(rows, rows, "abcde")
    assert found.value == pytest.approx(0, abs=1e-9)
    assert frechet_distance(rows, rows + 1, "abcde").value == pytest.approx(
        (1 / rows.std(axis=0) ** 2).sum()
    )
