"""Crops with holes: counted fairly, nothing outside, and a whole training on them."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.frames import Frames
from workbench.core.model_card import best_file, read_card
from workbench.core.report import SilentReport
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.vocabulary import ContextField, Vocabulary
from workbench.corpora import CORPORA
from workbench.metrics.orderless import orderless_likelihood
from workbench.sampling.onnx import OnnxFiller
from workbench.tokenizers import make
from workbench.training.crops import Crops
from workbench.training.train import train

TOKENIZER = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    return [TOKENIZER.encode(corpus.read(member).score) for member in corpus.members()[:6]]


@pytest.mark.parametrize("window", [16, 64, 1000])
def test_what_is_hidden_counts_and_nothing_else_does(chorales, window):
    crops = Crops(FRAMES, chorales, window, 4)
    batches = list(crops.epoch(0, 1))
    assert len(batches) == crops.batches
    for batch in batches:
        assert batch.states.shape == batch.targets.shape == batch.counted.shape
        assert batch.states.shape[1:] == (window, 4)
        holes = batch.states == FRAMES.hidden
        outside = batch.states == FRAMES.outside
        np.testing.assert_array_equal(batch.counted > 0, holes)
        np.testing.assert_array_equal(
            batch.states[~holes & ~outside], batch.targets[~holes & ~outside]
        )
        for row in range(len(holes)):  # whether few cells are hidden or many, a crop says as much
            assert batch.counted[row].sum() == pytest.approx((~outside[row]).sum(), rel=1e-4)
        assert (batch.targets < FRAMES.states).all()
    counts = [(batch.states[row] == FRAMES.hidden).mean() for batch in batches for row in range(4)]
    assert max(counts) - min(counts) > 0.2


def test_an_epoch_can_be_dealt_again_and_another_is_another(chorales):
    crops = Crops(FRAMES, chorales, 32, 4)
    one, two = (np.stack([b.states for b in crops.epoch(3, 1)]) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert (one != np.stack([b.states for b in crops.epoch(3, 2)])).any()


def test_what_is_told_of_a_piece_is_sometimes_hidden(chorales):
    fields = (*TOKENIZER.vocabulary.context, ContextField("control_mood", 3, is_optional=True))
    frames = Frames(Vocabulary(TOKENIZER.vocabulary.tokens, fields))
    told = [
        replace(p, context=np.c_[p.context, np.full(len(p.tokens), 2, np.int32)]) for p in chorales
    ]
    shown = np.concatenate(
        [b.context[:, 0, -1] for e in range(8) for b in Crops(frames, told, 16, 4).epoch(0, e)]
    )
    assert set(shown.tolist()) == {0, 2}
    assert 0.1 < (shown == 0).mean() < 0.3


def spec(**model):
    settings = TrainingSettings(epochs=2, batch_size=4, window=128, learning_rate=0.01)
    asked = ModelSpec("coconet", {"filters": 8, "blocks": 1, **model})
    return TrainingSpec("d@1", TokenizerSpec("chorale-grid"), asked, settings)


@pytest.mark.long
def test_a_whole_training_leaves_a_graph_that_fills(chorales, tmp_path):
    folder = tmp_path / "runs" / "coconet-1"
    result = train(spec(), TOKENIZER, chorales[:4], chorales[4:], folder, SilentReport())
    first, last = result.history
    assert last.train_loss < first.train_loss
    assert last.valid_loss < np.log(FRAMES.states) - 0.2
    card = read_card(folder)
    filler = OnnxFiller(best_file(folder, card))
    found = orderless_likelihood(filler, FRAMES, chorales[4:], masks=3)
    assert found.nats_per_token == pytest.approx(card.valid_loss, abs=1e-4)

    again = train(spec(), TOKENIZER, chorales[:4], chorales[4:], tmp_path / "b", SilentReport())
    assert again.best.valid_loss == pytest.approx(result.best.valid_loss, abs=1e-6)


def test_a_vocabulary_without_voices_is_refused(tmp_path):
    melodies = make(TokenizerSpec("melody-steps"))
    asked = replace(spec(), tokenizer=TokenizerSpec("melody-steps"))
    with pytest.raises(InvalidSetting, match="voices on a grid; choose the tokenizer chorale-grid"):
        train(asked, melodies, [], [], tmp_path / "c", SilentReport())
