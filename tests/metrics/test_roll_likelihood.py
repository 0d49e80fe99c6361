"""Nats per frame of piano rolls, as TCN's code counts them."""

import numpy as np
import pytest

from workbench.core.rolls import HELD, KEYS, NEXT, STRUCK, begun, tokens_of
from workbench.metrics.roll_likelihood import (
    LEAST,
    Even,
    Heard,
    fit_key_shares,
    fit_staying,
    key_chances,
    likelihood_of,
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


# --- keys said one after another ----------------------------------------------------------------


class Fixed:
    """The same logits before every token; of a batch each row its own."""

    def __init__(self, logits):
        self._logits = logits

    def start(self, batch):
        return None

    def step(self, tokens, context, state):
        return np.broadcast_to(self._logits, (len(tokens), len(self._logits))), state


def heard(roll):
    tokens, _ = tokens_of(roll, begun(roll))
    return Heard(tokens, np.zeros((len(tokens), 0), np.int32))


def test_chances_of_keys_by_hand():
    """Three keys may come: key 10 goes on or is struck again, key 20 is new, or nothing more."""
    logits = np.full(HELD + KEYS, -np.inf)
    logits[[NEXT, STRUCK + 10, STRUCK + 20, HELD + 10, HELD + 20]] = np.log([0.4, 0.1, 0.3, 0.15, 0.05])  # fmt: skip
    roll = np.zeros((2, KEYS), bool)
    roll[0, 10] = roll[1, [10, 20]] = True
    ((_, *found),) = key_chances(Fixed(logits), [heard(roll)])
    # Before the first token key 20 cannot go on, so 0.95 are left; after key 10 neither of its tokens may come.
    expected = np.full(KEYS, LEAST)
    expected[[10, 20]] = 0.25 / 0.95, 0.3 / 0.7
    assert np.allclose(found, expected[np.newaxis])
    frame = likelihood_of([roll], [np.array(found)]).nats
    assert frame == pytest.approx(-np.log(0.25 / 0.95 * 0.3 / 0.7), abs=1e-8)


def test_all_frames_that_there_can_be_add_up_to_one():
    """Of four keys, with random logits: a model of tokens is a distribution over frames."""
    random, keys = np.random.default_rng(0), [3, 40, 41, 80]
    logits = np.full(HELD + KEYS, -np.inf)
    logits[[NEXT, *(kind + key for kind in (STRUCK, HELD) for key in keys)]] = random.normal(size=9)
    total = 0.0
    for choice in range(16):
        roll = np.zeros((2, KEYS), bool)
        roll[0, [3, 41]] = True
        roll[1, keys] = [choice >> bit & 1 for bit in range(4)]
        (found,) = key_chances(Fixed(logits), [heard(roll)])
        total += np.exp(-likelihood_of([roll], [found[1:]]).nats)
    assert total == pytest.approx(1, abs=1e-6)


def test_side_by_side_is_one_after_another_and_nothing_is_no_frame():
    random = np.random.default_rng(1)
    sparse = [roll & (random.random(roll.shape) < 0.05) for roll in rolls(5, 6)]
    pieces = [sparse[0], sparse[1][:7], sparse[2][:1], sparse[3][:0], sparse[4]]
    model = Fixed(random.normal(size=HELD + KEYS))
    together = list(key_chances(model, [heard(roll) for roll in pieces], batch=3))
    assert [len(each) for each in together] == [30, 7, 1, 0, 30]
    for roll, each in zip(pieces, together, strict=True):
        (alone,) = key_chances(model, [heard(roll)])
        assert np.array_equal(each, alone)
