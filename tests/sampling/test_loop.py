"""The composing loop, with an n-gram model fitted on real tunes."""

from contextlib import suppress

import numpy as np
import pytest

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.score import bars, parse_key, parse_meter
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.sampling.loop import sample
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES


@pytest.fixture(scope="module")
def tokenizer():
    return make(TokenizerSpec("melody-steps"))


@pytest.fixture(scope="module")
def model(tokenizer):
    corpus = CORPORA.get("ryans-mammoth")
    sequences = []
    for member in corpus.members()[::30]:
        with suppress(CannotEncode):
            sequences.append(tokenizer.encode(corpus.read(member).score))
    ngram = ARCHITECTURES.get("ngram")
    return ngram.fit(ngram.settings(), tokenizer.vocabulary, sequences)


@pytest.fixture
def plan(tokenizer):
    return tokenizer.plan(parse_key("G major"), parse_meter("6/8"), 4, 100.0)


def test_a_seed_gives_the_same_piece_and_another_seed_another(model, tokenizer, plan):
    first = sample(model, tokenizer, plan, seed=7)
    assert sample(model, tokenizer, plan, seed=7) == first
    assert sample(model, tokenizer, plan, seed=8) != first
    assert len(bars(tokenizer.decode(first, plan))) == 4


def test_temperature_zero_needs_no_luck(model, tokenizer, plan):
    pieces = {tuple(sample(model, tokenizer, plan, seed=s, temperature=0)) for s in range(3)}
    assert len(pieces) == 1


def test_the_primer_stands_first_and_is_heard_by_the_model(model, tokenizer, plan):
    primer = tokenizer.parse("67 _ 71 _ 74 _", plan)
    heard: list[int] = []
    tokens = sample(model, tokenizer, plan, primer=primer, seed=7, on_token=heard.append)
    assert tokens[: len(primer)] == primer
    assert heard == tokens
    other = sample(model, tokenizer, plan, primer=tokenizer.parse("74 _ 71 _ r _", plan), seed=7)
    assert tokens[len(primer) :] != other[len(primer) :]


def test_a_primer_of_the_whole_piece_leaves_nothing_to_draw(model, tokenizer, plan):
    whole = sample(model, tokenizer, plan, seed=1)
    assert sample(model, tokenizer, plan, primer=whole, seed=2) == whole


def test_what_the_model_is_fed(tokenizer, plan):
    """The start symbol first, then each token with the context of the next."""

    class Witness:
        def __init__(self):
            self.fed = []

        def start(self, batch):
            return batch

        def step(self, tokens, context, state):
            self.fed.append((int(tokens[0]), context[0].tolist()))
            return np.zeros((1, len(tokenizer.vocabulary)), np.float32), state

    witness = Witness()
    tokens = sample(witness, tokenizer, plan, seed=0)
    sequence = tokenizer.encode(tokenizer.decode(tokens, plan))
    assert [previous for previous, _ in witness.fed] == [0, *tokens[:-1]]
    assert [context for _, context in witness.fed] == sequence.context.tolist()


def test_a_bad_primer_is_refused_before_any_work(model, tokenizer, plan):
    begun: list[int] = []
    with pytest.raises(CannotEncode, match="position 3"):
        sample(model, tokenizer, plan, primer=[5, 1, 0], on_token=begun.append)
    with pytest.raises(CannotEncode, match="room for 48"):
        sample(model, tokenizer, plan, primer=[20] * 50, on_token=begun.append)
    with pytest.raises(InvalidSetting):
        sample(model, tokenizer, plan, temperature=-1, on_token=begun.append)
    assert not begun


def test_whoever_listens_can_end_the_loop(model, tokenizer, plan):
    def stop(token):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sample(model, tokenizer, plan, on_token=stop)
