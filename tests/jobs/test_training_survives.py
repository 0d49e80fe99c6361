"""A trainer is killed in the middle; another one goes on, and the history has no gap."""

import os
import signal
import time

import pytest

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.jobs import launcher
from workbench.services import activity, datasets, importing, models, training
from workbench.store import open_store
from workbench.workspace import open_workspace

EPOCHS = 4
SPEC = TrainingSpec(
    "tunes",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1}),
    TrainingSettings(epochs=EPOCHS, window=64, batch_size=4, patience=0),
)


@pytest.fixture
def workspace(tmp_path):
    opened = open_workspace(tmp_path)
    activity.finish(opened, importing.load_corpus(opened, "ryans-mammoth", limit=40))
    datasets.create(opened, "tunes")
    return opened


def until(condition, seconds=300.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def losses(epoch):
    return epoch.epoch, epoch.train_loss, epoch.valid_loss, epoch.valid_accuracy


@pytest.mark.long
def test_a_killed_training_goes_on_and_a_stopped_one_is_resumed(workspace):
    run = training.start(workspace, SPEC)
    first = launcher.start_worker(workspace, "trainer")
    until(lambda: training.history(workspace, run))
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    before = training.history(workspace, run)
    assert models.get(workspace, run).card.epoch >= 1  # what was saved is usable already
    with open_store(workspace) as store:  # as if the lease had run out
        store.db.execute("UPDATE jobs SET lease_until = 0")
        store.db.execute("DELETE FROM workers")
    second = launcher.start_worker(workspace, "trainer")
    try:
        until(lambda: len(training.history(workspace, run)) > len(before))
        if training.get(workspace, run).state == "running":
            training.stop(workspace, run)
        until(lambda: training.get(workspace, run).state in ("stopped", "done"))
        if training.get(workspace, run).state == "stopped":
            training.resume(workspace, run)
        until(lambda: training.get(workspace, run).state == "done")
        assert second.wait(timeout=60) == 0  # nothing is left to train: it is gone
    finally:
        second.kill()
    history = training.history(workspace, run)
    assert [each.epoch for each in history] == list(range(1, EPOCHS + 1))
    # An epoch whose checkpoint was not on disk yet is trained again, to the same losses in another time.
    assert list(map(losses, history[: len(before)])) == list(map(losses, before))
