"""What a training may be told to do otherwise: every setting has its effect, and none breaks going on after a stop."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from workbench.core.errors import WorkFailed
from workbench.core.model_card import best_file, is_whole, read_card
from workbench.core.report import SilentReport
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.sampling.onnx import OnnxDecoder
from workbench.training.checkpoints import Progress
from workbench.training.failures import check_step
from workbench.training.losses import loss
from workbench.training.network import Network, Stepped
from workbench.training.optimizers import KINDS, optimizer
from workbench.training.train import train

UNUSUAL = {
    "optimizer": "lion", "learning_rate": 3.0, "ema_momentum": 0.5, "schedule": "plateau", "decay": 0.5,
    "decay_epochs": 1, "loss": "label-smoothing", "mixed_precision": True, "patience": 0,
}  # fmt: skip


def spec(**training):
    settings = {"epochs": 4, "batch_size": 8, "window": 64, "samples": "never"} | training
    return TrainingSpec(
        "d@1",
        TokenizerSpec("melody-steps"),
        ModelSpec("lstm", {"units": 16, "layers": 1, "embedding": 8, "dropout": 0.4}),
        TrainingSettings(**settings),
    )


class Listener(SilentReport):
    """A report that remembers, and says stop at the so-manieth question."""

    def __init__(self, stop_at=None):
        self.events, self.asked, self.stop_at = [], 0, stop_at

    def progress(self, done, text):
        pass

    def event(self, kind, data):
        self.events.append((kind, json.loads(json.dumps(data))))

    def should_stop(self):
        self.asked += 1
        return self.asked == self.stop_at


def measured(result):
    return [(e.train_loss, e.valid_loss, e.valid_accuracy, e.learning_rate, e.train_accuracy, e.gradient_norm)
            for e in result.history]  # fmt: skip


@pytest.mark.long
def test_stopped_anywhere_it_goes_on_to_the_very_same_losses(tokenizer, tunes, tmp_path):
    """Averaged weights, a plateau, dropout, mixed precision; stopped within an epoch and within a validation."""
    asked, listener = spec(**UNUSUAL), Listener()
    whole = train(asked, tokenizer, tunes[:9], tunes[9:], tmp_path / "whole", listener)
    rates = [each.learning_rate for each in whole.history]
    assert rates[-1] < rates[0]  # the plateau was met
    an_epoch = listener.asked // 4  # before every batch, and in the validation
    for stop in (
        an_epoch + 2,
        an_epoch - 1,
    ):  # in its second epoch, and then in that epoch's validation
        stopped = train(
            asked, tokenizer, tunes[:9], tunes[9:], tmp_path / "parts", Listener(stop_at=stop)
        )
        assert stopped.stopped
    resumed = train(asked, tokenizer, tunes[:9], tunes[9:], tmp_path / "parts", Listener())
    assert measured(resumed) == measured(whole)


@pytest.mark.long
def test_models_are_kept_by_themselves_and_pruned(tokenizer, tunes, tmp_path):
    asked = spec(validate_every=3, checkpoint_every=2, checkpoints_kept=1, patience=0)
    listener, folder = Listener(), tmp_path / "kept"
    result = train(asked, tokenizer, tunes[:9], tunes[9:], folder, listener)
    assert [each.epoch for each in result.history if each.valid_loss is not None] == [2, 3, 4]
    assert sorted(each.name for each in folder.glob("epoch-*")) == ["epoch-4"]
    assert ("checkpoint_gone", {"run": "kept", "kind": "epoch 2"}) in listener.events
    card = read_card(folder / "epoch-4")
    assert card.epoch == 4
    assert card.valid_loss == result.history[3].valid_loss
    assert is_whole(folder / "epoch-4", card)
    OnnxDecoder(best_file(folder / "epoch-4", card))
    keras.saving.load_model(folder / "epoch-4" / "best.keras", compile=False)


@pytest.mark.parametrize("name", KINDS)
def test_every_optimizer_learns_and_tells_its_gradient(name):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, use_bias=False)])
    settings = TrainingSettings(optimizer=name, learning_rate=0.1, weight_decay=0.0, clip_norm=0.5)
    model.compile(optimizer=optimizer(settings), loss="mse")
    model.optimizer.build(model.trainable_variables)
    model.layers[0].kernel.assign([[1.0], [1.0]])
    x, y = np.array([[1.0, 0.0]]), np.array([[0.0]])
    losses = [float(model.train_on_batch(x, y)) for _ in range(5)]
    assert float(model.optimizer.gradient_norm.numpy()) > 0
    assert losses[-1] < losses[0] == 1.0
    assert isinstance(model.optimizer, KINDS[name])


def test_the_gradient_is_measured_before_it_is_clipped():
    made = optimizer(
        TrainingSettings(clip_norm=0.5, optimizer="sgd", momentum=0.0, weight_decay=0.0)
    )
    variable = keras.Variable([0.0, 0.0])
    made.build([variable])
    made.learning_rate = 1.0
    made.apply([keras.ops.convert_to_tensor([3.0, 4.0])])
    assert float(made.gradient_norm.numpy()) == pytest.approx(5.0)
    np.testing.assert_allclose(np.asarray(variable), [-0.3, -0.4], rtol=1e-6)


def test_losses_are_what_they_say():
    logits = np.log(np.array([[[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]], np.float32))
    targets, counted = np.array([[0, 1]]), np.array([[1.0, 0.0]])

    def of(**settings):
        return float(loss(TrainingSettings(**settings))(targets, logits, sample_weight=counted))

    plain = -np.log(0.7)
    assert of() == pytest.approx(plain, rel=1e-5)
    assert of(loss="focal", focal_gamma=2.0) == pytest.approx(0.3**2 * plain, rel=1e-4)
    spread = -np.mean(np.log([0.7, 0.2, 0.1]))
    smoothed = of(loss="label-smoothing", label_smoothing=0.3)
    assert smoothed == pytest.approx(0.7 * plain + 0.3 * spread, rel=1e-5)


def test_what_is_no_number_is_said_with_what_to_change():
    lost = Progress(spec(learning_rate=0.5, clip_norm=0.0), "")
    with pytest.raises(
        WorkFailed, match=r"The gradient .* smaller learning_rate than 0.5, or a clip_norm"
    ):
        check_step(Stepped(1.0, 0.1, math.inf), lost)
    with pytest.raises(WorkFailed, match="Nothing was kept yet"):
        check_step(Stepped(math.nan, 0.1, 1.0), lost)


@pytest.mark.long
def test_where_memory_ends_the_last_good_model_composes(tokenizer, tunes, tmp_path, monkeypatch):
    """The third epoch breaks before the second, which was better, was made to compose."""
    folder, listener, step = tmp_path / "broken", Listener(), Network.step

    def breaking(network, batch, rate):
        if sum(kind == "epoch" for kind, _ in listener.events) < 2:
            return step(network, batch, rate)
        raise tf.errors.ResourceExhaustedError(None, None, "OOM")

    monkeypatch.setattr(Network, "step", breaking)
    with pytest.raises(WorkFailed, match="smaller batch_size, window or network"):
        train(spec(learning_rate=0.01), tokenizer, tunes[:9], tunes[9:], folder, listener)
    losses = [data["valid_loss"] for kind, data in listener.events if kind == "epoch"]
    assert losses[1] < losses[0]
    card = read_card(folder)
    assert (card.epoch, is_whole(folder, card)) == (2, True)
    assert not list(folder.glob("*.partial*"))
