"""The melody tokenizer on cases worked out by hand."""

import pytest

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Part,
    Score,
    make_notes,
    parse_key,
)
from workbench.core.specs import TokenizerSpec
from workbench.tokenizers import make

Q = TICKS_PER_QUARTER


@pytest.fixture
def tokenizer():
    return make(TokenizerSpec("melody-steps"))


def column(tokenizer, sequence, name):
    names = [field.name for field in tokenizer.vocabulary.context]
    return sequence.context[:, names.index(name)].tolist()


def test_a_tune_in_d_is_learned_in_c_and_read_in_d(tokenizer):
    score = Score(
        make_notes([(0, Q // 2, 62), (Q // 2, Q // 2, 64), (3 * Q // 2, Q // 2, 66)]),
        (Meter(0, 2, 4),),
        (Key(0, 2),),
    )
    sequence = tokenizer.encode(score)
    names = [tokenizer.vocabulary.tokens[token] for token in sequence.tokens]
    assert " ".join(names) == "60 _ 62 _ r _ 64 _"
    assert tokenizer.symbols(sequence.tokens, sequence.plan) == "62 _ 64 _ r _ 66 _"
    assert sequence.quarters == 2.0
    decoded = tokenizer.decode(sequence.tokens.tolist(), sequence.plan)
    assert decoded.notes["pitch"].tolist() == [62, 64, 66]
    assert decoded.notes["spelling"].tolist() == [2, 4, 6]  # D, E, F sharp
    assert decoded.parts[0].name == "Melody"


def test_context_of_a_pickup_in_three_four(tokenizer):
    score = Score(
        make_notes([(0, Q, 67), (Q, 2 * Q, 72), (3 * Q, Q, 71), (4 * Q, 3 * Q, 72)]),
        (Meter(0, 3, 4), Meter(Q, 3, 4)),
    )
    sequence = tokenizer.encode(score)
    bar = list(range(12))
    assert column(tokenizer, sequence, "position") == bar[8:] + bar + bar
    assert column(tokenizer, sequence, "bars_left") == [2] * 4 + [1] * 12 + [0] * 12
    assert column(tokenizer, sequence, "bar") == [7] * 4 + [0] * 12 + [1] * 12
    g, c, b = (pitch - 48 + 1 for pitch in (67, 72, 71))
    assert column(tokenizer, sequence, "sounding_melody") == (
        [0] + [g] * 4 + [c] * 8 + [b] * 4 + [c] * 11
    )
    assert column(tokenizer, sequence, "held")[:7] == [0, 1, 2, 3, 4, 1, 2]
    token = {name: index for index, name in enumerate(tokenizer.vocabulary.tokens)}
    assert column(tokenizer, sequence, "echo_1") == (
        [0] * 4 + [0] * 8 + [token["67"], 1, 1, 1] + sequence.tokens[4:16].tolist()
    )


def test_of_several_parts_the_first_with_notes_speaks(tokenizer):
    rows = [(0, Q, 36, 80, 0), (0, Q, 60, 80, 2), (0, Q, 64, 80, 2), (0, Q, 72, 80, 3)]
    parts = (Part("Kit", is_drum=True), Part("Empty"), Part("Tune"), Part("Other"))
    sequence = tokenizer.encode(Score(make_notes(rows), parts=parts))
    assert tokenizer.decode(sequence.tokens, sequence.plan).notes["pitch"].tolist() == [64]


def test_drums_alone_are_no_melody(tokenizer):
    score = Score(make_notes([(0, Q, 36)]), parts=(Part("Kit", is_drum=True),))
    with pytest.raises(CannotEncode, match="no part but drums"):
        tokenizer.encode(score)


def test_too_wide_a_melody_is_refused_with_its_range(tokenizer):
    with pytest.raises(CannotEncode, match="from 30 to 90 in C major"):
        tokenizer.encode(Score(make_notes([(0, Q, 30), (Q, Q, 90)])))


def test_a_low_melody_is_learned_an_octave_higher(tokenizer):
    sequence = tokenizer.encode(Score(make_notes([(0, 4 * Q, 40)])))
    assert tokenizer.vocabulary.tokens[sequence.tokens[0]] == "52"


def test_a_rest_typed_twice_is_one_rest(tokenizer):
    plan = tokenizer.plan(parse_key("C major"), Meter(0, 4, 4), 1, 120.0)
    assert tokenizer.parse("60 | r r r", plan) == tokenizer.parse("60 r _ _", plan)


def test_a_range_smaller_than_an_octave_is_refused():
    with pytest.raises(InvalidSetting, match="no octave"):
        make(TokenizerSpec("melody-steps", {"low": 60, "high": 70}))


def test_a_finer_grid_keeps_triplets():
    third = Q // 3
    score = Score(make_notes([(0, third, 60), (third, third, 62), (2 * third, third, 64)]))
    fine = make(TokenizerSpec("melody-steps", {"steps_per_quarter": 12}))
    sequence = fine.encode(score)
    decoded = fine.decode(sequence.tokens, sequence.plan)
    assert decoded.notes["onset"].tolist() == score.notes["onset"].tolist()
