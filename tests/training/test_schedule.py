"""The learning rate: up, down, never zero."""

import pytest

from workbench.training.schedule import FLOOR, learning_rate


def test_rises_to_the_highest_and_falls_to_the_floor():
    rates = [learning_rate(step, 1000, 0.01) for step in range(1000)]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(0.01)
    assert rates[-1] == pytest.approx(0.01 * FLOOR, rel=0.01)
    assert min(rates) > 0


def test_one_step_is_a_whole_training():
    assert 0 < learning_rate(0, 1, 0.01) <= 0.01
