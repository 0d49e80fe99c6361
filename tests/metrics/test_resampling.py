"""How sure a figure is: beside scipy's tests, by hand, and by whether intervals hold what they should."""

import numpy as np
import pytest
from scipy import stats

from workbench.metrics.resampling import draws, holm, interval, ratio, sign_flip


def test_pieces_of_one_family_are_drawn_together():
    found = draws([7, 3, 7, 5], 50)
    assert found.shape == (50, 4)
    assert (found[:, 0] == found[:, 2]).all()
    assert (found[:, [0, 1, 3]].sum(axis=1) == 3).all()  # as many families as there are
    assert len({tuple(row) for row in found.tolist()}) > 5
    assert (draws([1, 2], 9, seed=4) == draws([1, 2], 9, seed=4)).all()


def test_a_ratio_pools_what_is_drawn():
    weights = np.array([[1, 1], [2, 0], [0, 0]])
    found = ratio([6.0, 2.0], [2.0, 2.0], weights)
    assert found[:2].tolist() == [2.0, 3.0]
    assert np.isnan(found[2])


def test_an_interval_lies_about_its_figure_and_nothing_is_nothing():
    low, high = interval(10.0, np.arange(101.0))  # the replicates' own mean is 50
    assert (low, high) == pytest.approx((10 - 47.5, 10 + 47.5))
    assert all(np.isnan(interval(1.0, [])))


def test_intervals_hold_the_true_ratio_about_as_often_as_they_say():
    random = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        lengths = random.integers(20, 60, 40).astype(float)
        nats = lengths * random.normal(2.0, 0.5, 40)
        low, high = interval(nats.sum() / lengths.sum(), ratio(nats, lengths, draws(range(40), 400, trial)))  # fmt: skip
        held += low <= 2.0 <= high
    assert 0.88 <= held / 200 <= 0.99


@pytest.mark.parametrize("size", [5, 10])
def test_the_sign_flip_test_is_scipys_where_every_combination_is_tried(size):
    differences = np.random.default_rng(size).normal(0.4, 1, size)
    expected = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf
    ).pvalue
    assert sign_flip(differences, range(size)) == pytest.approx(expected)


def test_of_many_pieces_it_comes_near_to_students_test():
    differences = np.random.default_rng(3).normal(0.25, 1, 60)
    expected = stats.ttest_1samp(differences, 0).pvalue
    assert sign_flip(differences, range(60)) == pytest.approx(expected, abs=0.02)


def test_a_family_has_one_sign():
    """Eight pieces all better, but of one tune: that is one observation."""
    assert sign_flip([1.0] * 8, range(8)) == 2 / 2**8
    assert sign_flip([1.0] * 8, [0] * 8) == 1.0
    assert sign_flip([], []) == 1.0


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []
