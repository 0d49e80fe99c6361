"""The bound of an autoencoder: a model whose likelihood is known exactly."""

import numpy as np
import pytest

from workbench.core.score import Key
from workbench.core.vocabulary import Plan, PlanBar, TokenSequence
from workbench.metrics.latent_bound import MOST_ROWS, latent_bound, latent_bounds

TOKENS = np.array([1, 1, 2, 2, 1, 2], np.int32)
PLAN = Plan(Key(0, 0), (PlanBar(1, 4, 2), PlanBar(1, 4, 2), PlanBar(1, 4, 2)))
PIECE = TokenSequence(TOKENS, np.zeros((6, 1), np.int32), PLAN, 3.0)


class Coin:
    """Two tokens; each is the second where the point lies above nothing, and mostly so is the whole segment."""

    latent = 1

    def __init__(self, sure, mean=0.0, log_variance=0.0):
        self.sure, self.posterior = sure, (mean, log_variance)

    def encode(self, segments):
        return tuple(np.full((len(segments), 1), each, np.float32) for each in self.posterior)

    def begin(self, points):
        return points

    def step(self, tokens, context, state):
        second = np.where(state[:, 0] > 0, self.sure, 1 - self.sure)
        with np.errstate(divide="ignore"):
            return np.log(np.stack([0 * second, 1 - second, second], axis=1)) + 5.0, state


def exact(sure):
    """Nats of the whole piece: each segment of two tokens is either sign of the point, as likely."""
    total = 0.0
    for pair in TOKENS.reshape(-1, 2):
        each = [np.prod([p if t == 2 else 1 - p for t in pair]) for p in (sure, 1 - sure)]
        total -= np.log(np.mean(each))
    return total


def test_it_comes_down_to_the_true_surprise():
    model = Coin(0.9)
    found = [latent_bound(model, [PIECE] * 40, 1, samples=k).nats / 40 for k in (1, 8, 512)]
    assert found[0] > found[1] > found[2]
    assert found[2] == pytest.approx(exact(0.9), abs=0.01)


def test_a_posterior_that_is_not_the_prior_is_weighed():
    model = Coin(0.9, mean=0.4, log_variance=-0.3)
    found = latent_bound(model, [PIECE] * 40, 1, samples=2048)
    assert found.nats / 40 == pytest.approx(exact(0.9), abs=0.02)


def test_every_token_counts_once_and_the_seed_decides():
    model = Coin(0.9)
    found = latent_bound(model, [PIECE, PIECE], 2)
    assert (found.pieces, found.tokens, found.quarters) == (2, 12, 6.0)
    assert found == latent_bound(model, [PIECE, PIECE], 2)
    assert found != latent_bound(model, [PIECE, PIECE], 2, seed=1)


def test_it_says_how_far_it_is():
    shares = []
    latent_bounds(Coin(0.9), [PIECE] * 10, 1, samples=MOST_ROWS // 4, on_share=shares.append)
    assert len(shares) == 8  # thirty segments, four at a time
    assert shares == sorted(shares) and shares[-1] == 1


def test_guesses_do_not_look_ahead():
    """The first token of a segment is a guess; once it is known, so nearly is the second, where the two are alike."""
    alike = TokenSequence(np.array([2, 2, 1, 1, 2, 2], np.int32), PIECE.context, PLAN, 3.0)
    found = latent_bound(Coin(0.999, mean=3.0), [alike] * 60, 1, samples=64)
    first = found.correct - 180  # all of the second tokens
    assert 0.25 < first / 180 < 0.75


def test_what_moves_is_counted_apart():
    second = np.array([False, False, True])
    found = latent_bound(Coin(0.9), [PIECE], 1, moving=second)
    assert found.moving == (PIECE.tokens == 2).sum()
    assert 0 <= found.moving_correct <= found.correct
    every = latent_bound(Coin(0.9), [PIECE], 1, moving=np.ones(3, bool))
    assert (every.moving, every.moving_correct) == (every.tokens, found.correct)
