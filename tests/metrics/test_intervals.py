import pytest
from scipy import stats

from workbench.metrics.intervals import mean_interval, student_factor


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 100])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_the_factor_is_that_of_students_distribution(freedom, level):
    assert student_factor(freedom, level) == pytest.approx(stats.t.ppf((1 + level) / 2, freedom))


def test_a_mean_of_three_by_hand():
    found = mean_interval([1.0, 2.0, 3.0])
    assert (found.n, found.mean) == (3, 2.0)
    assert found.half_width == pytest.approx(4.3027 / 3**0.5, rel=1e-4)


def test_one_value_has_no_width():
    assert mean_interval([1.5]).half_width is None
    assert mean_interval([1.5, 1.5]).half_width == 0.0
