"""The orderless estimate: cases that are known exactly, and one filled cell by cell in every order."""

from itertools import permutations

import numpy as np
import pytest

from workbench.core.frames import Frames
from workbench.core.score import Key
from workbench.core.vocabulary import ContextField, Plan, PlanBar, TokenSequence, Vocabulary
from workbench.metrics.orderless import orderless_likelihood

VOCABULARY = Vocabulary(("<start>", "_", "r", "60", "62"), (ContextField("voice", 2),))
FRAMES = Frames(VOCABULARY)
TOKENS = np.array([3, 4, 1, 3], np.int32)  # two steps of two voices
PIECE = TokenSequence(TOKENS, np.zeros((4, 1), np.int32), Plan(Key(0, 0), (PlanBar(2, 4, 2),)), 0.5)
TRUTH = FRAMES.states_of(TOKENS)


class ByKnown:
    """Gives the right state the more, the more cells it sees; the first voice more than the second."""

    def chance(self, known, voice):
        return 0.2 + 0.1 * known + 0.1 * (voice == 0)

    def logits(self, states, context):
        assert context.shape[:2] == states.shape[:2]
        known = (states != FRAMES.hidden).sum(axis=(1, 2))
        result = np.zeros((*states.shape, FRAMES.states))
        for row, step, voice in np.ndindex(states.shape):
            right = self.chance(known[row], voice)
            result[row, step, voice] = np.log((1 - right) / (FRAMES.states - 1))
            result[row, step, voice, TRUTH[step, voice]] = np.log(right)
        return result + 3.0  # a constant changes nothing


class Uniform:
    def logits(self, states, context):
        return np.zeros((*states.shape, FRAMES.states))


def test_a_uniform_model_is_surprised_by_the_number_of_states():
    found = orderless_likelihood(Uniform(), FRAMES, [PIECE, PIECE])
    assert found.nats_per_token == pytest.approx(np.log(6))
    assert found.nats_per_quarter == pytest.approx(np.log(6) * 8)
    assert (found.pieces, found.tokens, found.quarters) == (2, 8, 1.0)


def test_it_is_the_mean_over_all_orders_of_filling():
    model = ByKnown()
    orders = [
        -sum(np.log(model.chance(known, cell % 2)) for known, cell in enumerate(order))
        for order in permutations(range(4))
    ]
    found = orderless_likelihood(model, FRAMES, [PIECE], masks=4000)
    assert found.nats == pytest.approx(np.mean(orders), rel=0.01)
    assert found == orderless_likelihood(model, FRAMES, [PIECE], masks=4000)


def test_what_moves_is_counted_apart():
    every = np.ones(len(FRAMES.vocabulary), bool)
    found = orderless_likelihood(ByKnown(), FRAMES, [PIECE], moving=every)
    assert (found.moving, found.moving_correct) == (found.tokens, found.correct)
    none = orderless_likelihood(ByKnown(), FRAMES, [PIECE], moving=~every)
    assert (none.moving, none.moving_correct, none.correct) == (0, 0, found.correct)


def test_ends_when_told():
    assert orderless_likelihood(Uniform(), FRAMES, [PIECE], going_on=lambda: False) is None
