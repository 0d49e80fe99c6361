"""Labels beside every token: told, left open, refused."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.score import TICKS_PER_QUARTER, parse_key, parse_meter
from workbench.core.specs import TokenizerSpec
from workbench.tokenizers import make, unlearned
from workbench.tokenizers.controlled import Controlled

LABELS = {"mood": ("calm", "wild"), "density": ("sparse", "dense", "very dense")}
SPEC = TokenizerSpec("melody-steps", controls=LABELS)


@pytest.fixture
def tunes(music):
    """That steps of a sixteenth can say."""
    return [
        score
        for score in music["melody-steps"]
        if not (score.notes["onset"] % (TICKS_PER_QUARTER // 4)).any()
    ]


@pytest.fixture
def tokenizer():
    return make(SPEC)


@pytest.fixture
def plan(tokenizer):
    return tokenizer.plan(parse_key("G major"), parse_meter("6/8"), 2, 120)


def test_the_music_is_said_as_without(tokenizer, tunes):
    plain = make(TokenizerSpec("melody-steps"))
    assert isinstance(tokenizer, Controlled)
    for score in tunes[:5]:
        told, bare = tokenizer.encode(score), plain.encode(score)
        np.testing.assert_array_equal(told.tokens, bare.tokens)
        np.testing.assert_array_equal(told.context[:, :-2], bare.context)
        assert not told.context[:, -2:].any()
        assert tokenizer.decode(told.tokens, told.plan) == plain.decode(bare.tokens, bare.plan)


def test_what_is_told_stands_beside_every_token(tokenizer, tunes):
    sequence = tokenizer.encode(tunes[0])
    told = tokenizer.told(sequence, {"density": "dense", "mood": "unheard of", "era": "baroque"})
    assert (told.context[:, -2:] == [0, 2]).all()
    assert told.plan.controls == (("density", "dense"),)
    assert (tokenizer.told(told, {}).context[:, -2:] == 0).all()


def test_the_grammar_tells_what_the_sequence_tells(tokenizer, tunes):
    sequence = tokenizer.told(tokenizer.encode(tunes[0]), {"mood": "wild"})
    grammar = tokenizer.grammar(sequence.plan)
    for token, context in zip(sequence.tokens, sequence.context, strict=True):
        np.testing.assert_array_equal(grammar.context(), context)
        grammar.advance(int(token))
    assert grammar.finished


@pytest.mark.parametrize(
    ("controls", "words"),
    [
        ((("mood", "sad"),), "no mood 'sad'; choose one of calm, wild"),
        ((("era", "baroque"),), "cannot be told the era; it can be told mood, density"),
    ],
)
def test_what_the_model_does_not_know_is_refused(tokenizer, plan, controls, words):
    with pytest.raises(InvalidSetting, match=words):
        tokenizer.grammar(replace(plan, controls=controls))


def test_labels_are_learned_not_asked_for():
    assert unlearned(SPEC) == TokenizerSpec("melody-steps")
