"""The n-gram model: a case counted by hand, and its promises on real music."""

from contextlib import suppress

import numpy as np
import pytest

from workbench.core.errors import CannotEncode, InvalidSetting, UnreadableFile
from workbench.core.score import Key
from workbench.core.settings import validated
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import (
    START,
    ContextField,
    Plan,
    PlanBar,
    TokenSequence,
    Vocabulary,
)
from workbench.corpora import CORPORA
from workbench.metrics.likelihood import likelihood
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES
from workbench.zoo.ngram import Settings, fit, history_sources, load

PLAN = Plan(Key(0, 0), (PlanBar(4, 4, 16),))
PLAIN = Vocabulary(("<start>", "a", "b", "c"))


def sequence(tokens, context=None):
    tokens = np.array(tokens, np.int32)
    if context is None:
        context = np.zeros((len(tokens), 0), np.int32)
    return TokenSequence(tokens, np.asarray(context, np.int32), PLAN, len(tokens) / 4)


def chances(model, tokens, contexts=None):
    """The probabilities after each of ``tokens``, START first."""
    state, rows = model.start(1), []
    for index, token in enumerate([START, *tokens]):
        context = np.zeros((1, 0)) if contexts is None else np.array([contexts[index]])
        logits, state = model.step(np.array([token], np.int32), context.astype(np.int32), state)
        rows.append(np.exp(logits[0].astype(np.float64)))
    return np.array(rows)


def test_kneser_ney_by_hand():
    """a a b: a was seen after the start and after a, b after a; then what came after each."""
    model = fit(Settings(order=2, use_position=False), PLAIN, [sequence([1, 1, 2])])
    uniform = np.array([0, 1, 1, 1]) / 3
    alone = np.array([0, 2 - 0.75, 1 - 0.75, 0]) / 3 + 0.75 * 2 / 3 * uniform
    after_start = np.array([0, 0.25, 0, 0]) + 0.75 * alone
    after_a = np.array([0, 0.25, 0.25, 0]) / 2 + 0.75 * 2 / 2 * alone
    result = chances(model, [1, 3])
    assert result[0] == pytest.approx(after_start, rel=1e-6)
    assert result[1] == pytest.approx(after_a, rel=1e-6)
    assert result[2] == pytest.approx(alone, rel=1e-6)  # c was never seen: back off


def test_place_comes_first_then_tokens_or_voices():
    melody = Vocabulary(PLAIN.tokens, tuple(map(field, ("position", "meter", "sounding_melody"))))
    assert history_sources(Settings(order=3), melody) == [-2, -1, 1, 2]
    assert history_sources(Settings(order=3, use_position=False), melody) == [1, 2]
    names = ("position", "voice", "sounding_soprano", "sounding_bass")
    chorale = Vocabulary(PLAIN.tokens, tuple(map(field, names)))
    assert history_sources(Settings(order=4), chorale) == [-2, -1, -3, -4, 1]
    assert history_sources(Settings(order=2), chorale) == [-2, -1, -3]
    assert history_sources(Settings(order=1), PLAIN) == []


def field(name):
    return ContextField(name, 4)


def test_position_is_heard():
    """a on the beat, b off it; c stood on both alike."""
    vocabulary = Vocabulary(PLAIN.tokens, (field("position"),))
    beats = [[0], [1]] * 8
    model = fit(Settings(order=1), vocabulary, [sequence([1, 2] * 8, beats)])
    on, off = chances(model, [1], [[0], [1]])
    assert on[1] > 0.8
    assert off[2] > 0.8


@pytest.fixture(scope="module")
def tunes():
    """The tokenizer, and sixty tunes from all over the collection."""
    tokenizer = make(TokenizerSpec("melody-steps"))
    corpus = CORPORA.get("ryans-mammoth")
    sequences = []
    for member in corpus.members()[::17]:
        with suppress(CannotEncode):
            sequences.append(tokenizer.encode(corpus.read(member).score))
    return tokenizer, sequences


@pytest.mark.parametrize("settings", [Settings(), Settings(order=8), Settings(3, False)])
def test_on_real_tunes_it_is_a_distribution_and_foresees_others(tunes, settings):
    tokenizer, sequences = tunes
    model = fit(settings, tokenizer.vocabulary, sequences[:50])
    piece = sequences[55]
    rows = chances(model, piece.tokens[:-1].tolist(), piece.context.tolist())
    assert rows.sum(axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
    assert (rows[:, START] == 0).all()
    assert (rows[:, 1:] > 0).all()
    heldout = likelihood(model, sequences[50:])
    unigram = likelihood(
        fit(Settings(order=1, use_position=False), tokenizer.vocabulary, sequences[:50]),
        sequences[50:],
    )
    assert heldout.nats_per_token < unigram.nats_per_token - 0.2


def test_side_by_side_is_as_one_by_one(tunes):
    tokenizer, sequences = tunes
    model = fit(Settings(), tokenizer.vocabulary, sequences[:20])
    alone = sum(likelihood(model, [each]).nats for each in sequences[:8])
    assert likelihood(model, sequences[:8], batch=3).nats == pytest.approx(alone, rel=1e-9)


def test_saved_and_loaded_it_is_the_same(tunes, tmp_path):
    tokenizer, sequences = tunes
    path = tmp_path / "ngram.npz"
    model = fit(Settings(), tokenizer.vocabulary, sequences[:20])
    model.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["ngram.npz"]
    again = ARCHITECTURES.get("ngram").load(path)
    assert likelihood(again, sequences[20:25]) == likelihood(model, sequences[20:25])


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "ngram.npz"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="train it again"):
        load(path)
    with pytest.raises(UnreadableFile):
        load(tmp_path / "none.npz")


def test_another_archive_is_refused(tmp_path):
    path = tmp_path / "ngram.npz"
    np.savez(path, format=99)
    with pytest.raises(UnreadableFile, match="format is 99"):
        load(path)
    np.savez(path, other=1)
    with pytest.raises(UnreadableFile):
        load(path)


def test_nothing_to_count_and_settings_out_of_range_are_refused():
    with pytest.raises(InvalidSetting, match="no music"):
        fit(Settings(), PLAIN, [])
    with pytest.raises(InvalidSetting, match="largest allowed is 8"):
        validated(Settings, {"order": 9})
