"""The chorale tokenizer on cases worked out by hand."""

import numpy as np
import pytest

from workbench.core.errors import CannotEncode
from workbench.core.score import TICKS_PER_QUARTER, Meter, Part, Score, make_notes, parse_key
from workbench.core.specs import TokenizerSpec
from workbench.tokenizers import make
from workbench.tokenizers.chorale_grid import SUNG

Q = TICKS_PER_QUARTER
NAMES = ("Soprano", "Alto", "Tenor", "Bass")


@pytest.fixture
def tokenizer():
    return make(TokenizerSpec("chorale-grid", {"steps_per_quarter": 2}))


@pytest.fixture
def plan(tokenizer):
    return tokenizer.plan(parse_key("C major"), Meter(0, 2, 4), 1, 80.0)


def chord_score(names=NAMES, pitches=(72, 67, 64, 48)):
    rows = [(0, Q, pitch, 80, part) for part, pitch in enumerate(pitches)]
    rows.append((Q, Q, pitches[0] - 1, 80, 0))
    return Score(make_notes(rows), (Meter(0, 2, 4),), parts=tuple(Part(name) for name in names))


def test_cells_run_from_soprano_to_bass(tokenizer):
    sequence = tokenizer.encode(chord_score())
    assert tokenizer.symbols(sequence.tokens, sequence.plan) == (
        "72 67 64 48 | _ _ _ _ | 71 r r r | _ _ _ _"
    )


def test_voices_before_this_one_are_up_to_date(tokenizer):
    sequence = tokenizer.encode(chord_score())
    names = [field.name for field in tokenizer.vocabulary.context]
    first = names.index("sounding_soprano")
    low = 31
    soprano, alto, tenor, bass = (pitch - low + 1 for pitch in (72, 67, 64, 48))
    sounding = sequence.context[:, first : first + 4].tolist()
    assert sounding[:5] == [
        [0, 0, 0, 0],
        [soprano, 0, 0, 0],
        [soprano, alto, 0, 0],
        [soprano, alto, tenor, 0],
        [soprano, alto, tenor, bass],
    ]
    assert sounding[9] == [soprano - 1, alto, tenor, bass]
    assert sounding[12] == [soprano - 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("names", "pitches"),
    [
        (("Bass", "tenor", "Soprano", "Alto."), (48, 64, 72, 67)),
        (("", "", "", ""), (48, 64, 72, 67)),
    ],
)
def test_voices_are_told_by_name_or_by_height(tokenizer, names, pitches):
    rows = [(0, 2 * Q, pitch, 80, part) for part, pitch in enumerate(pitches)]
    score = Score(make_notes(rows), (Meter(0, 2, 4),), parts=tuple(Part(name) for name in names))
    sequence = tokenizer.encode(score)
    assert tokenizer.symbols(sequence.tokens[:4], sequence.plan) == "72 67 64 48"


def test_crossing_voices_keep_their_names(tokenizer):
    sequence = tokenizer.encode(chord_score(pitches=(60, 67, 55, 48)))
    decoded = tokenizer.decode(sequence.tokens, sequence.plan)
    assert [part.name for part in decoded.parts] == list(NAMES)
    assert decoded.notes["pitch"][decoded.notes["part"] == 0].tolist() == [60, 59]


def test_three_or_five_voices_are_refused(tokenizer):
    three = chord_score()
    rows = [(0, Q, 60, 80, part) for part in range(5)]
    five = Score(make_notes(rows), parts=tuple(Part() for _ in range(5)))
    with pytest.raises(CannotEncode, match="here 5 parts"):
        tokenizer.encode(five)
    without_bass = Score(three.notes[three.notes["part"] != 3], three.meters, parts=three.parts)
    with pytest.raises(CannotEncode, match="here 3 parts"):
        tokenizer.encode(without_bass)


def test_a_voice_out_of_range_is_named(tokenizer):
    with pytest.raises(CannotEncode, match="the soprano runs from 40 to 96"):
        rows = [(0, Q, 40, 80, 0), (Q, Q, 96, 80, 0)]
        rows += [(0, Q, pitch, 80, part) for part, pitch in ((1, 67), (2, 60), (3, 48))]
        tokenizer.encode(Score(make_notes(rows), parts=tuple(Part(name) for name in NAMES)))


@pytest.mark.parametrize(
    "text", ["72 67 64 48 | _ _ _ 50", "72 67 64 48 _ _ _ 50", "72 67 64 48 | _"]
)
def test_primers_may_leave_out_the_bars_and_end_within_a_step(tokenizer, plan, text):
    tokens = tokenizer.parse(text, plan)
    assert [tokenizer.vocabulary.tokens[token] for token in tokens] == text.replace("|", "").split()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("72 67 64 | _ _ _ _", "Step 1 of the primer, '72 67 64', has 3 symbols"),
        ("72 67 64 48 50 | _ _ _ _", "Step 1 .* has 5 symbols"),
        ("72 67 64 70", r"position 4 \(bass\): in C major it must lie in 31 to 67"),
    ],
)
def test_a_primer_that_is_no_row_of_steps_is_refused(tokenizer, plan, text, complaint):
    with pytest.raises(CannotEncode, match=complaint):
        tokenizer.parse(text, plan)


@pytest.mark.parametrize("name", ["chorale-grid", "chorale-keys"])
@pytest.mark.parametrize(
    "key", ["C major", "G major", "F# major", "Db major", "B minor", "Eb minor"]
)
def test_what_is_composed_can_be_sung_in_every_key(name, key):
    tokenizer = make(TokenizerSpec(name))
    plan = tokenizer.plan(parse_key(key), Meter(0, 4, 4), 4, 80.0)
    grammar = tokenizer.grammar(plan)
    rng = np.random.default_rng(0)
    tokens = []
    while not grammar.finished:
        tokens.append(int(rng.choice(np.flatnonzero(grammar.allowed()))))
        grammar.advance(tokens[-1])
    score = tokenizer.decode(tokens, plan)
    for part, (low, high) in enumerate(SUNG):
        pitches = score.notes["pitch"][score.notes["part"] == part]
        assert low <= pitches.min() <= pitches.max() <= high
