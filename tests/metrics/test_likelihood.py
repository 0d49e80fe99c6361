"""Likelihood on cases worked out by hand."""

import numpy as np
import pytest

from workbench.core.score import Key
from workbench.core.vocabulary import START, Plan, PlanBar, TokenSequence
from workbench.metrics.likelihood import likelihood

SIZE = 4


def sequence(tokens, quarters=1.0):
    tokens = np.array(tokens, np.int32)
    context = np.arange(len(tokens), dtype=np.int32)[:, np.newaxis]
    return TokenSequence(tokens, context, Plan(Key(0, 0), (PlanBar(4, 4, 16),)), quarters)


class Repeater:
    """Gives the token before probability 0.7 and each other 0.1; the state counts the steps."""

    def start(self, batch):
        return np.zeros(batch, int)

    def step(self, tokens, context, state):
        assert np.array_equal(np.where(context[:, 0] > 0, state, 0), context[:, 0])
        chances = np.full((len(tokens), SIZE), 0.1)
        chances[np.arange(len(tokens)), tokens] = 0.7
        return np.log(chances).astype(np.float32) + 3, state + 1


def test_every_token_counts_once_from_the_first():
    result = likelihood(Repeater(), [sequence([1, 1, 2], quarters=0.5)])
    assert result.nats == pytest.approx(-np.log(0.1) - np.log(0.7) - np.log(0.1), rel=1e-6)
    assert (result.pieces, result.tokens, result.correct) == (1, 3, 1)
    assert result.nats_per_token == pytest.approx(result.nats / 3)
    assert result.nats_per_quarter == pytest.approx(result.nats / 0.5)
    assert result.accuracy == pytest.approx(1 / 3)


def test_moving_tokens_are_counted_apart():
    moving = np.arange(SIZE) == 2
    result = likelihood(Repeater(), [sequence([1, 1, 2]), sequence([2, 2])], moving=moving)
    assert (result.moving, result.moving_correct) == (3, 1)  # the Repeater foresees only repetition
    assert result.moving_accuracy == pytest.approx(1 / 3)
    assert result.perplexity == pytest.approx(np.exp(result.nats_per_token))
    assert likelihood(Repeater(), [sequence([1])]).moving_accuracy is None


@pytest.mark.parametrize("batch", [1, 2, 3, 32])
def test_pieces_of_unlike_length_are_pooled_and_padding_is_not_counted(batch):
    rng = np.random.default_rng(0)
    pieces = [sequence(rng.integers(1, SIZE, size=length)) for length in (1, 9, 4, 30, 2, 9)]
    together = likelihood(Repeater(), pieces, batch=batch)
    alone = [likelihood(Repeater(), [piece]) for piece in pieces]
    assert together.tokens == 55
    assert together.quarters == 6
    assert together.nats == pytest.approx(sum(each.nats for each in alone))
    assert together.correct == sum(each.correct for each in alone)


def test_impossible_tokens_cost_infinitely_much_and_spoil_no_other():
    class Certain(Repeater):
        def step(self, tokens, context, state):
            logits = np.full((len(tokens), SIZE), -np.inf, np.float32)
            logits[:, 1] = 0
            return logits, state

    assert likelihood(Certain(), [sequence([1, 1])]).nats == 0
    assert likelihood(Certain(), [sequence([1, 2])]).nats == np.inf


def test_no_pieces_are_no_surprise():
    result = likelihood(Repeater(), [])
    assert (result.tokens, result.nats_per_token, result.nats_per_quarter, result.accuracy) == (
        0,
        0,
        0,
        0,
    )
    assert START == 0
