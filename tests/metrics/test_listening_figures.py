"""Listeners' answers: against scipy, against published examples, and by hand."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from workbench.metrics.listening import agreement, bradley_terry, share

# Wins of the American League East in 1987, row over column (Agresti, Categorical Data Analysis, 2nd ed., table 10.10).
BASEBALL = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
# As R's BradleyTerry2 fits them: Milwaukee, Detroit, Toronto, New York, Boston and Cleveland above Baltimore.
ABOVE_BALTIMORE = [1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0]

# Four observers and twelve units (Krippendorff, Computing Krippendorff's alpha-reliability, 2011, section C).
OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


@pytest.mark.parametrize(("count", "of"), [(0, 5), (5, 5), (1, 1), (12, 40), (199, 400), (3, 1000)])
def test_shares_have_the_interval_of_clopper_and_pearson(count, of):
    theirs = binomtest(count, of).proportion_ci(method="exact")
    mine = share(count, of)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert mine.value == count / of


def test_of_nothing_nothing_is_known():
    nothing = share(0, 0)
    assert math.isnan(nothing.value)
    assert (nothing.low, nothing.high) == (0, 1)
    with pytest.raises(ValueError, match="no share"):
        share(3, 2)


def test_the_interval_holds_the_truth_in_95_of_100_cases():
    rng = np.random.default_rng(1)
    drawn = rng.binomial(25, 0.3, size=2000)
    spans = {int(count): share(int(count), 25) for count in np.unique(drawn)}
    held = [spans[int(count)].low <= 0.3 <= spans[int(count)].high for count in drawn]
    assert 0.95 <= np.mean(held) < 0.99


def test_strengths_of_baseball_teams_are_those_published():
    found = [each.value for each in bradley_terry(BASEBALL, prior=0)]
    assert [value - found[-1] for value in found] == pytest.approx(ABOVE_BALTIMORE, abs=1e-4)
    assert sum(found) == pytest.approx(0)


def test_the_interval_of_two_is_that_of_their_log_odds():
    """With two, the difference is the log-odds of a share, whose error is sqrt(1/wins + 1/losses)."""
    one, other = bradley_terry([[0, 30], [10, 0]], prior=0)
    assert one.value - other.value == pytest.approx(math.log(3))
    half_error = math.sqrt(1 / 30 + 1 / 10) / 2
    assert one.high - one.value == pytest.approx(1.959964 * half_error, rel=1e-5)


def test_who_wins_everything_stays_finite_and_surer_with_more():
    few, many = bradley_terry([[0, 5], [0, 0]]), bradley_terry([[0, 50], [0, 0]])
    assert 0 < few[0].value < many[0].value < 10
    assert few[0].low < 0 < many[0].low
    with pytest.raises(ValueError, match="not finite"):
        bradley_terry([[0, 5], [0, 0]], prior=0)


def test_strengths_are_found_again():
    rng = np.random.default_rng(2)
    truth = np.array([0.8, 0.1, -0.9])
    wins = np.zeros((3, 3), int)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        chance = 1 / (1 + math.exp(truth[other] - truth[one]))
        wins[one, other] = rng.binomial(400, chance)
        wins[other, one] = 400 - wins[one, other]
    for each, true in zip(bradley_terry(wins), truth, strict=True):
        assert each.low < true < each.high
        assert each.high - each.low < 0.4


def test_agreement_is_that_of_krippendorffs_example():
    table = [
        [sum(observer[unit] == str(value) for observer in OBSERVERS) for value in range(1, 6)]
        for unit in range(12)
    ]
    found = agreement(table)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.low < found.value <= found.high


def test_agreement_by_hand():
    assert agreement([[3, 0], [0, 2]]).value == 1
    # Two items, two listeners each, one of them split: 3 of "a" and 1 of "b"; 1 - 3 * (1 + 1) / (2 * 3 * 1) = 0.
    assert agreement([[2, 0], [1, 1]]).value == pytest.approx(0)
    # Drawn by lot it is about 0.
    rng = np.random.default_rng(3)
    assert abs(agreement(rng.multinomial(20, [0.5, 0.5], size=300)).value) < 0.01


@pytest.mark.parametrize("counts", [[], [[1, 0], [0, 1]], [[4, 0], [3, 0]]])
def test_agreement_that_cannot_be_told(counts):
    assert math.isnan(agreement(counts).value)
