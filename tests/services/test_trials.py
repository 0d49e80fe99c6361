"""A trial of seconds before a training, by the trainer's own job."""

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import activity, datasets, importing, trials
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    opened = open_workspace(tmp_path_factory.mktemp("trials"))
    activity.finish(opened, importing.load_corpus(opened, "ryans-mammoth", limit=12))
    datasets.create(opened, "tunes", split="60/20/20")
    return opened


def spec(architecture="lstm", **training):
    small = {"units": 16, "layers": 1} if architecture == "lstm" else {}
    settings = TrainingSettings(batch_size=8, **training)
    return TrainingSpec(
        "tunes", TokenizerSpec("melody-steps"), ModelSpec(architecture, small), settings
    )


@pytest.mark.long
def test_a_trial_tells_time_and_memory_and_leaves_nothing(workspace):
    done = activity.finish(workspace, trials.begin(workspace, spec(epochs=3)))
    assert done.state == "done", done.message
    found = trials.estimate(done)
    assert 0 < found.epoch_seconds < found.seconds < 600
    assert found.parameters > 1000
    assert not found.lacks
    assert not list((workspace.cache / "trials").iterdir())
    assert not list(workspace.runs.iterdir())


def test_a_trial_that_was_killed_says_so(workspace):
    job = trials.begin(workspace, spec())
    (folder,) = (workspace.cache / "trials").iterdir()
    (folder / "begun").touch()  # by an attempt that nobody has heard of again
    done = activity.finish(workspace, job)
    assert done.state == "failed"
    assert "lack of memory; choose a smaller batch_size" in done.message
    assert trials.estimate(done) is None
    assert not folder.exists()


def test_what_only_counts_needs_no_trial(workspace):
    with pytest.raises(InvalidSetting, match="start it without an estimate"):
        trials.begin(workspace, spec("ngram"))
