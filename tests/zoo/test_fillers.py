"""What every network that fills holes promises, tried on real chorales."""

from dataclasses import fields

import numpy as np
import pytest
from backend_child import tiny

from workbench.core.errors import InvalidSetting
from workbench.core.frames import Frames
from workbench.core.settings import describe, validated
from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.corpora import CORPORA
from workbench.sampling.onnx import OnnxFiller
from workbench.tokenizers import make
from workbench.training.crops import Crops
from workbench.training.export import export_filler
from workbench.training.network import Network
from workbench.training.strangers import check_graph, check_keras
from workbench.zoo import ARCHITECTURES

FILLERS = [each for each in ARCHITECTURES if each.is_orderless]
TOKENIZER = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(TOKENIZER.vocabulary)
TRAINING = TrainingSettings(batch_size=2, seed=3)


@pytest.fixture(scope="module", params=FILLERS, ids=lambda each: each.name)
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def network(architecture):
    return Network(architecture, tiny(architecture), TOKENIZER.vocabulary, TRAINING)


@pytest.fixture(scope="module")
def batch():
    corpus = CORPORA.get("bach-chorales")
    pieces = [TOKENIZER.encode(corpus.read(member).score) for member in corpus.members()[4:6]]
    return next(Crops(FRAMES, pieces, 24, 2).epoch(0, 1))


def test_logits_for_every_state_of_every_cell(network, batch):
    logits = np.asarray(network.kept(batch.inputs))
    assert logits.shape == (2, 24, 4, FRAMES.states)
    assert logits.dtype == np.float32


def test_it_looks_both_ways_and_at_the_other_voices(network, batch):
    """The cell in the middle depends on later steps, earlier ones, other voices and what is known."""
    middle = np.asarray(network.kept(batch.inputs))[0, 12, 1]
    for step, voice in ((10, 1), (14, 1), (12, 3)):
        changed = batch.states.copy()
        changed[0, step, voice] = (changed[0, step, voice] + 7) % FRAMES.states
        other = np.asarray(network.kept([changed, batch.context]))[0, 12, 1]
        assert np.abs(other - middle).max() > 1e-6
    beat = batch.context.copy()
    beat[0, 12] = 1 - beat[0, 12] // 2
    assert np.abs(np.asarray(network.kept([batch.states, beat]))[0, 12, 1] - middle).max() > 1e-6


def test_it_reaches_as_far_as_it_says(architecture, network):
    """Farther away nothing changes a cell; the steps at the ends of its reach do."""
    if architecture.reach is None:
        pytest.skip("it looks at all of a piece")
    random, middle = np.random.default_rng(0), architecture.reach(tiny(architecture)) + 2
    states = random.integers(0, FRAMES.states, (1, 2 * middle + 1, FRAMES.voices), np.int32)
    context = np.zeros((1, len(states[0]), len(FRAMES.context)), np.int32)
    before = np.asarray(network.kept([states, context]))[0, middle]
    for away, is_near in ((middle - 2, True), (middle - 1, False)):
        for step in (middle - away, middle + away):
            changed = states.copy()
            changed[0, step] = FRAMES.hidden
            after = np.asarray(network.kept([changed, context]))[0, middle]
            assert (np.abs(after - before).max() > 0) == is_near


@pytest.mark.long
def test_the_exported_graph_says_the_same_for_pieces_of_any_length(network, batch, tmp_path):
    network.settle()
    export_filler(network.kept, FRAMES, tmp_path / "filler.onnx")
    check_graph(tmp_path / "filler.onnx")  # another installation takes it in
    filler = OnnxFiller(tmp_path / "filler.onnx")
    long = [np.tile(each, (1, 11, 1))[:1, :256] for each in batch.inputs]
    for inputs in (batch.inputs, long):
        wanted = np.asarray(network.kept(inputs))
        np.testing.assert_allclose(filler.logits(*inputs), wanted, atol=1e-3)


def test_survives_a_file(network, batch, tmp_path):
    import keras

    network.settle()
    network.kept.save(tmp_path / "model.keras")
    check_keras(tmp_path / "model.keras", network.kept)  # another installation takes it in
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(network.kept(batch.inputs), loaded(batch.inputs))


@pytest.mark.long
def test_learns_one_batch_by_heart_and_ignores_what_is_not_hidden(architecture, batch):
    network = Network(architecture, tiny(architecture), TOKENIZER.vocabulary, TRAINING)
    begun = network.state()
    nonsense = np.where(batch.counted > 0, batch.targets, 1)
    losses = []
    for targets in (batch.targets, nonsense):
        network.restore(begun)
        losses.append(network.step(type(batch)(*batch.inputs, targets, batch.counted), 0.0).loss)
    assert losses[0] == losses[1]

    network.restore(begun)
    first = network.step(batch, 0.02).loss
    assert any(network.step(batch, 0.02).loss < 0.1 * first for _ in range(400))

    again = Network(architecture, tiny(architecture), TOKENIZER.vocabulary, TRAINING)
    for name, values in begun.items():
        np.testing.assert_array_equal(values, again.state()[name], err_msg=name)
    network.restore(begun)
    assert network.step(batch, 0.02).loss == first


@pytest.mark.long
def test_learns_in_mixed_precision(architecture, batch):
    mixed = TrainingSettings(batch_size=2, mixed_precision=True)
    network = Network(architecture, tiny(architecture), TOKENIZER.vocabulary, mixed)
    rough, exact = (graph(batch.inputs) for graph in (network.trained, network.kept))
    assert rough.dtype == exact.dtype == "float32"
    losses = [network.step(batch, 0.01).loss for _ in range(40)]
    assert np.isfinite(losses).all()
    assert losses[-1] < 0.7 * losses[0]


def test_refuses_impossible_settings_and_music_without_voices(architecture):
    for field in describe(architecture.settings):
        with pytest.raises(InvalidSetting, match=field.name):
            validated(architecture.settings, {field.name: field.low - 1})
    assert len(describe(architecture.settings)) == len(fields(architecture.settings))
    with pytest.raises(InvalidSetting, match="choose the tokenizer chorale-grid"):
        architecture.check_suits(make(TokenizerSpec("melody-steps")).vocabulary)
