"""Piano rolls in tokens: what is particular to them."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import CannotEncode
from workbench.core.limits import Limits
from workbench.core.rolls import KEYS, MOST_KEYS, NEXT, STRUCK, begun
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Part,
    Score,
    make_notes,
    merge,
    parse_key,
    parse_meter,
)
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.tokenizers import make

QUARTER = TICKS_PER_QUARTER


@pytest.fixture
def quarters():
    return make(TokenizerSpec("piano-roll", {"steps_per_quarter": 1}))


@pytest.fixture
def plan(quarters):
    return quarters.plan(parse_key("C major"), parse_meter("2/4"), 2, 100.0)


def test_struck_again_and_held_are_told_apart(quarters):
    rows = [(0, 2 * QUARTER, 60), (0, QUARTER, 64), (QUARTER, QUARTER, 64), (3 * QUARTER, QUARTER, 67)]  # fmt: skip
    score = Score(make_notes(rows))
    sequence = quarters.encode(score)
    text = "60 64 next _60 64 next next 67 next"
    assert quarters.symbols(sequence.tokens, sequence.plan) == text
    assert quarters.parse(text, sequence.plan) == sequence.tokens.tolist()
    found = quarters.decode(sequence.tokens, sequence.plan).notes
    assert found[["onset", "duration", "pitch"]].tolist() == rows


def test_a_note_in_two_voices_is_one_key(quarters):
    voices = [
        Score(make_notes([(0, 4 * QUARTER, 60)])),
        Score(make_notes([(2 * QUARTER, QUARTER, 60)])),
    ]
    both = merge(voices)
    sequence = quarters.encode(both)
    text = "60 next _60 next 60 next _60 next"
    assert quarters.symbols(sequence.tokens, sequence.plan) == text


def test_drums_are_left_out_and_nothing_else_is_no_music(quarters):
    drums = Score(make_notes([(0, QUARTER, 38)]), parts=(Part("Kit", 0, is_drum=True),))
    with pytest.raises(CannotEncode, match="no part but drums"):
        quarters.encode(drums)
    both = merge([Score(make_notes([(0, QUARTER, 60)])), drums])
    assert (quarters.encode(both).tokens >= STRUCK).sum() == 1


def test_more_keys_than_can_be_said_are_refused(quarters):
    cluster = [(0, QUARTER, pitch) for pitch in range(40, 41 + MOST_KEYS)]
    with pytest.raises(CannotEncode, match=f"Up to {MOST_KEYS + 1} keys"):
        quarters.encode(Score(make_notes(cluster)))
    said = quarters.encode(Score(make_notes(cluster[1:])))
    assert (said.tokens >= STRUCK).sum() == MOST_KEYS


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("64 60", "said from below"),
        ("60 60", "said from below"),
        ("_60", "did not sound in the frame before"),
        ("60 next _62", "did not sound in the frame before"),
        ("60 do", "Symbol 2 of the primer, 'do'"),
        ("60 20", "Symbol 2 of the primer, '20'"),
        ("<start>", "Symbol 1 of the primer"),
        ("next next next next", "last bar must hold"),
        ("60 next next 60 next _60 next 60", "full"),
        (" ".join(map(str, range(40, 70))), f"{MOST_KEYS} keys are the most"),
    ],
)
def test_a_bad_primer_is_refused_with_the_reason(quarters, plan, text, complaint):
    with pytest.raises(CannotEncode, match=complaint):
        quarters.parse(text, plan)


def test_what_goes_on_keeps_to_limits_and_to_a_piano(quarters, plan):
    bound = replace(plan, limits=Limits(((60, 72),), in_key=True))
    grammar = quarters.grammar(bound)
    for token in quarters.parse("60 61 next", plan):
        grammar.advance(token)
    allowed = grammar.allowed()
    words = {quarters.symbols([token], plan) for token in np.flatnonzero(allowed)}
    assert words == {"next", "_60", "60", "62", "64", "65", "67", "69", "71", "72"}
    high = quarters.plan(parse_key("F# major"), parse_meter("2/4"), 2, 100.0)
    drawn = [
        int(quarters.symbols([token], high))
        for token in np.flatnonzero(quarters.grammar(high).allowed())
        if token != NEXT
    ]
    assert min(drawn) >= 21 and max(drawn) <= 108


def test_whether_the_end_is_told(quarters):
    silent = make(TokenizerSpec("piano-roll", {"steps_per_quarter": 1, "tells_end": False}))
    names = [[field.name for field in each.vocabulary.context] for each in (quarters, silent)]
    assert [name for name in names[0] if name != "bars_left"] == names[1]
    corpus = CORPORA.get("bach-chorales")
    score = corpus.read(corpus.members()[0]).score
    told, untold = quarters.encode(score), silent.encode(score)
    assert np.array_equal(told.tokens, untold.tokens)
    assert np.array_equal(np.delete(told.context, 3, axis=1), untold.context)
    grammar = silent.grammar(untold.plan)
    for token, row in zip(untold.tokens.tolist(), untold.context, strict=True):
        assert np.array_equal(grammar.context(), row)
        grammar.advance(token)


def test_frames_are_encoded_as_the_score_that_they_are_read_as(quarters):
    corpus = CORPORA.get("bach-chorales")
    score = corpus.read(corpus.members()[2]).score
    sequence = quarters.encode(Score(score.notes, parts=score.parts))  # C major and 4/4
    frames = np.flatnonzero(sequence.tokens == NEXT).size
    roll, at = np.zeros((frames, KEYS), bool), 0
    for token in sequence.tokens.tolist():
        if token == NEXT:
            at += 1
        else:
            roll[at, (token - STRUCK) % KEYS] = True
    found = quarters.encode_roll(roll, sequence.plan)
    # The same but for repeated notes, which a roll does not tell.
    assert np.array_equal((found.tokens - STRUCK) % KEYS, (sequence.tokens - STRUCK) % KEYS)
    assert np.array_equal(found.context, sequence.context)
    assert (found.tokens[found.tokens >= STRUCK] < STRUCK + KEYS).sum() == begun(roll).sum()
    with pytest.raises(CannotEncode, match="ask for more bars"):
        quarters.encode_roll(np.concatenate([roll, roll]), sequence.plan)
