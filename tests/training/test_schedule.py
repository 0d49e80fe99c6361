"""Schedules: the usual one as it ever was, the others as Keras has them."""

import keras
import pytest

from workbench.core.schedules import FLOOR, learning_rate, reductions
from workbench.core.specs import TrainingSettings


def rates(count=1000, **settings):
    training = TrainingSettings(epochs=10, learning_rate=0.01, **settings)
    return [learning_rate(training, step, count // 10) for step in range(count)]


def test_the_usual_one_rises_to_the_highest_and_falls_to_the_floor():
    found = rates()
    top = found.index(max(found))
    assert top == 50  # a twentieth
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert max(found) == pytest.approx(0.01)
    assert found[-1] == pytest.approx(0.01 * FLOOR, rel=0.01)
    assert min(found) > 0


def test_one_step_is_a_whole_training():
    assert 0 < learning_rate(TrainingSettings(epochs=1), 0, 1) <= 2e-3


def test_a_rise_of_so_many_steps():
    found = rates(warm_up_steps=300)
    assert found.index(max(found)) == 300


def test_constant_stays():
    assert set(rates(schedule="constant")) == {0.01}


@pytest.mark.parametrize(("name", "staircase"), [("exponential", False), ("step", True)])
def test_falling_ones_are_those_of_keras(name, staircase):
    theirs = keras.optimizers.schedules.ExponentialDecay(0.01, 300, 0.5, staircase=staircase)
    found = rates(schedule=name, decay=0.5, decay_epochs=3)
    for step in (0, 1, 299, 300, 450, 999):
        assert found[step] == pytest.approx(float(theirs(step)), rel=1e-5)


def test_a_plateau_is_that_of_keras():
    losses = [3.0, 2.5, 2.6, 2.5, 2.4, 2.4, 2.4, 2.4, 2.4, 2.3]
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.01))
    theirs = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=2, min_delta=0)
    theirs.set_model(model)
    theirs.on_train_begin()
    training = TrainingSettings(schedule="plateau", learning_rate=0.01, decay=0.5, decay_epochs=2)
    for epoch, loss in enumerate(losses):
        theirs.on_epoch_end(epoch, {"val_loss": loss})
        found = learning_rate(training, 0, 1, losses[: epoch + 1])
        assert found == pytest.approx(float(model.optimizer.learning_rate), rel=1e-5)


def test_epochs_without_a_validation_are_waited_for():
    assert reductions([3.0, None, None, 3.1, None, 3.1], 2) == 2
    assert reductions([3.0, None, None], 2) == 0
