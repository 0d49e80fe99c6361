"""Histograms and matrices by hand, what two of them have in common, and the distance of two sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from music import Q, chorales, reels, tune
from random_scores import scores

from workbench.core.score import Score, make_notes, transpose
from workbench.metrics.distributions import (
    DISTRIBUTIONS,
    compare_sets,
    density,
    inter_onsets,
    intervals,
    kl_divergence,
    overlap_area,
    pitch_class_transitions,
    pitch_classes,
    shared_grid,
)
from workbench.metrics.features import FEATURES, feature_table
from workbench.metrics.frechet import frechet_distance

D_MAJOR = [62, 66, 69, 74, 73, 71, 69, 67, 66, 64, 62, 62]


@given(scores())
@settings(max_examples=25, deadline=None)
def test_shares_add_up_to_one_or_to_nothing(score):
    for measure in DISTRIBUTIONS.values():
        shares = measure(score)
        assert shares.min() >= 0
        assert shares.sum() == pytest.approx(1) or shares.sum() == 0


@pytest.mark.parametrize("title", DISTRIBUTIONS)
def test_the_key_says_nothing(title):
    measure = DISTRIBUTIONS[title]
    for score in (reels()[0], chorales()[0]):
        assert measure(transpose(score, 3)) == pytest.approx(measure(score))
    assert measure(Score(make_notes([]))).sum() == 0


def test_by_hand():
    score = tune(D_MAJOR)
    assert pitch_classes(score)[[0, 4, 7]] == pytest.approx([4 / 12, 2 / 12, 2 / 12])
    assert pitch_class_transitions(score)[0, [4, 11, 0]] == pytest.approx([1 / 11, 1 / 11, 1 / 11])
    assert intervals(tune([60, 62, 50, 80]))[[14, 0, 24]] == pytest.approx([1 / 3] * 3)
    assert inter_onsets(tune([60, 62, 64, 65], [0.5, 1, 0.5, 3]))[[2, 3]] == pytest.approx([1 / 3, 2 / 3])  # fmt: skip


def test_two_distributions():
    one, other = np.array([0.5, 0.5, 0]), np.array([0, 0.5, 0.5])
    assert overlap_area(one, other) == 0.5
    assert overlap_area(one, one) == 1
    assert kl_divergence(one, one) == 0
    assert kl_divergence(np.array([0.5, 0.5]), np.array([0.25, 0.75])) == pytest.approx(
        0.5 * np.log(2) + 0.5 * np.log(2 / 3), abs=1e-6
    )


def test_a_density_adds_up_and_a_grid_holds_every_sample():
    grid = shared_grid([1, 2, 3, np.nan], [10, 11])
    assert grid.low < 1 and grid.high > 11
    assert density([1, 2, np.nan], grid).sum() == pytest.approx(1)
    assert density([np.nan], grid).sum() == 0
    same = shared_grid([4, 4, 4], [4])
    assert overlap_area(density([4] * 3, same), density([4], same)) == pytest.approx(1)
    with pytest.raises(ValueError, match="no values"):
        shared_grid([np.nan])


def test_sets_of_one_kind_are_nearer_than_of_two():
    tunes = np.array([intervals(score) for score in reels()])
    songs = np.array([intervals(score) for score in chorales()])
    near, far = compare_sets(tunes[::2], tunes[1::2]), compare_sets(tunes[::2], songs)
    assert near.overlap > far.overlap + 0.05
    assert far.divergence > 4 * near.divergence
    with pytest.raises(ValueError, match="three human pieces"):
        compare_sets(tunes[:2], songs)


def test_the_frechet_distance_tells_tunes_from_chorales_and_names_its_features():
    names = ["pitch-class-entropy", "pitch-range", "mean-interval", "dissonance", "polyphony-rate"]
    tunes, songs = feature_table(reels(), names), feature_table(chorales(), names)
    near = frechet_distance(tunes[::2], tunes[1::2], names)
    far = frechet_distance(tunes, songs, names)
    assert far.value > 5 * near.value > 0
    assert far.names == ("pitch-class-entropy", "pitch-range", "mean-interval")
    assert far.left_out == ("dissonance", "polyphony-rate")  # tunes have none, or all the same
    assert far.caution == "" and far.pieces == 12


def test_the_frechet_distance_of_few_pieces_says_so():
    names = FEATURES.names()
    table = feature_table(chorales(), names)
    found = frechet_distance(table[:6], table[6:], names)
    assert "6 pieces are not more than" in found.caution
    assert np.isfinite(found.value)
    with pytest.raises(ValueError, match="3 pieces of each kind"):
        frechet_distance(table[:2], table, names)
    with pytest.raises(ValueError, match="at least one feature"):
        frechet_distance(np.ones((4, 2)), np.ones((4, 2)), ["a", "b"])


def test_note_lengths_of_a_quarter_and_a_triplet_are_told_apart():
    score = Score(make_notes([(0, Q, 60), (Q, Q // 3, 62), (2 * Q, 2 * Q // 3, 64)]))
    values = DISTRIBUTIONS["Note values"](score)
    assert values[[2, 10, 11]] == pytest.approx([1 / 3] * 3)
