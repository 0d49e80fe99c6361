"""ABC by character and by learned words: the text on cases worked out by hand, and whatever its grammar lets be drawn."""

import json
import subprocess
import sys
from itertools import accumulate

import numpy as np
import pytest

from workbench import formats
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.records import from_json, to_json
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Score,
    bars,
    make_notes,
    parse_key,
    parse_meter,
)
from workbench.core.settings import describe
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import Plan, PlanBar
from workbench.tokenizers import TOKENIZERS, learned, make, unlearned
from workbench.tokenizers.abc_language import AbcLanguage, note_text, pitch_of
from workbench.tokenizers.grid import PLAYABLE, plan_meters

Q = TICKS_PER_QUARTER
ABC = ("abc-chars", "abc-subwords")
KEYS = ("C major", "D major", "F# minor", "Eb dorian", "Db major", "B major", "A mixolydian")


@pytest.fixture
def chars():
    return make(TokenizerSpec("abc-chars"))


@pytest.fixture(params=ABC)
def tokenizer(request, tokenizers):
    return tokenizers[request.param]


def text_of(tokenizer, score):
    sequence = tokenizer.encode(score)
    return tokenizer.symbols(sequence.tokens.tolist(), sequence.plan)


def draw(tokenizer, plan, seed):
    """A sequence drawn with random logits, in which the grammar never leaves nothing to draw."""
    rng = np.random.default_rng(seed)
    grammar, tokens = tokenizer.grammar(plan), []
    while not grammar.finished:
        allowed = grammar.allowed()
        assert allowed.any()
        assert not allowed[0]
        logits = np.where(allowed, rng.normal(size=len(allowed)) * 3, -np.inf)
        tokens.append(int(logits.argmax()))
        grammar.advance(tokens[-1])
    return tokens


def notes_of(score):
    return [(int(n["onset"]), int(n["duration"]), int(n["pitch"])) for n in score.notes]


# --- the text ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "meter", "text"),
    [
        ([(0, Q, 60), (Q, Q, 62), (2 * Q, 2 * Q, 64)], "4/4", "C2D2E4|"),
        ([(0, Q // 2, 72), (Q // 2, Q // 4, 71), (Q * 3 // 4, Q * 3 // 4, 79)], "3/8", "cB/g3/|"),
        ([(0, Q * 5 // 2, 60), (Q * 5 // 2, Q // 2, 60)], "3/4", "C4-CC|"),
        ([(0, 5 * Q, 60)], "5/4", "C8-C2|"),
        ([(Q, 2 * Q, 67)], "2/4", "z2G2-|G2z2|"),
        ([(0, Q // 3, 60), (Q // 3, Q // 3, 62), (Q * 2 // 3, Q // 3, 64)], "1/4", "(3CDE|"),
        ([(0, Q * 2 // 3, 60), (Q * 2 // 3, Q // 3, 64)], "1/4", "(3C-CE|"),
        ([(0, Q * 4 // 3, 60), (Q * 4 // 3, Q * 2 // 3, 64)], "2/4", "(3C2-C2E2|"),
        ([(Q // 2, Q * 5 // 6, 60), (Q * 4 // 3, Q * 2 // 3, 64)], "2/4", "zC-(3CE-E|"),
        ([(0, Q, 66), (Q, Q, 65), (2 * Q, Q, 54), (3 * Q, Q, 53)], "2/4", "^F2=F2|^F,2=F,2|"),
        ([(0, Q, 66), (Q, Q, 77), (2 * Q, Q, 65), (3 * Q, Q, 96)], "4/4", "^F2=f2=F2c''2|"),
    ],
)
def test_notes_as_text(rows, meter, text):
    score = Score(make_notes(rows), (parse_meter(meter),))
    tokenizer = make(TokenizerSpec("abc-chars", {"high": 96}))
    assert text_of(tokenizer, score) == text
    sequence = tokenizer.encode(score)
    assert notes_of(tokenizer.decode(sequence.tokens.tolist(), sequence.plan)) == rows


def test_a_tune_in_d_is_learned_in_c_and_written_in_d(chars):
    rows = [(0, Q, 62), (Q, Q, 66), (2 * Q, Q, 67), (3 * Q, Q, 72)]
    sequence = chars.encode(Score(make_notes(rows), keys=(Key(0, 2),)))
    assert "".join(chars.vocabulary.tokens[token] for token in sequence.tokens) == "C2E2F2_B2|"
    assert chars.symbols(sequence.tokens, sequence.plan) == "D2F2G2=c2|"


@pytest.mark.parametrize("fifths", range(-7, 8))
def test_every_pitch_has_one_text_in_every_key(fifths):
    texts = [note_text(pitch, "", fifths)[0] for pitch in range(30, 100)]
    assert len(set(texts)) == 70
    if not fifths:
        assert [pitch_of(text) for text in texts] == list(range(30, 100))


@pytest.mark.parametrize(
    "rows", [[(0, Q // 24, 60)], [(Q // 24, Q * 5 // 24, 60)], [(Q // 24, Q, 60)]]
)
def test_what_is_no_value_and_no_triplet_is_refused(rows):
    tokenizer = make(TokenizerSpec("abc-chars", {"steps_per_quarter": 24}))
    with pytest.raises(CannotEncode, match="In bar 1 a note begins or ends neither"):
        tokenizer.encode(Score(make_notes([*rows, (2 * Q, Q, 60)])))


def test_a_bar_that_ends_within_a_triplet_is_refused(chars):
    meters = (Meter(0, 2, 4), Meter(Q // 3, 2, 4))
    with pytest.raises(CannotEncode, match="ends within a triplet"):
        chars.encode(Score(make_notes([(0, Q // 3, 60), (Q // 3, Q, 62)]), meters))
    with pytest.raises(CannotEncode, match="ends within a triplet"):
        chars.grammar(Plan(Key(0, 0), (PlanBar(2, 4, 8),)))


def test_the_text_is_what_abc_readers_read(tokenizer, music):
    """Below a header in its key, our own reader finds the same notes and bars."""
    for score in music[tokenizer.name][::4]:
        sequence = tokenizer.encode(score)
        plan = sequence.plan
        said = tokenizer.decode(sequence.tokens.tolist(), plan)
        tonic, mode = str(plan.key).split()
        head = f"X:1\nM:{plan.meter}\nL:1/8\nK:{tonic}{mode[:3]}\n"
        text = tokenizer.symbols(sequence.tokens.tolist(), plan)
        read = formats.decode((head + text).encode(), "tune.abc")[0].score
        assert notes_of(read) == notes_of(said)
        assert bars(read) == bars(said)


# --- what a person types ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "key", "meter", "text"),
    [
        ("G2 | AB c2 |", "C major", "2/4", None),
        ("C2 D2 | (3EFG A2", "C major", "2/4", "C2D2|(3EFGA2|"),
        ("F2 c2", "D major", "2/4", "F2c2|"),
        ("^G A G =G", "C major", "2/4", "^GA^G=G|"),
        ("A>B c<d |", "C major", "2/4", "A3/B/c/d3/|"),
        ("C2- | C E3", "C major", "2/4", None),
        ('"Am"A2 ~B {c}d-|d4', "C major", "2/4", "A2Bd-|d4|"),
        ("C8-|", "C major", "4/4", "C8-|"),
        ("C/2D//E//F3/4G/4 A2", "C major", "2/4", "C/D/4E/4F3/4G/4A2|"),
        ("(4CDEF z3", "C major", "6/8", "C3/4D3/4E3/4F3/4z3|"),
    ],
)
def test_typed_abc(tokenizer, typed, key, meter, text):
    plan = tokenizer.plan(parse_key(key), parse_meter(meter), 4, 100.0)
    if text is None:
        with pytest.raises(CannotEncode, match=r"Bar [12] of the primer does not add up to 2/4"):
            tokenizer.parse(typed, plan)
        return
    tokens = tokenizer.parse(typed, plan)
    assert tokenizer.symbols(tokens, plan) == text
    grammar = tokenizer.grammar(plan)
    for token in tokens:
        grammar.advance(token)


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("CDEF H", "Symbol 5 of the primer, 'H'"),
        ("K:D\nCDEF", "header line of the primer, 'K:D'"),
        ("C1/5", "'C1/5' in the primer"),
        ("c''''", "as far as 120"),
        ("C8|C8|C8|C8|C8|", "full after its 4 bars"),
        (">C", "must stand between two notes"),
    ],
)
def test_what_is_no_abc_is_refused_with_its_sign(tokenizer, typed, complaint):
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 4, 100.0)
    with pytest.raises(CannotEncode, match=complaint):
        tokenizer.parse(typed, plan)


# --- what is drawn ----------------------------------------------------------------------------


def some_plan(tokenizer, seed):
    """Meters that change, pickups, bars cut short and completed."""
    rng = np.random.default_rng(seed)
    grid = tokenizer.settings.steps_per_quarter
    unit = 3 if grid % 3 == 0 else 1
    planned = []
    for number in range(int(rng.integers(1, 6))):
        meter = parse_meter(str(rng.choice(["3/4", "6/8", "5/4", "2/4", "7/8", "9/8", "3/2"])))
        full = meter.bar_ticks * grid // Q
        begun = int(rng.integers(1, full // unit)) * unit
        if number == 0 and rng.random() < 0.4:
            planned.append(PlanBar(meter.numerator, meter.denominator, full - begun, begun))
        elif rng.random() < 0.3:
            planned.append(PlanBar(meter.numerator, meter.denominator, begun))
            planned.append(PlanBar(meter.numerator, meter.denominator, full - begun, begun))
        else:
            planned.append(PlanBar(meter.numerator, meter.denominator, full))
    key = parse_key(str(rng.choice(KEYS)))
    return Plan(key, tuple(planned), 100.0)


@pytest.mark.parametrize("grid", [4, 8, 12, 24])
@pytest.mark.parametrize("name", ABC)
def test_whatever_is_drawn_keeps_to_its_plan(name, grid, tokenizers):
    spec = TokenizerSpec(name, {**to_json(tokenizers[name].settings), "steps_per_quarter": grid})
    tokenizer = make(spec)
    for seed in range(60):
        plan = some_plan(tokenizer, seed)
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        ends = [end * Q // grid for end in accumulate(bar.steps for bar in plan.bars)]
        assert [bar.end for bar in bars(score)] == ends
        assert score.meters == plan_meters(plan, grid)
        assert (
            PLAYABLE[0] <= score.notes["pitch"].min() <= score.notes["pitch"].max() <= PLAYABLE[1]
        )
        again = tokenizer.encode(score)
        assert [bar.steps for bar in again.plan.bars] == [bar.steps for bar in plan.bars]
        assert tokenizer.decode(again.tokens.tolist(), again.plan) == score


@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4"])
def test_what_is_drawn_survives_every_format(tokenizer, meter):
    for seed, key in enumerate(KEYS):
        plan = tokenizer.plan(parse_key(key), parse_meter(meter), 4, 100.0)
        score = tokenizer.decode(draw(tokenizer, plan, seed), plan)
        for suffix in (".musicxml", ".abc", ".mid"):
            data = formats.encode(score, suffix, title="", composer="")
            read = formats.decode(data, f"drawn{suffix}")[0].score
            assert notes_of(read) == notes_of(score)
            assert bars(read) == bars(score)


def test_a_primer_beyond_what_is_played_can_be_gone_on_from(tokenizer):
    plan = tokenizer.plan(parse_key("D major"), parse_meter("3/4"), 3, 100.0)
    grammar = tokenizer.grammar(plan)
    for token in tokenizer.parse("D,2 ^c'2 a'2-|", plan):
        grammar.advance(token)
    tied = {tokenizer.vocabulary.tokens[token] for token in np.flatnonzero(grammar.allowed())}
    assert "g" in tied  # a' is said as g' in C
    for word in tied:
        said = word.removeprefix("(3")
        assert said in ("", "(", "g") or said.startswith("g'")


def test_a_mask_takes_less_than_a_millisecond_once_places_come_back(tokenizers):
    tokenizer = tokenizers["abc-subwords"]
    plan = tokenizer.plan(parse_key("G major"), parse_meter("2/4"), 8, 100.0)
    draw(tokenizer, plan, 0)
    grammar = tokenizer.grammar(plan)
    first, again = grammar.allowed(), grammar.allowed()
    assert again is first
    with pytest.raises(ValueError, match="read-only"):
        first[0] = True


# --- what is learned --------------------------------------------------------------------------


def test_merges_are_learned_from_these_scores_alone_and_always_the_same(music):
    scores = music["abc-subwords"]
    spec = TokenizerSpec("abc-subwords", {"vocabulary_size": 200})
    found = learned(spec, scores)
    assert found == learned(spec, scores[::-1])
    assert found != learned(spec, scores[:10])
    assert learned(found, scores[:10]) == found
    assert unlearned(found) == spec
    assert from_json(TokenizerSpec, json.loads(json.dumps(to_json(found)))) == found
    tokenizer = make(found)
    assert len(tokenizer.vocabulary) == 200
    assert make(found).vocabulary == tokenizer.vocabulary


def test_words_are_what_the_library_would_make_of_them(music):
    from tokenizers import Tokenizer, models

    tokenizer = make(learned(TokenizerSpec("abc-subwords"), music["abc-subwords"]))
    words = tokenizer.settings.merges.split()
    merges = list(zip(words[::2], words[1::2], strict=True))
    numbers = {word: token for token, word in enumerate(tokenizer.vocabulary.tokens)}
    library = Tokenizer(models.BPE(numbers, merges))
    for score in music["abc-subwords"][::3]:
        text, _ = tokenizer.text(score)
        mine = tokenizer.encode(score).tokens.tolist()
        assert mine == [token for bar in text for token in library.encode(bar).ids]


def test_words_shorten_the_text(tokenizers, music):
    lengths = [
        sum(len(tokenizers[name].encode(score).tokens) for score in music[name]) for name in ABC
    ]
    assert lengths[1] < 0.6 * lengths[0]


def test_what_is_learned_is_asked_of_nobody():
    shown = [field.name for field in describe(TOKENIZERS.get("abc-subwords").settings)]
    assert "vocabulary_size" in shown
    assert "merges" not in shown


def test_damaged_merges_are_refused():
    with pytest.raises(InvalidSetting, match="damaged at 'CC' and 'D'"):
        make(TokenizerSpec("abc-subwords", {"merges": "C D CC D"}))


def test_composing_needs_no_library_to_learn_with(tokenizers):
    """The words are applied by own code: a process that composes never imports it."""
    settings = json.dumps(to_json(tokenizers["abc-subwords"].settings))
    code = (
        "import json, sys; from workbench.core.specs import TokenizerSpec; from workbench.tokenizers import make;"
        "made = make(TokenizerSpec('abc-subwords', json.loads(sys.argv[1])));"
        "assert len(made.vocabulary) > 100; assert 'tokenizers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, settings], check=True)


def test_the_language_is_that_of_its_grid():
    assert list(AbcLanguage(4).sizes) == ["/", "", "3/", "2", "3", "4", "6", "8", "12", "16"]
    assert AbcLanguage(8).widths == ()
    assert AbcLanguage(12).widths == (8, 4, 2, 1)
