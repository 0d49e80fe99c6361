"""Nats per frame: what is counted, and that a model of tokens becomes a distribution over frames."""

from itertools import product

import numpy as np
import pytest

from workbench.core.frames import HOLD, REST, Frames
from workbench.core.vocabulary import START, ContextField, Vocabulary
from workbench.metrics.frame_likelihood import (
    ESCAPE,
    SILENCE,
    SYMBOLS,
    Heard,
    cell_chances,
    frame_likelihood,
    mixed,
    symbols_of,
)

VOCABULARY = Vocabulary(("<start>", "_", "r", "60"), (ContextField("voice", 4),))
FRAMES = Frames(VOCABULARY)


class Moody:
    """A decoder whose chances depend on the token before and on how far it is; it never begins with a hold."""

    table = np.random.default_rng(0).normal(size=(8, 4, 4))

    def start(self, batch):
        return 0

    def step(self, tokens, context, state):
        logits = self.table[state][tokens].astype(np.float32)
        logits[:, START] = -np.inf
        if state < 4:
            logits[:, HOLD] = -np.inf
        return logits, state + 1

    def attention(self, state):
        return None


def heard(piece: np.ndarray) -> Heard:
    """As the tokenizer says it: what stays is held."""
    tokens = np.where(piece == SILENCE, REST, 3)
    tokens[1:][piece[1:] == piece[:-1]] = HOLD
    return Heard(tokens.reshape(-1).astype(np.int32), np.zeros((piece.size, 1), np.int32), 0)


def every_piece() -> list[np.ndarray]:
    """All pieces of two frames of one pitch and silence."""
    return [np.array(cells).reshape(2, 4) for cells in product((SILENCE, 60), repeat=8)]


def test_the_chances_of_all_pieces_there_are_add_up_to_one():
    pieces = every_piece()
    chances = cell_chances(Moody(), FRAMES, [heard(piece) for piece in pieces])
    total = sum(
        np.exp(-frame_likelihood([piece], [given]).nats)
        for piece, given in zip(pieces, chances, strict=True)
    )
    lost = (1 - ESCAPE + 2 * ESCAPE / SYMBOLS) ** 8  # to the pitches that are not among the two
    assert total == pytest.approx(lost, rel=1e-9)


def test_staying_is_to_hold_or_to_strike_again():
    piece = np.array([[60, 60, 60, SILENCE]] * 2)
    (given,) = cell_chances(Moody(), FRAMES, [heard(piece)])
    logits = np.exp(Moody.table[7][HOLD].astype(np.float32).astype(float))  # the bass of frame 2
    logits[START] = 0
    silent = (logits[HOLD] + logits[REST]) / logits.sum()
    assert given[1, 3, 0] == pytest.approx((1 - ESCAPE) * silent + ESCAPE / SYMBOLS, rel=1e-5)


def test_pitches_are_those_of_the_frames_whatever_the_key():
    piece = np.array([[62] * 4])
    moved = Heard(np.full(4, 3, np.int32), np.zeros((4, 1), np.int32), -2)
    (given,) = cell_chances(Moody(), FRAMES, [moved])
    assert (given.argmax(axis=-1)[given.max(axis=-1) > 0.6] != 61).all()
    assert given[0, 0, 1 + 62] > 100 * given[0, 0, 1 + 60]
    assert np.isfinite(frame_likelihood([piece], [given]).nats)


def test_the_uniform_model_over_46_pitches_and_silence_reads_15_40():
    piece = np.array([[60, 55, 52, SILENCE], [60, 55, 53, 48]])
    flat = np.zeros((2, 4, SYMBOLS))
    flat[..., [0, *range(37, 83)]] = 1 / 47
    found = frame_likelihood([piece, piece[:1]], [flat, flat[:1]])
    assert found.nats_per_frame == pytest.approx(15.4006, abs=1e-4)
    assert (found.pieces, found.frames, found.cells, found.moving) == (2, 3, 12, 10)


def test_accuracy_on_moving_cells():
    piece = np.array([[60, 60, 60, 60], [60, 60, 60, 62]])
    staying = np.eye(SYMBOLS)[symbols_of(np.full((2, 4), 60))] * 0.9 + 0.0005
    found = frame_likelihood([piece], [staying])
    assert (found.accuracy, found.moving_accuracy) == (7 / 8, 4 / 5)


def test_a_mixture_learns_which_hypothesis_is_right_and_costs_what_it_must():
    piece = np.full((6, 4), 60)
    right, wrong = (
        np.eye(SYMBOLS)[symbols_of(np.full((6, 4), pitch))] * 0.8 + 0.001 for pitch in (60, 61)
    )
    given = mixed(piece, [right, wrong], np.array([0.25, 0.75]))
    alone = frame_likelihood([piece], [right]).nats
    assert frame_likelihood([piece], [given]).nats == pytest.approx(alone + np.log(4), abs=1e-6)
    assert given[0, 0].argmax() == 62
    assert (given.argmax(axis=-1).reshape(-1)[1:] == 61).all()
    assert np.allclose(given.sum(axis=-1), right.sum(axis=-1))


def test_what_is_kept_back_beforehand_is_lost_once():
    piece = np.full((2, 4), 60)
    one = np.full((2, 4, SYMBOLS), 1 / SYMBOLS)
    given = mixed(piece, [one], np.array([0.5]))
    whole = frame_likelihood([piece], [one]).nats
    assert frame_likelihood([piece], [given]).nats == pytest.approx(whole + np.log(2))
