"""Training an autoencoder: fair batches, what it leaves, going on with it, and a latent space that is not empty."""

import shutil
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import CannotEncode
from workbench.core.model_card import ENCODER_FILE, SPACE_FILE, is_whole, read_card
from workbench.core.report import SilentReport
from workbench.core.score import Key, Meter
from workbench.core.segments import ends, segments
from workbench.core.settings import validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.vocabulary import START
from workbench.corpora import CORPORA
from workbench.jobs.loading import load_autoencoder
from workbench.metrics.attributes import attributes
from workbench.metrics.latent_bound import latent_bound
from workbench.sampling.latents import PathDecoder, load_space
from workbench.sampling.loop import sample
from workbench.training.autoencoding import (
    Autoencoding,
    found_directions,
    found_likeness,
    information,
    posterior_of,
)
from workbench.training.network import Network
from workbench.training.segments import Segments
from workbench.training.train import train
from workbench.zoo import ARCHITECTURES

VAE = ARCHITECTURES.get("melody-vae")
SMALL = {"units": 48, "latent": 8, "embedding": 16, "context_embedding": 4}


def test_every_segment_comes_once_an_epoch(tunes):
    split = Segments(tunes, 2, 7, 3)
    wanted = sorted(part.tokens.tobytes() for tune in tunes for part in segments(tune, 2))
    for epoch in (1, 2):
        batches = list(split.epoch(0, epoch))
        assert len(batches) == split.batches
        found = []
        for batch in batches:
            assert batch.tokens.shape == batch.counted.shape == (7, split.longest)
            assert batch.noise.shape == (7, 3)
            np.testing.assert_array_equal(batch.counted > 0, batch.tokens != START)
            found += [row[row != START].tobytes() for row in batch.tokens if row.any()]
        assert sorted(found) == wanted
    one, two, other = (next(split.epoch(*each)) for each in ((0, 1), (0, 1), (0, 2)))
    np.testing.assert_array_equal(one.tokens, two.tokens)
    np.testing.assert_array_equal(one.noise, two.noise)
    assert (one.tokens != other.tokens).any()


def test_what_is_told_of_a_piece_is_sometimes_hidden(tunes):
    told = [
        replace(t, context=np.c_[t.context, np.full(len(t.tokens), 2, np.int32)]) for t in tunes
    ]
    column = told[0].context.shape[1] - 1
    split = Segments(told, 2, 16, 3, [column])
    batches = [batch for epoch in range(6) for batch in split.epoch(0, epoch)]
    rows = [row for b in batches for row in b.context[b.tokens[:, 0] != START][:, 0, column]]
    assert set(rows) == {0, 2}
    assert 0.1 < np.mean(np.array(rows) == 0) < 0.3


def test_directions_and_likeness_by_hand():
    random = np.random.default_rng(0)
    points = random.standard_normal((4000, 3)).astype(np.float32)
    values = np.stack(
        [2 * points[:, 0], points[:, 1], np.zeros(4000), np.where(points[:, 2] > 1, np.nan, 1.0)], 1
    )
    names, directions = found_directions(points, values.astype(np.float64))
    assert names == ("density", "pitch")  # in the others all are alike
    np.testing.assert_allclose(directions, [[1, 0, 0], [0, 1, 0]], atol=0.08)

    theme, other = random.standard_normal((2, 200, 64)).astype(np.float32)
    likeness = found_likeness([np.stack(each) for each in zip(theme, other, theme, strict=True)])
    assert likeness[0] == 1
    assert likeness[1] == pytest.approx(0, abs=0.05)
    assert likeness[2] == pytest.approx(1, abs=0.01)


def spec(**training):
    settings = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01} | training
    asked = ModelSpec("melody-vae", {**SMALL, "annealing": 5})
    return TrainingSpec("d@1", TokenizerSpec("melody-steps"), asked, TrainingSettings(**settings))


class StopAfterOne(SilentReport):
    """Stops once an epoch is kept."""

    stopped = False

    def event(self, kind, data):
        self.stopped = self.stopped or kind == "checkpoint"

    def should_stop(self):
        return self.stopped


@pytest.fixture(scope="module")
def whole(tokenizer, tunes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "vae-whole"
    return folder, train(spec(), tokenizer, tunes[:9], tunes[9:], folder, SilentReport())


@pytest.mark.long
def test_leaves_a_decoder_an_encoder_and_what_is_in_the_space(whole, tunes):
    folder, result = whole
    assert result.history[-1].valid_loss < result.history[0].valid_loss
    card = read_card(folder)
    assert set(card.companions) == {ENCODER_FILE, SPACE_FILE}
    assert is_whole(folder, card)
    space = load_space(folder / SPACE_FILE)
    assert set(space.names) >= {"density", "pitch", "range"}
    assert space.directions.shape == (len(space.names), SMALL["latent"])
    assert space.likeness[0] == 1
    assert (np.abs(space.likeness) <= 1 + 1e-6).all()
    assert len(space.tunes.forms.lengths) == 9
    model = load_autoencoder(folder)
    bound = latent_bound(
        model, tunes[9:], 2, samples=1
    )  # what the training estimates, with other noise
    assert bound.nats_per_token == pytest.approx(card.valid_loss, rel=0.03)
    assert latent_bound(model, tunes[9:], 2, samples=16).nats < bound.nats


@pytest.mark.long
def test_stopped_and_resumed_it_is_as_if_nothing_had_happened(whole, tokenizer, tunes, tmp_path):
    """The price of what points tell goes on rising where it was."""
    folder = tmp_path / "vae-resumed"
    stopped = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, StopAfterOne())
    assert stopped.stopped
    assert len(stopped.history) == 1
    resumed = train(spec(), tokenizer, tunes[:9], tunes[9:], folder, SilentReport())
    for mine, theirs in zip(resumed.history, whole[1].history, strict=True):
        assert mine.train_loss == pytest.approx(theirs.train_loss, abs=1e-6)
        assert mine.valid_loss == pytest.approx(theirs.valid_loss, abs=1e-6)


@pytest.mark.long
def test_an_encoder_that_is_not_the_cards_is_exported_again(whole, tokenizer, tunes, tmp_path):
    folder = tmp_path / "vae-torn"
    shutil.copytree(whole[0], folder)
    (folder / ENCODER_FILE).write_bytes(b"torn")
    assert not is_whole(folder, read_card(folder))
    train(spec(), tokenizer, tunes[:9], tunes[9:], folder, SilentReport())
    assert is_whole(folder, read_card(folder))
    load_autoencoder(folder)


def learned(vocabulary, pieces, settings, training, epochs):
    """A network after so many epochs, with its way of being taught."""
    network = Network(VAE, settings, vocabulary, training)
    taught = Autoencoding(VAE, settings, vocabulary, training, pieces)
    for epoch in range(1, epochs + 1):
        for batch in taught.epoch(0, epoch):
            network.step(batch, training.learning_rate)
    network.settle()
    return network, taught


def written_again(network, settings, pieces):
    """Nats that points tell of a segment, and the share of tokens that are written again from the encoder's points and from
    the prior's, each known up to the token before.
    """
    split = Segments(pieces, settings.bars, 10_000, settings.latent)
    batch = split.side_by_side(range(len(split)), np.random.default_rng(0))
    mean, log_variance = np.split(
        posterior_of(network.kept).predict_on_batch(batch.inputs[:2]), 2, 1
    )
    told = information(mean, log_variance).mean()
    drawn = np.random.default_rng(1).standard_normal(mean.shape).astype(np.float32)
    shares = []
    for noise in (batch.noise, (drawn - mean) / np.exp(log_variance / 2)):
        logits = network.logits([*batch.inputs[:2], noise])
        counted = batch.tokens != START
        shares.append(float((logits.argmax(-1) == batch.tokens)[counted].mean()))
    return told, *shares


@pytest.mark.long
def test_the_points_tell_something(tokenizer, tunes):
    """The latent space does not collapse: what is free is used, and points help to write a segment again."""
    changed = {"dropout": 0.1, "free_bits": 16.0, "annealing": 100}
    settings = validated(VAE.settings, SMALL | changed)
    training = TrainingSettings(batch_size=16, learning_rate=0.01)
    network, _ = learned(tokenizer.vocabulary, tunes, settings, training, 40)
    told, ours, priors = written_again(network, settings, tunes)
    assert told > 0.7 * settings.free_bits * np.log(2)
    assert ours > priors + 0.15


@pytest.fixture(scope="module")
def many(tokenizer):
    """Four hundred tunes, and fifty others."""
    corpus = CORPORA.get("ryans-mammoth")
    found = []
    for member in corpus.members()[:460]:
        with suppress(CannotEncode):
            found.append(tokenizer.encode(corpus.read(member).score))
    return found[:400], found[400:450]


@pytest.mark.long
def test_on_tunes_it_has_never_heard_the_points_tell_something_and_sliders_do_what_they_say(
    tokenizer, many, tmp_path
):
    settings = validated(VAE.settings, VAE.presets["tiny"].model)
    training = TrainingSettings(batch_size=32, learning_rate=4e-3)
    network, taught = learned(tokenizer.vocabulary, many[0], settings, training, 8)
    told, ours, priors = written_again(network, settings, many[1])
    assert told > 0.7 * settings.free_bits * np.log(2)
    assert ours > priors + 0.08

    paths = [tmp_path / name for name in ("best.onnx", ENCODER_FILE, SPACE_FILE)]
    taught.export(network, *paths)
    from workbench.sampling.onnx import OnnxAutoencoder

    model, space = OnnxAutoencoder(paths[1], paths[0]), load_space(paths[2])
    plan = tokenizer.plan(Key(0, 0), Meter(0, 6, 8), 16, 120.0)
    cuts = ends(plan, settings.bars)
    for column, name in enumerate(("density", "pitch", "range")):
        means = []
        for amount in (-2.0, 2.0):
            heard = []
            for seed in range(4):
                points = space.path(len(cuts), np.random.default_rng(seed))
                decoder = PathDecoder(model, cuts, space.move(points, {name: amount}))
                tokens = sample(decoder, tokenizer, plan, seed=seed)
                piece = tokenizer.encode(tokenizer.decode(tokens, plan))
                heard.append(np.nanmean(attributes(piece, settings.bars, 48)[:, column]))
            means.append(np.mean(heard))
        assert means[1] > means[0], name
