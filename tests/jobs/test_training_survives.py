"""A trainer is killed in the middle; another one goes on, and the history has no gap."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.jobs import launcher
from workbench.services import activity, datasets, importing, models, training
from workbench.workspace import REPOSITORY, open_workspace

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


@pytest.mark.long
def test_a_run_whose_trainer_was_killed_within_an_epoch_is_stopped_and_resumed_at_once(workspace):
    """By the commands, as somebody would who has no server running; the losses are those of a training that nothing interrupts."""
    asked = replace(SPEC, training=replace(SPEC.training, seed=7, batch_size=1, epochs=3))
    whole = training.start(workspace, asked)
    activity.finish(workspace, training.job(workspace, whole))
    run = training.start(workspace, asked)
    trainer = launcher.start_worker(workspace, "trainer")
    until(lambda: [s for s in training.steps(workspace, run) if 1.2 < s["epoch"] < 1.8])
    os.kill(trainer.pid, signal.SIGKILL)
    trainer.wait()
    killed = time.monotonic()
    assert [r["state"] for r in said(workspace, "list") if r["id"] == run] == ["interrupted"]
    assert [each.epoch for each in training.history(workspace, run)] == [1]
    kept = {each.kind for each in training.checkpoints(workspace, run)}
    assert said(workspace, "stop", run)["stopped"] == run
    assert training.get(workspace, run).state == "stopped"
    assert time.monotonic() - killed < 5
    assert kept == {"best", "last"} == {e.kind for e in training.checkpoints(workspace, run)}
    resumed = said(workspace, "resume", run)
    assert (resumed["state"], resumed["epoch"], resumed["message"]) == ("done", 3, "")
    assert list(map(losses, training.history(workspace, run))) == list(
        map(losses, training.history(workspace, whole))
    )


def said(workspace, *words):
    """What ``runs`` says, in a process of its own."""
    command = [sys.executable, "-m", "workbench", "runs", *words, "--json"]
    command += ["--workspace", str(workspace.home)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
