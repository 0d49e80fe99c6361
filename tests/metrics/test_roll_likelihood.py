"""Nats per frame of piano rolls, as TCN's code counts them."""

import numpy as np
import pytest

from workbench.metrics.roll_likelihood import (
    KEYS,
    Even,
    fit_key_shares,
    fit_staying,
    roll_likelihood,
)


def rolls(count: int, seed: int) -> list[np.ndarray]:
    """Keys that mostly stay as they are."""
    random = np.random.default_rng(seed)
    result = []
    for _ in range(count):
        changes = random.random((30, KEYS)) < 0.05
        result.append(np.logical_xor.accumulate(changes, axis=0))
    return result


def test_chance_one_half_reads_88_ln_2_whatever_is_played():
    found = roll_likelihood(Even(), rolls(3, 0))
    assert found.nats_per_frame == pytest.approx(60.997, abs=1e-3)
    assert (found.pieces, found.frames) == (3, 3 * 29)


def test_as_the_published_code_counts():
    pieces = [rolls(1, 1)[0][:5], rolls(1, 2)[0]]
    model = fit_staying(rolls(5, 3), 1.0)
    total = count = 0.0
    for piece in pieces:  # the loss of poly_music/music_test.py, in NumPy
        y, output = piece[1:].astype(float), model.chances(piece)
        total += -np.trace(y @ np.log(output).T + (1 - y) @ np.log(1 - output).T)
        count += len(output)
    assert roll_likelihood(model, pieces).nats_per_frame == pytest.approx(total / count)


def test_who_knows_more_is_less_surprised():
    train, held_out = rolls(20, 4), rolls(5, 5)
    shares, staying = (
        roll_likelihood(fit(train, 1.0), held_out).nats_per_frame
        for fit in (fit_key_shares, fit_staying)
    )
    entropy = -KEYS * (0.05 * np.log(0.05) + 0.95 * np.log(0.95))
    assert staying == pytest.approx(entropy, rel=0.05)
    assert staying < shares < 88 * np.log(2)


def test_keys_never_heard_are_not_impossible():
    silent = [np.zeros((4, KEYS), bool)]
    played = [np.ones((4, KEYS), bool)]
    for fit in (fit_key_shares, fit_staying):
        assert np.isfinite(roll_likelihood(fit(silent, 0.1), played).nats)
