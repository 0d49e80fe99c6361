"""What TensorBoard's own reader finds of a training, also of one that was killed and gone on with."""

import json

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from workbench.core.report import SilentReport
from workbench.core.runs import EVENTS_FOLDER
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.training import run
from workbench.training.following import followed
from workbench.training.train import train

SPEC = TrainingSpec(
    "d@1",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1}),
    TrainingSettings(epochs=2, batch_size=4, window=32),
)


class Killed(BaseException):
    """Nothing in the training catches it, as nothing catches a kill."""


class Listener(SilentReport):
    """A report that remembers steps and epochs by their number, and may be killed at the second step after an epoch."""

    def __init__(self, heard=None, killed_after=None):
        self.heard = heard if heard is not None else {"step": {}, "epoch": {}}
        self.killed_after, self.begun = killed_after, 0

    def progress(self, done, text):
        if self.begun == 2 and len(self.heard["epoch"]) == self.killed_after:
            raise Killed

    def event(self, kind, data):
        if kind in self.heard:
            self.heard[kind][data[kind]] = data
            self.begun = self.begun + 1 if kind == "step" else 0

    def should_stop(self):
        return False


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(run, "STEP_EVENT_SECONDS", 0.0)


def read(folder):
    found = EventAccumulator(str(folder / EVENTS_FOLDER), size_guidance={"scalars": 0})
    return found.Reload()


@pytest.mark.long
def test_curves_are_those_of_the_run_though_it_was_killed(tokenizer, tunes, tmp_path, every_step):
    folder, heard = tmp_path / "lstm-1", {"step": {}, "epoch": {}}
    with pytest.raises(Killed):
        train(SPEC, tokenizer, tunes[:9], tunes[9:], folder, Listener(heard, killed_after=1))
    assert list(heard["epoch"]) == [1]  # the second had begun, and is told again
    (file,) = (folder / EVENTS_FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:-5])  # killed while it wrote
    train(SPEC, tokenizer, tunes[:9], tunes[9:], folder, Listener(heard))
    assert list(heard["epoch"]) == [1, 2]
    moments = sorted(heard["step"])  # the first is before anything is learned
    assert moments == list(range(len(moments)))

    found = read(folder)
    for axis in ("step", "epoch"):
        names = {name for data in heard[axis].values() for name in data} - {"step", "epoch"}
        assert {tag for tag in found.Tags()["scalars"] if tag.startswith(axis)} == {f"{axis}/{name}" for name in names}  # fmt: skip
        for name in names:
            told = [
                (place, data[name]) for place, data in sorted(heard[axis].items()) if name in data
            ]
            shown = [(each.step, each.value) for each in found.Scalars(f"{axis}/{name}")]
            assert [place for place, _ in shown] == [place for place, _ in told]
            assert [v for _, v in shown] == pytest.approx([v for _, v in told], rel=1e-6)
    (text,) = found.Tensors("settings/text_summary")
    assert json.loads(text.tensor_proto.string_val[0])["dataset"] == "d@1"


def test_a_follower_that_fails_is_left_out_and_the_report_hears_all(tmp_path, caplog):
    (tmp_path / EVENTS_FOLDER).write_text("a file where the folder should be")
    listener = Listener()
    with followed(listener, tmp_path, SPEC) as told:
        for step in (1, 2):
            told.event("step", {"step": step, "epoch": step / 2, "loss": 1.0})
    assert list(listener.heard["step"]) == [1, 2]
    assert caplog.text.count("EventFiles follows no longer") == 1
