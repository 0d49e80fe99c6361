"""Frames: every piece is one array of states, and every array of states is a piece."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.frames import Frames, hide
from workbench.core.score import Key, Meter
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.tokenizers import make
from workbench.tokenizers.cells import CellGrammar

TOKENIZER = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    return [TOKENIZER.encode(corpus.read(member).score) for member in corpus.members()[:6]]


def test_a_piece_and_its_states_say_the_same(chorales):
    for piece in chorales:
        states = FRAMES.states_of(piece.tokens)
        assert states.shape == (piece.plan.steps, 4)
        np.testing.assert_array_equal(FRAMES.tokens_of(states), piece.tokens)


def test_a_state_tells_the_pitch_that_sounds(chorales):
    (piece, *_) = chorales
    states = FRAMES.states_of(piece.tokens)
    names = [field.name for field in TOKENIZER.vocabulary.context]
    sounding = piece.context[::4][:, names.index("sounding_soprano")]  # before each step
    np.testing.assert_array_equal(states[:-1, 0] // 2, sounding[1:])


@given(st.integers(0, 2**32 - 1))
def test_any_states_make_a_piece_that_the_grammar_allows(seed):
    random = np.random.default_rng(seed)
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, 3, 4), 2, 90.0)
    states = np.zeros((plan.steps, 4), np.int32)
    for voice, (low, high) in enumerate(TOKENIZER._language.ranges):
        rows = np.r_[0, np.arange(low, high + 1) - TOKENIZER._language.low + 1]
        states[:, voice] = 2 * random.choice(rows, plan.steps) + random.integers(0, 2, plan.steps)
    states[-1] = 2 * (60 - TOKENIZER._language.low + 1)
    tokens = FRAMES.tokens_of(states)
    grammar = CellGrammar(TOKENIZER._language, plan)
    for token in tokens.tolist():
        grammar.advance(token)
    assert grammar.finished
    again = FRAMES.states_of(tokens)
    np.testing.assert_array_equal(again // 2, states // 2)
    np.testing.assert_array_equal(FRAMES.tokens_of(again), tokens)


def test_context_beside_frames_is_what_the_plan_decides(chorales):
    for piece in chorales:
        known = FRAMES.context_of(piece.context)
        for voice in range(4):
            np.testing.assert_array_equal(known, piece.context[voice::4, FRAMES.columns])
    assert [field.name for field in FRAMES.context] == [
        "position",
        "meter",
        "mode",
        "bars_left",
        "bar",
    ]


def test_hides_as_many_cells_as_asked_and_none_outside(chorales):
    states = FRAMES.states_of(chorales[0].tokens)
    states[40:] = FRAMES.outside
    random = np.random.default_rng(1)
    for count in (1, 37, 160):
        found = hide(FRAMES, states, count, random)
        holes = found == FRAMES.hidden
        assert holes.sum() == count
        assert not holes[40:].any()
        np.testing.assert_array_equal(found[~holes], states[~holes])


def test_tokens_meant_keep_the_probability(chorales):
    chances = np.random.default_rng(2).dirichlet(np.ones(FRAMES.states), (3, 4))
    meant = FRAMES.tokens_meant(chances)
    assert meant.shape == (3, 4, len(TOKENIZER.vocabulary))
    np.testing.assert_allclose(meant.sum(axis=-1), 1)
    np.testing.assert_allclose(meant[..., 2], chances[..., 0])  # r


def test_music_without_voices_has_no_frames():
    assert Frames(make(TokenizerSpec("melody-steps")).vocabulary).voices == 0
    assert Frames(make(TokenizerSpec("abc-chars")).vocabulary).voices == 0
