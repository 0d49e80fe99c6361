"""What every network of the zoo promises, whatever is inside: tried on real tunes and chorales."""

from dataclasses import fields

import numpy as np
import pytest
from backend_child import suiting, tiny
from encoded import pieces_of

from workbench.core.errors import InvalidSetting
from workbench.core.settings import describe, validated
from workbench.core.specs import TrainingSettings
from workbench.core.vocabulary import START
from workbench.sampling.onnx import OnnxDecoder
from workbench.training.export import export_step
from workbench.training.network import Network
from workbench.training.strangers import check_graph, check_keras

TRAINING = TrainingSettings(batch_size=2, window=24, seed=3)
STEPS = 256


@pytest.fixture(scope="module", params=["melody-steps", "chorale-grid", "without context"])
def music(request, architecture):
    """A vocabulary and a few pieces in it: for every architecture one that suits, for one architecture all."""
    if request.param != suiting(architecture) and architecture.name != "lstm":
        pytest.skip("one vocabulary is enough to tell")
    return pieces_of(request.param)


@pytest.fixture(scope="module")
def network(architecture, music):
    return Network(architecture, tiny(architecture), music[0], TRAINING)


def walk(vocabulary, pieces, length):
    """Inputs of one row of ``length`` positions: the tokens before, and the context where there is one."""
    tokens = np.concatenate([piece.tokens for piece in pieces])[:length]
    context = np.concatenate([piece.context for piece in pieces])[:length]
    before = np.concatenate([[START], tokens[:-1]]).astype(np.int32)
    return [before[np.newaxis], context[np.newaxis]] if vocabulary.context else [before[np.newaxis]]


def test_logits_for_every_position(network, music):
    vocabulary, pieces = music
    inputs = walk(vocabulary, pieces, 40)
    logits = np.asarray(network.trained(inputs))
    assert logits.shape == (1, 40, len(vocabulary))
    assert logits.dtype == np.float32
    assert np.ptp(logits) > 0


def test_what_comes_later_changes_nothing(network, music):
    vocabulary, pieces = music
    inputs = walk(vocabulary, pieces, 40)
    changed = [each.copy() for each in inputs]
    changed[0][:, 25:] = len(vocabulary) - 1
    if vocabulary.context:
        sizes = np.array([field.size for field in vocabulary.context])
        changed[1][:, 25:] = sizes - 1 - changed[1][:, 25:]
    before, after = (np.asarray(network.trained(each)) for each in (inputs, changed))
    np.testing.assert_allclose(before[:, :25], after[:, :25], atol=1e-6)
    assert np.abs(before[:, 25:] - after[:, 25:]).max() > 1e-4


def test_step_graph_and_onnx_give_the_logits_of_training(network, music, architecture, tmp_path):
    vocabulary, pieces = music
    inputs = walk(vocabulary, pieces, STEPS)
    network.settle()
    wanted = np.asarray(network.trained(inputs))[0]
    step = architecture.build_step(tiny(architecture), vocabulary, network.kept)
    states = [np.zeros((1, *each.shape[1:]), np.float32) for each in step.inputs[len(inputs) :]]
    for position in range(24):
        given = [each[:, position : position + 1] for each in inputs]
        logits, *after = step.predict_on_batch([*given, *states])
        states, looked = after[: len(states)], after[len(states) :]
        np.testing.assert_allclose(logits[0], wanted[position], atol=1e-4)
        for shares in looked:  # on positions that were there alone
            assert shares[0, -position - 1 :].sum() == pytest.approx(1, abs=1e-5)

    export_step(step, vocabulary, tmp_path / "step.onnx")
    check_graph(tmp_path / "step.onnx")  # another installation takes it in
    decoder = OnnxDecoder(tmp_path / "step.onnx")
    state = decoder.start(2)  # two alike, side by side
    none = np.zeros((1, wanted.shape[0], 0), np.int32)
    contexts = inputs[1] if vocabulary.context else none
    for position in range(wanted.shape[0]):
        token = np.repeat(inputs[0][:, position], 2)
        context = np.repeat(contexts[:, position], 2, axis=0)
        logits, state = decoder.step(token, context, state)
        np.testing.assert_allclose(logits, wanted[[position, position]], atol=1e-3)


def test_survives_a_file(network, music, tmp_path):
    import keras

    network.settle()
    network.kept.save(tmp_path / "model.keras")
    check_keras(tmp_path / "model.keras", network.kept)  # another installation takes it in
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = walk(*music, 40)
    np.testing.assert_array_equal(network.kept(inputs), loaded(inputs))


def test_logits_are_float32_in_mixed_precision_too(one_music, architecture):
    mixed = TrainingSettings(mixed_precision=True)
    network = Network(architecture, tiny(architecture), one_music[0], mixed)
    inputs = walk(*one_music, 3)
    rough, exact = (graph(inputs) for graph in (network.trained, network.kept))
    assert rough.dtype == exact.dtype == "float32"
    assert not network.trained.jit_compile  # compiled, bfloat16 is the slower one
    network.settle()
    np.testing.assert_allclose(rough, network.kept(inputs), atol=0.05)


def test_refuses_impossible_settings(architecture):
    checked = 0
    for field in describe(architecture.settings):
        for wrong in ([field.low - 1] if field.low is not None else []) + ["many"]:
            if field.type in (int, float):
                with pytest.raises(InvalidSetting, match=field.name):
                    validated(architecture.settings, {field.name: wrong})
                checked += 1
    assert checked >= len(fields(architecture.settings))
