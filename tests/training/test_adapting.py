"""Fine-tuning: what stays as it was, what is learned, and that nothing is lost when adapters are merged."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from training.test_laboratory import Listener, measured

from workbench.core.errors import InvalidSetting
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.vocabulary import ContextField, Vocabulary
from workbench.sampling.onnx import OnnxDecoder
from workbench.tokenizers import make
from workbench.training.adapting import ADAPTERS_FILE, HEAD_LAYER, adapt, merged, taken_over
from workbench.training.train import train
from workbench.zoo import ARCHITECTURES

NETWORKS = [each.name for each in ARCHITECTURES if each.is_network]
SPEC = TrainingSpec(
    "d@1",
    TokenizerSpec("melody-steps"),
    ModelSpec("lstm", {"units": 16, "layers": 1, "embedding": 8, "dropout": 0.2}),
    TrainingSettings(epochs=2, batch_size=8, window=64, samples="never"),
)


def vocabulary_for(name):
    """The first that suits, as whole as it comes."""
    architecture = ARCHITECTURES.get(name)
    for language in ("melody-steps", "chorale-grid"):
        vocabulary = make(TokenizerSpec(language)).vocabulary
        if architecture.suits(vocabulary) is None:
            return vocabulary
    raise AssertionError(f"no vocabulary suits {name}")


def built(name, vocabulary, **settings):
    architecture = ARCHITECTURES.get(name)
    return architecture.build(validated(architecture.settings, settings), vocabulary)


@pytest.fixture(scope="module")
def begun(tokenizer, tunes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("before")
    train(SPEC, tokenizer, tunes[:9], tunes[9:], folder, Listener())
    return folder


def tuned(begun, tokenizer, tunes, folder, report=None, **training):
    asked = replace(SPEC, training=replace(SPEC.training, **training), start_from="before")
    return train(
        asked, tokenizer, tunes[:6], tunes[9:], folder, report or Listener(), initial=begun / "best.keras"
    )  # fmt: skip


def weights(folder):
    model = keras.saving.load_model(folder / "best.keras", compile=False, safe_mode=True)
    return {each.path: np.asarray(each) for each in model.weights}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_a_head(name):
    network = built(name, vocabulary_for(name))
    assert network.get_layer(HEAD_LAYER).weights
    adapt(network, TrainingSettings(tune="head"))
    assert {each.path.split("/")[0] for each in network.trainable_variables} == {HEAD_LAYER}


@pytest.mark.parametrize("name", NETWORKS)
def test_adapters_change_nothing_before_they_learn_and_are_few(name):
    network = built(name, vocabulary_for(name))
    before = {each.path: np.asarray(each) for each in network.weights}
    everything = sum(each.size for each in before.values())
    adapt(network, TrainingSettings(tune="lora", lora_rank=1))
    after = merged(network, {})
    assert after.keys() == before.keys()
    for path, value in before.items():
        assert np.array_equal(after[path], value), path
    learned = sum(np.asarray(each).size for each in network.trainable_variables)
    assert 0 < learned < everything / 4


@pytest.mark.long
def test_the_head_alone_learns(begun, tokenizer, tunes, tmp_path):
    tuned(begun, tokenizer, tunes, tmp_path, tune="head")
    before, after = weights(begun), weights(tmp_path)
    changed = {path for path in before if not np.array_equal(before[path], after[path])}
    assert {path.split("/")[0] for path in changed} == {HEAD_LAYER}


@pytest.mark.long
def test_adapters_lie_apart_and_are_merged_in_what_composes(begun, tokenizer, tunes, tmp_path):
    """Of averaged adapters, too: what is kept is the matrix with the product of the averages."""
    tuned(begun, tokenizer, tunes, tmp_path, tune="lora", lora_rank=2, ema_momentum=0.5)
    before, after = weights(begun), weights(tmp_path)
    with np.load(tmp_path / ADAPTERS_FILE, allow_pickle=False) as kept:
        pairs = {name.removesuffix("/a") for name in kept.files if name.endswith("/a")}
        assert any("lstm_0_cell/recurrent" in path for path in pairs)
        for path, value in before.items():
            added = 0
            if path in pairs:
                added = kept["scale"] * kept[f"{path}/a"] @ kept[f"{path}/b"]
                assert np.abs(added).max() > 0
            assert after[path] == pytest.approx(value + added, abs=1e-6)
    assert (tmp_path / ADAPTERS_FILE).stat().st_size < (tmp_path / "best.keras").stat().st_size
    merged_graph = OnnxDecoder(
        tmp_path / "best.onnx"
    )  # its logits were compared when it was exported
    assert merged_graph.start(1)


@pytest.mark.long
def test_adapters_in_recurrent_layers_alone(begun, tokenizer, tunes, tmp_path):
    tuned(
        begun,
        tokenizer,
        tunes,
        tmp_path,
        tune="lora",
        lora_layers="recurrent",
        mixed_precision=True,
    )
    before, after = weights(begun), weights(tmp_path)
    changed = {path for path in before if not np.array_equal(before[path], after[path])}
    assert changed == {p for p in before if p.endswith(("cell/kernel", "cell/recurrent"))}


@pytest.mark.long
def test_stopped_and_gone_on_with_adapters_learn_the_same(begun, tokenizer, tunes, tmp_path):
    asked = {"tune": "lora", "lora_rank": 2}
    listener = Listener()
    whole = tuned(begun, tokenizer, tunes, tmp_path / "whole", listener, **asked)
    stop = Listener(stop_at=listener.asked // 2 + 2)
    assert tuned(begun, tokenizer, tunes, tmp_path / "parts", stop, **asked).stopped
    resumed = tuned(begun, tokenizer, tunes, tmp_path / "parts", **asked)
    assert measured(resumed) == measured(whole)


def test_layers_that_are_not_there_cannot_be_adapted(tokenizer):
    network = built("lstm", tokenizer.vocabulary, units=16, layers=1)
    with pytest.raises(InvalidSetting, match="no attention layers"):
        adapt(network, TrainingSettings(tune="lora", lora_layers="attention"))


def test_a_table_of_labels_that_has_grown_keeps_its_rows(tokenizer):
    def labelled(*sizes):
        own = [ContextField(f"control_{i}", size, is_optional=True) for i, size in enumerate(sizes)]
        vocabulary = Vocabulary(tokenizer.vocabulary.tokens, (*tokenizer.vocabulary.context, *own))
        return built("lstm", vocabulary, units=16, layers=1)

    old, new = labelled(3, 2), labelled(5, 2)
    new.set_weights(taken_over(old, new, new.weights))
    row = np.array([[[3, 2]]])
    context = np.concatenate([np.zeros((1, 1, old.inputs[1].shape[-1] - 2)), row - 1], -1)
    given = [np.ones((1, 1), np.int32), context.astype(np.int32)]
    assert np.asarray(new(given)) == pytest.approx(np.asarray(old(given)), abs=1e-6)
    for other in (labelled(2, 2), labelled(3, 2, 2)):  # fewer labels, another control
        with pytest.raises(InvalidSetting, match="another network"):
            taken_over(old, other, other.weights)
