"""What every autoencoder promises, tried on real tunes; the space of one that was trained is tried in ``training``."""

from dataclasses import fields, replace

import numpy as np
import pytest
from backend_child import tiny
from encoded import pieces_of

from workbench.core.errors import InvalidSetting
from workbench.core.segments import Segment, segments
from workbench.core.settings import describe, validated
from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.core.vocabulary import START
from workbench.sampling.onnx import OnnxAutoencoder
from workbench.tokenizers import make
from workbench.training.autoencoding import posterior_of
from workbench.training.export import export_encoder, export_step
from workbench.training.network import Network
from workbench.training.segments import SegmentBatch, Segments
from workbench.training.strangers import check_graph, check_keras
from workbench.zoo import ARCHITECTURES

AUTOENCODERS = [each for each in ARCHITECTURES if each.is_autoencoder]
VOCABULARY, PIECES = pieces_of("melody-steps")
TRAINING = TrainingSettings(batch_size=6, seed=3)


@pytest.fixture(scope="module", params=AUTOENCODERS, ids=lambda each: each.name)
def architecture(request):
    return request.param


@pytest.fixture(scope="module")
def network(architecture):
    return Network(architecture, tiny(architecture), VOCABULARY, TRAINING)


@pytest.fixture(scope="module")
def batch(architecture):
    settings = tiny(architecture)
    return next(Segments(PIECES, settings.bars, 6, settings.latent).epoch(0, 1))


def long_one(settings, steps=256):
    """A segment of so many steps, and a point that is not its own."""
    tokens = np.concatenate([piece.tokens for piece in PIECES])[:steps]
    context = np.concatenate([piece.context for piece in PIECES])[:steps]
    point = np.random.default_rng(1).standard_normal((1, settings.latent)).astype(np.float32)
    return Segment(tokens, context), point


def posterior(network, segment):
    """(2Z,)"""
    inputs = [segment.tokens[np.newaxis], segment.context[np.newaxis]]
    return posterior_of(network.kept).predict_on_batch(inputs)[0]


def logits_given(network, segment, point):
    """(T, V) of the training graph with the point held fast: the noise is what leads to it from the posterior."""
    inputs = [segment.tokens[np.newaxis], segment.context[np.newaxis]]
    mean, log_variance = np.split(posterior(network, segment)[np.newaxis], 2, axis=1)
    noise = (point - mean) / np.exp(log_variance / 2)
    return network.logits([*inputs, noise])[0]


def test_logits_for_every_position(network, batch):
    logits = np.asarray(network.trained(batch.inputs))
    assert logits.shape == (*batch.tokens.shape, len(VOCABULARY))
    assert logits.dtype == np.float32


@pytest.mark.long
def test_given_the_point_what_comes_later_changes_nothing(network, architecture):
    """Neither do later tokens or context, nor the token itself; the point does, everywhere."""
    segment, point = long_one(tiny(architecture), 40)
    before = logits_given(network, segment, point)
    changed = Segment(segment.tokens.copy(), segment.context.copy())
    changed.tokens[25:] = len(VOCABULARY) - 1
    changed.context[26:] = 0
    after = logits_given(network, changed, point)
    np.testing.assert_allclose(before[:26], after[:26], atol=1e-5)
    assert np.abs(before[26:] - after[26:]).max() > 1e-4
    moved = logits_given(network, segment, point + 1)
    assert np.abs(before - moved).max(axis=1).min() > 1e-6


@pytest.mark.long
def test_the_encoder_reads_all_of_a_segment(network, architecture):
    segment, _ = long_one(tiny(architecture), 40)
    whole = posterior(network, segment)
    for step in (0, 20, 39):
        tokens = segment.tokens.copy()
        tokens[step] = len(VOCABULARY) - 1 - tokens[step]
        other = posterior(network, Segment(tokens, segment.context))
        assert np.abs(other - whole).max() > 1e-6


@pytest.mark.long
def test_what_fills_up_a_segment_is_not_seen(network, batch):
    """Neither by the encoder, nor by the logits before it, nor by the loss."""
    short = int((batch.tokens != START).sum(axis=1).min())
    row = int((batch.tokens != START).sum(axis=1).argmin())
    assert short < batch.tokens.shape[1]
    alone = [batch.tokens[row : row + 1, :short], batch.context[row : row + 1, :short]]
    filled = [np.pad(alone[0], ((0, 0), (0, 9))), np.pad(alone[1], ((0, 0), (0, 9), (0, 0)))]
    filled[1][:, short:] = 1
    noise = batch.noise[row : row + 1]
    wanted, found = (network.logits([*each, noise]) for each in (alone, filled))
    np.testing.assert_allclose(found[:, :short], wanted, atol=1e-6)

    begun = network.state()
    losses = []
    for context in (batch.context, np.where(batch.tokens[..., None] == START, 1, batch.context)):
        network.restore(begun)
        losses.append(network.step(replace(batch, context=context), 0.0).loss)
    network.restore(begun)
    assert losses[0] == losses[1]


@pytest.mark.long
def test_step_graphs_and_onnx_say_what_training_says(network, architecture, tmp_path):
    settings = tiny(architecture)
    network.settle()
    segment, point = long_one(settings)
    wanted = logits_given(network, segment, point)
    step = architecture.build_step(settings, VOCABULARY, network.kept)
    encoder = architecture.build_encoder(settings, VOCABULARY, network.kept)
    export_step(step, VOCABULARY, tmp_path / "best.onnx", latent=True)
    export_encoder(encoder, VOCABULARY, tmp_path / "encoder.onnx")
    check_graph(tmp_path / "best.onnx")  # another installation takes them in
    check_graph(tmp_path / "encoder.onnx")
    model = OnnxAutoencoder(tmp_path / "encoder.onnx", tmp_path / "best.onnx")
    assert model.latent == settings.latent

    before = np.concatenate([[START], segment.tokens[:-1]]).astype(np.int32)
    keras_state = [point, np.zeros((1, settings.units), np.float32)]
    state = model.begin(np.repeat(point, 2, axis=0))  # two alike, side by side
    for position in range(len(before)):
        token, context = before[position : position + 1], segment.context[position : position + 1]
        if position < 24:
            given = [token[None], context[None], *keras_state]
            logits, *keras_state = step.predict_on_batch(given)
            np.testing.assert_allclose(logits[0], wanted[position], atol=1e-4)
        logits, state = model.step(np.repeat(token, 2), np.repeat(context, 2, axis=0), state)
        np.testing.assert_allclose(logits, wanted[[position, position]], atol=1e-3)

    three = [segment, *(segments(piece, settings.bars)[0] for piece in PIECES[:2])]
    assert len({len(each.tokens) for each in three}) == 3
    mean, log_variance = model.encode(three)
    for number, each in enumerate(three):
        found = np.r_[mean[number], log_variance[number]]
        np.testing.assert_allclose(found, posterior(network, each), atol=1e-3)


def test_survives_a_file(network, batch, tmp_path):
    import keras

    network.settle()
    network.kept.save(tmp_path / "model.keras")
    check_keras(tmp_path / "model.keras", network.kept)
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(network.kept(batch.inputs), loaded(batch.inputs))


@pytest.mark.long
def test_learns_one_batch_by_heart_the_same_under_the_same_seed(architecture, batch):
    free = replace(tiny(architecture), free_bits=256.0, units=32, embedding=8)
    network = Network(architecture, free, VOCABULARY, TRAINING)
    begun = network.state()
    first = network.step(batch, 0.02).loss
    assert any(network.step(batch, 0.02).loss < 0.1 * first for _ in range(600))

    again = Network(architecture, free, VOCABULARY, TRAINING)
    for name, values in begun.items():
        np.testing.assert_array_equal(values, again.state()[name], err_msg=name)
    network.restore(begun)
    assert network.step(batch, 0.02).loss == first


@pytest.mark.long
def test_learns_in_mixed_precision(architecture, batch):
    mixed = TrainingSettings(batch_size=6, mixed_precision=True)
    network = Network(architecture, tiny(architecture), VOCABULARY, mixed)
    rough, exact = (graph(batch.inputs) for graph in (network.trained, network.kept))
    assert rough.dtype == exact.dtype == "float32"
    found = [network.step(batch, 0.01).loss for _ in range(60)]
    assert np.isfinite(found).all()
    assert found[-1] < 0.7 * found[0]


@pytest.mark.long
def test_rows_that_fill_up_a_batch_count_nothing(network, batch):
    rows = [np.zeros_like(each) for each in batch.inputs]
    empty = SegmentBatch(rows[0], rows[1], rows[2])
    assert not empty.counted.any()
    both = SegmentBatch(
        *(np.concatenate([one, other]) for one, other in zip(batch.inputs, rows, strict=True))
    )
    begun = network.state()
    alone = network.step(batch, 0.0).loss
    network.restore(begun)
    assert network.step(both, 0.0).loss == pytest.approx(alone, abs=1e-6)
    network.restore(begun)


def test_refuses_impossible_settings_and_other_music(architecture):
    for field in describe(architecture.settings):
        wrong = "many" if field.low is None else field.low - 1
        with pytest.raises(InvalidSetting, match=field.name):
            validated(architecture.settings, {field.name: wrong})
    assert len(describe(architecture.settings)) == len(fields(architecture.settings))
    for name in ("chorale-grid", "abc-chars", "remi"):
        with pytest.raises(InvalidSetting, match="choose the tokenizer melody-steps"):
            architecture.check_suits(make(TokenizerSpec(name)).vocabulary)
