"""What is told of a piece reaches every token, once and from the beginning."""

import numpy as np
import pytest
from backend_child import tiny

from workbench.core.specs import TokenizerSpec, TrainingSettings
from workbench.core.vocabulary import Vocabulary
from workbench.tokenizers import make
from workbench.training.network import Network
from workbench.zoo import ARCHITECTURES

ARCHITECTURE = ARCHITECTURES.get("encoder-decoder")
CONTROLS = {"mood": ("calm", "wild"), "form": ("AB", "AABB", "ABA")}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return make(TokenizerSpec("melody-steps", controls=CONTROLS)).vocabulary


@pytest.fixture(scope="module")
def logits(vocabulary):
    network = Network(ARCHITECTURE, tiny(ARCHITECTURE), vocabulary, TrainingSettings(seed=3))
    tokens = np.random.default_rng(1).integers(0, len(vocabulary), (1, 30), np.int32)

    def of(context):
        return np.asarray(network.trained([tokens, context]))

    return of


def test_what_is_told_reaches_every_token(vocabulary, logits):
    told = [number for number, field in enumerate(vocabulary.context) if field.is_of_piece]
    assert [vocabulary.context[number].name for number in told] == [
        "meter", "mode", "control_mood", "control_form",
    ]  # fmt: skip
    context = np.zeros((1, 30, len(vocabulary.context)), np.int32)
    for number in told:
        other = context.copy()
        other[..., number] = 1
        assert (np.abs(logits(other) - logits(context)).max(axis=-1) > 1e-6).all()


def test_it_is_told_once(vocabulary, logits):
    context = np.zeros((1, 30, len(vocabulary.context)), np.int32)
    other = context.copy()
    other[:, 1:, [field.is_of_piece for field in vocabulary.context]] = 1
    np.testing.assert_array_equal(logits(other), logits(context))


def test_where_nothing_can_be_told_it_is_not_offered():
    assert "choose another tokenizer" in ARCHITECTURE.suits(Vocabulary(("start", "a", "b")))
