"""The parts of an autoencoder: what is read of a filled-up row, and what a point costs."""

import numpy as np
import pytest

from workbench.layers import BothWays, Latent


@pytest.fixture
def posterior():
    return np.random.default_rng(2).standard_normal((4, 6)).astype(np.float32)


def told(posterior):
    """(B,) nats, by the textbook (Kingma & Welling 2014, appendix B)."""
    mean, log_variance = np.split(posterior.astype(np.float64), 2, axis=1)
    return (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1) / 2


PRESENT = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], bool)


def loss(layer, posterior, training=False):
    noise = np.zeros((4, 3), np.float32)
    layer(posterior, noise, PRESENT, training=training)
    return float(layer.losses[-1])


def test_the_point_lies_off_the_mean_by_the_noise(posterior):
    noise = np.full((4, 3), 2.0, np.float32)
    point = np.asarray(Latent()(posterior, noise, PRESENT))
    wanted = posterior[:, :3] + 2 * np.exp(posterior[:, 3:] / 2)
    np.testing.assert_allclose(point, wanted, rtol=1e-5)


def test_what_is_free_is_not_paid_for_and_empty_rows_pay_nothing(posterior):
    nats = told(posterior)[:3]
    assert loss(Latent(), posterior) == pytest.approx(nats.sum() / 6, rel=1e-5)
    free = float(np.median(nats))
    wanted = np.maximum(nats - free, 0).sum() / 6
    assert wanted > 0
    assert loss(Latent(free), posterior) == pytest.approx(wanted, rel=1e-5)
    assert loss(Latent(1000.0), posterior) == 0


def test_the_price_rises_in_a_line_with_every_training_step(posterior):
    layer = Latent(0.0, 4)
    whole = loss(Latent(), posterior)
    shares = [loss(layer, posterior, training=True) / whole for _ in range(6)]
    np.testing.assert_allclose(shares, [0, 0.25, 0.5, 0.75, 1, 1], atol=1e-5)
    assert loss(layer, posterior) == loss(layer, posterior)  # scoring is no training


def test_it_reads_both_ways_and_not_beyond_the_end():
    random = np.random.default_rng(3)
    layer = BothWays(5)
    x = random.standard_normal((3, 6, 4)).astype(np.float32)
    present = np.arange(6) < np.array([[6], [4], [1]])
    whole = np.asarray(layer(x, present))
    assert whole.shape == (3, 10)
    for row, length in enumerate((6, 4, 1)):
        alone = np.asarray(layer(x[row : row + 1, :length], np.ones((1, length), bool)))[0]
        np.testing.assert_allclose(whole[row], alone, atol=1e-6)
        last = np.asarray(layer.forward(x[row : row + 1, :length]))[0, -1]
        first = np.asarray(layer.backward(x[row : row + 1, :length][:, ::-1].copy()))[0, -1]
        np.testing.assert_allclose(alone, np.r_[last, first], atol=1e-6)
