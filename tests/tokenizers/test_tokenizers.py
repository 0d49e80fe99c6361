"""What every tokenizer promises, on real music and on music drawn from its own grammar."""

import numpy as np
import pytest
from hypothesis import given

from tests.random_scores import scores
from workbench.core.augmentation import TRANSPOSITION
from workbench.core.errors import CannotEncode, InvalidSetting, UnknownName
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Meter,
    bars,
    clip,
    parse_key,
    parse_meter,
    transpose,
)
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import START, Tokenizer
from workbench.tokenizers import TOKENIZERS, make

NAMES = TOKENIZERS.names()
SILENT = ("_", "r", "z")  # holding and resting, in languages that have words for it
METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "2/2")


@pytest.fixture(params=NAMES)
def tokenizer(request, tokenizers) -> Tokenizer:
    return tokenizers[request.param]


@pytest.fixture
def pieces(tokenizer, music):
    """The real pieces that the tokenizer can say, with their sequences."""
    return [
        (score, tokenizer.encode(score))
        for score in music[tokenizer.name]
        if _fits(tokenizer, score)
    ]


def _fits(tokenizer, score):
    try:
        tokenizer.encode(score)
    except CannotEncode:
        return False
    return True


def draw_freely(tokenizer, plan, seed):
    """Any sequence the grammar allows, all tokens alike likely but holds three times as much."""
    rng = np.random.default_rng(seed)
    grammar, tokens = tokenizer.grammar(plan), []
    while not grammar.finished:
        allowed = grammar.allowed()
        assert allowed.any()
        assert not allowed[START]
        weights = allowed * np.where(np.arange(len(allowed)) == 1, len(allowed) * 2.0, 1.0)
        tokens.append(int(rng.choice(len(allowed), p=weights / weights.sum())))
        grammar.advance(tokens[-1])
    return tokens


def test_nearly_all_music_of_its_kind_can_be_said(tokenizer, music):
    candidates = [score for score in music[tokenizer.name] if len(score.parts) in (1, 4)]
    said = sum(_fits(tokenizer, score) for score in candidates)
    assert len(candidates) >= 8
    assert said >= 0.95 * len(candidates)


def test_what_was_decoded_encodes_to_the_same(tokenizer, pieces):
    for _, sequence in pieces:
        score = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
        again = tokenizer.encode(score)
        assert np.array_equal(again.tokens, sequence.tokens)
        assert np.array_equal(again.context, sequence.context)
        assert again.plan == sequence.plan
        assert again.quarters == sequence.quarters
        assert tokenizer.decode(again.tokens.tolist(), again.plan) == score


def test_decoding_keeps_every_note_to_half_a_step(tokenizer, pieces):
    half = TICKS_PER_QUARTER // tokenizer.settings.steps_per_quarter // 2
    for original, sequence in pieces:
        score = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
        assert str(score.keys[0]) == str(original.keys[0])
        assert score.tempos[0].bpm == original.tempos[0].bpm
        mine, theirs = score.notes, original.notes
        near = np.abs(mine["onset"][:, np.newaxis] - theirs["onset"]) <= half
        moved = mine["pitch"][:, np.newaxis] - theirs["pitch"]
        same = moved % 12 == 0  # the octave may be another
        assert (near & same).any(axis=1).all()
        if len(original.parts) == 1:  # at every onset the highest note, at least
            assert near.any(axis=0).all()


def test_grammar_and_fast_path_agree_on_the_context(tokenizer, pieces):
    sizes = [field.size for field in tokenizer.vocabulary.context]
    for _, sequence in pieces[:12]:
        grammar = tokenizer.grammar(sequence.plan)
        rows = []
        for token in sequence.tokens.tolist():
            rows.append(grammar.context())
            assert grammar.allowed()[token]
            grammar.advance(token)
        assert grammar.finished
        assert np.array_equal(rows, sequence.context)
        assert (sequence.context >= 0).all()
        assert (sequence.context < sizes).all()


def test_context_does_not_know_the_token_it_stands_before(tokenizer, pieces):
    """Two pieces that agree up to a cell have the same context up to and with that cell."""
    _, sequence = pieces[0]
    rng = np.random.default_rng(0)
    tried = 0
    for cell in rng.integers(len(sequence.tokens), size=12).tolist():
        grammar = tokenizer.grammar(sequence.plan)
        for token in sequence.tokens[:cell].tolist():
            grammar.advance(token)
        allowed = np.flatnonzero(grammar.allowed()).tolist()
        others = [token for token in allowed if token != sequence.tokens[cell]]
        before = grammar.context()
        grammar.advance(others[0] if others else allowed[0])
        assert np.array_equal(before, sequence.context[cell])
        tried += bool(others)
    assert tried >= 6


@pytest.mark.parametrize("meter", METERS)
def test_whatever_the_grammar_allows_is_a_score_with_the_planned_bars(tokenizer, meter):
    for seed, key in enumerate(("C major", "A minor", "F# minor", "Eb dorian", "Db major")):
        plan = tokenizer.plan(parse_key(key), parse_meter(meter), 5, 100.0)
        tokens = draw_freely(tokenizer, plan, seed)
        score = tokenizer.decode(tokens, plan)
        lengths = [(bar.end - bar.start, str(bar.meter)) for bar in bars(score)]
        assert lengths == [(parse_meter(meter).bar_ticks, meter)] * 5
        again = tokenizer.encode(score)
        assert again.plan == plan
        assert tokenizer.decode(again.tokens.tolist(), again.plan).quarters == score.quarters


def _furthest(tokenizer, plan, tokens, choices):
    """The token that lets most time pass; of several the first."""

    def place(token):
        grammar = tokenizer.grammar(plan)
        for each in [*tokens, token]:
            grammar.advance(each)
        return grammar.place[0]

    return max(choices, key=place)


def test_the_last_bar_sounds_even_where_all_before_was_silence(tokenizer):
    plan = tokenizer.plan(parse_key("C major"), parse_meter("2/4"), 2, 100.0)
    silent = [token for token, word in enumerate(tokenizer.vocabulary.tokens) if word in SILENT]
    grammar, tokens = tokenizer.grammar(plan), []
    while not grammar.finished:
        allowed = np.flatnonzero(grammar.allowed())
        quiet = [token for token in silent if token in allowed]
        tokens.append(quiet[0] if quiet else _furthest(tokenizer, plan, tokens, allowed.tolist()))
        grammar.advance(tokens[-1])
    score = tokenizer.decode(tokens, plan)
    assert len(score.notes) == 1
    assert len(bars(score)) == 2


def test_music_in_any_key_is_learned_in_one_or_as_it_sounds(tokenizer, pieces):
    _, sequence = pieces[1]
    score = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
    is_heard = TRANSPOSITION in TOKENIZERS.get(tokenizer.name).hears
    for semitones in (-2, 1, 4):
        moved = tokenizer.encode(transpose(score, semitones))
        found = tokenizer.decode(moved.tokens, sequence.plan).notes
        intervals = set((found["pitch"] - score.notes["pitch"]).tolist())
        assert intervals in ([{semitones}] if is_heard else [{0}, {12}, {-12}])
        assert np.array_equal(moved.tokens, sequence.tokens) == (intervals == {0})


def test_typed_symbols_are_read_back(tokenizer, pieces):
    for original, sequence in pieces[:10]:
        whole = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
        opening = clip(whole, 0, bars(original)[3].end)
        tokens = tokenizer.encode(opening).tokens.tolist()
        assert len(tokens) < len(sequence.tokens)
        assert tokenizer.parse(tokenizer.symbols(tokens, sequence.plan), sequence.plan) == tokens


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("_", "nothing to hold"),
        ("60 do", "Symbol 2 of the primer, 'do'"),
        ("60 5", "Symbol 2 of the primer, 5, lies outside"),
        ("60 -3", "Symbol 2 of the primer, '-3'"),
        ("60 ６0", "Symbol 2 of the primer"),
        ("60 " * 1000, "full"),
    ],
)
@pytest.mark.parametrize("name", ["melody-steps", "chorale-grid"])
def test_a_bad_primer_is_refused_with_its_symbol(tokenizers, name, text, complaint):
    tokenizer = tokenizers[name]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    with pytest.raises(CannotEncode, match=complaint):
        tokenizer.parse(text, plan)


@pytest.mark.parametrize("count", [-1, 1])
def test_too_few_or_too_many_tokens_are_no_score(tokenizer, pieces, count):
    _, sequence = pieces[0]
    tokens = sequence.tokens.tolist()
    wrong = tokens[:-1] if count < 0 else [*tokens, tokens[0]]
    with pytest.raises(CannotEncode):
        tokenizer.decode(wrong, sequence.plan)


@pytest.mark.parametrize("token", [-1, START, 10_000])
def test_what_is_no_token_is_refused(tokenizer, token):
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 1, 100.0)
    with pytest.raises(CannotEncode):
        tokenizer.grammar(plan).advance(token)


@given(score=scores())
@pytest.mark.parametrize("name", NAMES)
def test_any_score_is_said_or_refused_with_a_sentence(name, score):
    tokenizer = make(TokenizerSpec(name))
    try:
        sequence = tokenizer.encode(score)
    except CannotEncode as refusal:
        assert str(refusal).endswith(".")
        return
    decoded = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
    again = tokenizer.encode(decoded)
    assert np.array_equal(again.tokens, sequence.tokens)
    assert np.array_equal(again.context, sequence.context)
    assert again.plan == sequence.plan


def test_a_plan_the_grid_cannot_hold_is_refused(tokenizer):
    with pytest.raises(CannotEncode, match="finer grid"):
        tokenizer.plan(parse_key("C major"), Meter(0, 5, 64), 4, 100.0)


def test_specs_are_checked_at_the_door():
    with pytest.raises(UnknownName, match="melody-steps"):
        make(TokenizerSpec("melody-step"))
    with pytest.raises(InvalidSetting, match="choose one of"):
        make(TokenizerSpec("melody-steps", {"steps_per_quarter": 5}))
    assert all(kind.title and kind.description for kind in TOKENIZERS)


def test_every_note_begins_with_a_token_that_moves(tokenizer, pieces):
    moving = tokenizer.moving
    assert moving.shape == (len(tokenizer.vocabulary),)
    assert not moving[START]
    for _, sequence in pieces[:8]:
        notes = len(tokenizer.decode(sequence.tokens.tolist(), sequence.plan).notes)
        begun = int(moving[sequence.tokens].sum())
        assert 0 < begun < len(sequence.tokens)
        if tokenizer.name != "abc-subwords":  # whose words begin several at once
            assert begun >= notes
        if tokenizer.vocabulary.tokens[1] == "_":  # a grid: nothing else moves but a rest
            assert (
                begun == notes + (sequence.tokens == tokenizer.vocabulary.tokens.index("r")).sum()
            )
