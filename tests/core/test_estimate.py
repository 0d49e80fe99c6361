"""From a trial of seconds to a whole training."""

import pytest

from workbench.core.specs import TrainingSettings
from workbench.core.trials import Measured, estimate

MEASURED = Measured(0.1, 50, 2.0, 10.0, 1000.0, 1_000_000)


def reckoned(free_memory=8000.0, free_disk=10_000.0, **settings):
    training = TrainingSettings(epochs=20, **settings)
    return estimate(training, MEASURED, free_memory_mb=free_memory, free_disk_mb=free_disk)


def test_time_is_start_and_steps_and_validations():
    assert reckoned().seconds == pytest.approx(10 + 20 * (50 * 0.1 + 2.0))
    assert reckoned().epoch_seconds == pytest.approx(7.0)
    assert reckoned(validate_every=10).seconds == pytest.approx(10 + 20 * 5.0 + 2 * 2.0)


def test_models_kept_by_themselves_take_room():
    assert reckoned().disk_mb == pytest.approx(24.0)
    assert reckoned(checkpoint_every=5).disk_mb == pytest.approx(48.0)  # three of four are kept
    assert reckoned(checkpoint_every=15).disk_mb == pytest.approx(32.0)


def test_what_will_not_fit_is_known():
    assert reckoned().lacks == ""
    assert reckoned(free_memory=1050.0).lacks == "memory"
    assert reckoned(free_memory=None).lacks == ""
    assert reckoned(free_disk=25.0).lacks == "disk"
