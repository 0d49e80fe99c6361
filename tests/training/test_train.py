"""Training from end to end on real tunes: files, events, stopping, resuming, and ways to fail."""

import errno
import json
import math
import shutil
from contextlib import nullcontext

import numpy as np
import pytest

from workbench.core import forms
from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.model_card import best_file, file_digest, read_card
from workbench.core.records import from_json
from workbench.core.report import SilentReport
from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.metrics.likelihood import likelihood
from workbench.sampling.onnx import OnnxDecoder
from workbench.training import run
from workbench.training.checkpoints import LAST_FILE
from workbench.training.network import Stepped
from workbench.training.train import train
from workbench.zoo import ARCHITECTURES

EPOCHS = 4


def spec(architecture="lstm", **training):
    small = {"units": 16, "layers": 1, "dropout": 0.4} if architecture == "lstm" else {}
    settings = TrainingSettings(
        **{"epochs": EPOCHS, "batch_size": 8, "window": 64, "learning_rate": 0.01, "samples": "never"} | training
    )  # fmt: skip
    return TrainingSpec(
        "d@1", TokenizerSpec("melody-steps"), ModelSpec(architecture, small), settings
    )


class Listener(SilentReport):
    """A report that remembers, and stops after so many epochs."""

    def __init__(self, stop_after=math.inf):
        self.events, self.done, self.stop_after = [], [], stop_after

    def progress(self, done, text):
        self.done.append(done)

    def event(self, kind, data):
        self.events.append((kind, json.loads(json.dumps(data))))

    def should_stop(self):
        return len(self.of("checkpoint", "last")) >= self.stop_after

    def of(self, kind, checkpoint=None):
        found = [data for name, data in self.events if name == kind]
        return [each for each in found if checkpoint is None or each["kind"] == checkpoint]


@pytest.fixture(scope="module")
def whole(tokenizer, tunes, tmp_path_factory):
    """A training that nothing interrupts: its folder, listener and result."""
    folder = tmp_path_factory.mktemp("runs") / "lstm-whole"
    listener = Listener()
    return folder, listener, train(spec(), tokenizer, tunes[:9], tunes[9:], folder, listener)


def test_learns_and_tells(whole):
    folder, listener, result = whole
    epochs = [from_json(EpochMetrics, each) for each in listener.of("epoch")]
    assert tuple(epochs) == result.history
    assert [each.epoch for each in epochs] == [1, 2, 3, 4]
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert result.best.valid_loss < math.log(47) - 1
    assert not result.stopped
    kept = [from_json(Checkpoint, each) for each in listener.of("checkpoint", "best")]
    assert kept[-1].valid_loss == result.best.valid_loss
    assert (folder.parent.parent / kept[-1].path).exists()
    told = {
        "step",
        "epoch",
        "loss",
        "accuracy",
        "gradient_norm",
        "learning_rate",
        "tokens_per_second",
        "cpu_cores",
    }
    first, *others = listener.of("step")
    assert first["step"] == 0  # before anything is learned
    assert first["loss"] == pytest.approx(math.log(47), rel=0.1)
    assert all(told <= set(moment) for moment in others)
    assert others
    for each in epochs:
        assert 0 < each.train_accuracy < 1
        assert each.gradient_norm > 0
        assert each.valid_perplexity == pytest.approx(math.exp(each.valid_loss))
    assert listener.done == sorted(listener.done)
    assert listener.done[-1] == pytest.approx(1.0)


def test_what_composes_has_the_loss_the_card_says(whole, tokenizer, tunes):
    folder, _, result = whole
    card = read_card(folder)
    assert card.sha256 == file_digest(best_file(folder, card))
    assert (card.epoch, card.valid_loss) == (result.best.epoch, result.best.valid_loss)
    assert card.vocabulary == tokenizer.vocabulary
    assert card.heard.forms == forms.texts(tokenizer, tunes[:9]) != ()
    assert sum(card.heard.meters.values()) == 9
    measured = likelihood(OnnxDecoder(best_file(folder, card)), tunes[9:])
    assert measured.nats_per_token == pytest.approx(card.valid_loss, abs=1e-5)
    assert measured.accuracy == pytest.approx(result.best.valid_accuracy, abs=0.002)


@pytest.mark.long
def test_stopped_and_resumed_it_is_as_if_nothing_had_happened(whole, tokenizer, tunes, tmp_path):
    _, _, wanted = whole
    folder = tmp_path / "lstm-resumed"
    stopped = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, Listener(stop_after=2))
    assert stopped.stopped
    assert len(stopped.history) == 2
    assert read_card(folder).epoch == stopped.best.epoch  # composes already

    resumed = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, Listener())
    assert not resumed.stopped
    for mine, theirs in zip(resumed.history, wanted.history, strict=True):
        assert mine.train_loss == pytest.approx(theirs.train_loss, abs=1e-6)
        assert mine.valid_loss == pytest.approx(theirs.valid_loss, abs=1e-6)

    with pytest.raises(InvalidSetting, match="other settings"):
        train(spec(seed=1), tokenizer, tunes[:9], tunes[9:], folder, Listener())


@pytest.mark.long
def test_starts_from_other_weights(whole, tokenizer, tunes, tmp_path):
    folder, _, before = whole
    tuned = train(
        spec(epochs=1, learning_rate=1e-5), tokenizer, tunes[:9], tunes[9:], tmp_path / "tuned",
        Listener(), initial=folder / "best.keras",
    )  # fmt: skip
    assert tuned.history[0].valid_loss == pytest.approx(before.best.valid_loss, abs=0.02)

    other = ModelSpec("lstm", {"units": 32})
    asked = TrainingSpec("d@1", TokenizerSpec("melody-steps"), other, TrainingSettings(epochs=1))
    with pytest.raises(InvalidSetting, match="another network"):
        train(
            asked, tokenizer, tunes[:9], tunes[9:], tmp_path / "other", Listener(),
            initial=folder / "best.keras",
        )  # fmt: skip


def test_killed_in_the_middle_of_writing_the_last_good_files_serve(
    whole, tokenizer, tunes, tmp_path
):
    """A torn record is as good as none; a graph that is not the card's is exported again."""
    folder = tmp_path / "lstm-torn"
    shutil.copytree(whole[0], folder)
    (folder / "best.onnx").write_bytes(b"torn")
    (folder / "best.0abc.partial.onnx").write_bytes(b"torn")
    again = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, Listener())
    assert len(again.history) == EPOCHS
    assert not list(folder.rglob("*.partial*"))
    card = read_card(folder)
    assert card.sha256 == file_digest(best_file(folder, card))
    assert card.epoch == whole[2].best.epoch
    OnnxDecoder(best_file(folder, card))

    (folder / LAST_FILE).write_bytes((folder / LAST_FILE).read_bytes()[:1000])
    listener = Listener(stop_after=0)
    assert train(spec(), tokenizer, tunes[:9], tunes[9:], folder, listener).history == ()


class Taken(Exception):
    """Somebody else has the work."""


class Slept(Listener):
    """Sleeps in its third epoch, and another takes the work over; it wakes up and is told to end."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.questions, self.left = folder, 0, None

    def should_stop(self):
        self.questions += len(self.of("epoch")) == 2
        if self.questions == 3 and self.left is None:
            self.left = files(self.folder)
        return self.left is not None

    def holding(self):
        if self.left is not None:
            raise Taken
        return nullcontext()


def files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.long
def test_one_that_wakes_up_after_its_work_was_taken_over_writes_nothing(tokenizer, tunes, tmp_path):
    folder = tmp_path / "lstm-slept"
    slept = Slept(folder)
    with pytest.raises(Taken):
        train(spec(), tokenizer, tunes[:9], tunes[9:], folder, slept)
    assert {path.name for path in slept.left} >= {"best.keras", "best.onnx", LAST_FILE}
    assert files(folder) == slept.left


def test_a_loss_that_is_no_number_ends_in_a_sentence(tokenizer, tunes, tmp_path, monkeypatch):
    monkeypatch.setattr(run.Network, "step", lambda *_: Stepped(math.nan, 0.0, 1.0))
    with pytest.raises(WorkFailed, match=r"no longer a number in epoch 1.*learning_rate"):
        train(spec(), tokenizer, tunes[:9], tunes[9:], tmp_path / "nan", Listener())


@pytest.mark.long
def test_a_full_disk_ends_in_a_sentence_and_leaves_the_last_record(
    tokenizer, tunes, tmp_path, monkeypatch
):
    folder, listener, savez = tmp_path / "lstm-full", Listener(), np.savez

    def full(*arguments, **arrays):
        if listener.of("checkpoint", "last"):
            raise OSError(errno.ENOSPC, "No space left on device")
        savez(*arguments, **arrays)

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(WorkFailed, match="disk is full"):
        train(spec(), tokenizer, tunes[:9], tunes[9:], folder, listener)
    assert not list(folder.glob("*.partial*"))
    card = read_card(folder)
    assert card.sha256 == file_digest(best_file(folder, card))
    monkeypatch.undo()
    record = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, Listener(stop_after=0))
    assert len(record.history) == 1


def test_counting_models_go_the_same_way(tokenizer, tunes, tmp_path):
    folder, listener = tmp_path / "ngram-1", Listener()
    result = train(spec("ngram"), tokenizer, tunes[:9], tunes[9:], folder, listener)
    (metrics,) = result.history
    assert metrics.train_loss < metrics.valid_loss < math.log(47)
    card = read_card(folder)
    model = ARCHITECTURES.get("ngram").load(best_file(folder, card))
    assert likelihood(model, tunes[9:]).nats_per_token == pytest.approx(card.valid_loss)
    assert card.sha256 == file_digest(folder / "ngram.npz")
    assert card.heard.forms == forms.texts(tokenizer, tunes[:9])
    assert card.parameters == result.parameters > 100
    assert listener.of("checkpoint", "best")[0]["path"].endswith("ngram-1/ngram.npz")
