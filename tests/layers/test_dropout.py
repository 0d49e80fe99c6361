"""Dropout hides the share it was asked for, independently, and keeps the sum."""

import keras
import numpy as np
import pytest

from workbench.layers import Dropout


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.5, 0.9])
def test_it_hides_the_share_it_was_asked_for_and_keeps_the_sum(rate):
    x = np.ones((40, 50, 61), np.float32)  # no multiple of four values
    y = np.asarray(Dropout(rate, seed=1)(x, training=True))
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.005)
    assert len(np.unique(y)) == 2
    assert y.mean() == pytest.approx(1, abs=0.01)


def test_neighbours_are_hidden_independently_and_every_call_differs():
    layer = Dropout(0.5, seed=1)
    first, second = (
        np.asarray(layer(np.ones((512, 512), np.float32), training=True)) > 0 for _ in "ab"
    )
    columns = first.astype(float) - first.mean()
    for shift in (1, 2, 3, 4, 512):  # within a random number, from one to the next, from row to row
        flat = columns.ravel()
        assert abs(np.mean(flat[shift:] * flat[:-shift])) < 0.002
    assert np.mean(first == second) == pytest.approx(0.5, abs=0.01)


def test_what_is_hidden_gets_no_gradient_and_composing_hides_nothing():
    tensorflow = pytest.importorskip("tensorflow")
    layer = Dropout(0.3, seed=2)
    x = tensorflow.ones((16, 33))
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    np.testing.assert_array_equal(tape.gradient(y, x), y)  # of ones: the scale, or nothing
    np.testing.assert_array_equal(layer(x), x)


def test_it_is_saved_with_its_rate_and_refuses_what_is_none(tmp_path):
    model = keras.Sequential([keras.Input((3,)), Dropout(0.25)])
    model.save(tmp_path / "a.keras")
    assert keras.saving.load_model(tmp_path / "a.keras").layers[0].rate == 0.25
    for rate in (1.0, -0.1):
        with pytest.raises(ValueError, match="rate"):
            Dropout(rate)
