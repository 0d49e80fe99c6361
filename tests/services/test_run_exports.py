"""A model in the forms of other programs: the lines of its README run, and it says what the network says."""

import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from workspaces import copied

from workbench.core.errors import InvalidSetting
from workbench.core.model_card import is_whole, read_card
from workbench.core.specs import (
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.services import activity, datasets, run_exports, training

SPEC = TrainingSpec(
    "tunes",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1}),
    TrainingSettings(epochs=1, window=64, batch_size=8),
)


@pytest.fixture(scope="module")
def home(loaded, tmp_path_factory):
    home = copied(loaded, tmp_path_factory.mktemp("home") / "home")
    datasets.create(home, "tunes", seed=1)
    return home


@pytest.fixture(scope="module")
def run(home):
    run = training.start(home, SPEC)
    assert activity.finish(home, training.job(home, run)).state == "done"
    return run


def unpacked(home, run, form, folder):
    path = run_exports.write(home, run, form, folder / f"{form}.zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    assert run in (folder / "card.md").read_text()
    return (folder / "README.txt").read_text()


def run_readme(words, folder, *path):
    """What the lines of a README print, in an interpreter that knows only the folders it is given."""
    code = words.split("```python\n")[1].split("\n```")[0]
    script = f"import sys; sys.path[:0] = {list(map(str, path))!r}\n{code}"
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_onnx_runs_without_the_workbench(home, run, tmp_path):
    words = unpacked(home, run, "onnx", tmp_path)
    assert "lstm gives logits of shape (1, 47) and 2 states" in run_readme(words, tmp_path)


def test_keras_is_the_network(home, run, tmp_path):
    words = unpacked(home, run, "keras", tmp_path)
    assert "tokens" in words
    model = keras.saving.load_model(tmp_path / "best.keras", compile=False, safe_mode=True)
    assert model.count_params() == training.get(home, run).parameters
    compile(words.split("```python\n")[1].split("\n```")[0], "README.txt", "exec")


@pytest.mark.long
def test_a_saved_model_is_made_by_a_worker_and_says_what_keras_says(home, run, tmp_path):
    assert not run_exports.is_ready(home, run, "savedmodel")
    with pytest.raises(InvalidSetting, match="not made yet"):
        run_exports.written(home, run, "savedmodel")
    done = activity.finish(home, run_exports.prepare(home, run, "savedmodel"))
    assert done.state == "done", done.details
    assert run_exports.is_ready(home, run, "savedmodel")
    assert not list(home.cache.glob("export-*"))
    words = unpacked(home, run, "savedmodel", tmp_path)
    assert "serving_default" in words

    network = keras.saving.load_model(home.runs / run / "best.keras", compile=False)
    saved = tf.saved_model.load(str(tmp_path / "saved_model")).signatures["serving_default"]
    random = np.random.default_rng(1)
    for rows, steps in ((1, 5), (3, 40)):
        tokens = random.integers(0, 47, (rows, steps), np.int32)
        context = random.integers(0, 2, (rows, steps, network.inputs[1].shape[-1]), np.int32)
        (found,) = saved(tokens=tf.constant(tokens), context=tf.constant(context)).values()
        wanted = np.asarray(network([tokens, context]))
        np.testing.assert_allclose(np.asarray(found), wanted, atol=1e-4)


def test_eight_bits_are_given_out_with_what_they_cost(home, run, tmp_path):
    done = activity.finish(home, run_exports.prepare(home, run, "onnx-int8"))
    assert done.state == "done", done.details
    words = unpacked(home, run, "onnx-int8", tmp_path)
    before, after = done.result["before"], done.result["after"]
    assert f"{after:.3f} nats per quarter note instead of {before:.3f}" in words
    assert before != after < before * 1.005
    assert "lstm gives logits of shape (1, 47) and 2 states" in run_readme(words, tmp_path)
    plain = home.runs / run / "best.onnx"
    assert (tmp_path / "best.onnx").stat().st_size < 0.6 * plain.stat().st_size  # of a tiny one
    assert is_whole(tmp_path, read_card(tmp_path))
    assert not list(home.cache.glob("export-*"))


def test_eight_bits_that_lose_too_much_are_refused(home, run, monkeypatch):
    monkeypatch.setattr("workbench.jobs.eight_bits.MOST_LOST", -1.0)
    for ready in home.cache.glob("onnx-int8-*.zip"):
        ready.unlink()
    failed = activity.finish(home, run_exports.prepare(home, run, "onnx-int8"))
    assert failed.state == "failed" and "Export ONNX as it is" in failed.message
    assert not run_exports.is_ready(home, run, "onnx-int8")


def test_what_counts_comes_as_a_bundle_alone(home, tmp_path):
    run = training.start(home, TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram")))  # fmt: skip
    activity.finish(home, training.job(home, run))
    assert run_exports.forms(home, run) == ["bundle"]
    with pytest.raises(InvalidSetting, match="no network"):
        run_exports.write(home, run, "onnx", tmp_path / "x.zip")
    with pytest.raises(InvalidSetting, match="no form"):
        run_exports.write(home, run, "pickle", tmp_path / "x.zip")
