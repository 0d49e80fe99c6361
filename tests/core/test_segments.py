"""Segments: cut at bar lines, nothing left out, pickups and short ends as they are."""

import numpy as np
import pytest

from workbench.core.score import Key
from workbench.core.segments import ends, heard_columns, is_melody, planned_columns, segments
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import Plan, PlanBar
from workbench.corpora import CORPORA
from workbench.tokenizers import make

TOKENIZER = make(TokenizerSpec("melody-steps"))


def plan(*bars):
    return Plan(Key(0, 0), tuple(PlanBar(4, 4, steps, offset) for steps, offset in bars))


FULL, PICKUP = (16, 0), (4, 12)


@pytest.mark.parametrize(
    ("bars", "length", "wanted"),
    [
        ([FULL] * 4, 2, [32, 64]),
        ([FULL] * 5, 2, [32, 64, 80]),  # the last is short
        ([PICKUP, *[FULL] * 4], 2, [36, 68]),  # a pickup belongs to what follows
        ([FULL, (12, 0), PICKUP, FULL, FULL], 2, [32, 64]),  # a bar across a repeat counts once
        ([PICKUP], 4, [4]),
        ([FULL] * 3, 1, [16, 32, 48]),
        ([FULL] * 3, 8, [48]),
    ],
)
def test_cut_at_bar_lines(bars, length, wanted):
    assert ends(plan(*bars), length).tolist() == wanted


@pytest.mark.parametrize("bars", [1, 2, 4])
def test_real_tunes_come_whole(bars):
    corpus = CORPORA.get("ryans-mammoth")
    for member in corpus.members()[4:12]:
        piece = TOKENIZER.encode(corpus.read(member).score)
        parts = segments(piece, bars)
        np.testing.assert_array_equal(np.concatenate([p.tokens for p in parts]), piece.tokens)
        np.testing.assert_array_equal(np.concatenate([p.context for p in parts]), piece.context)
        position = [field.name for field in TOKENIZER.vocabulary.context].index("position")
        assert all(part.context[0, position] == 0 for part in parts[1:])


def test_what_stands_beside_a_token_is_planned_or_heard_and_an_echo_where_it_is_wanted():
    names = [field.name for field in TOKENIZER.vocabulary.context]
    assert is_melody(TOKENIZER.vocabulary)
    assert not is_melody(make(TokenizerSpec("chorale-grid")).vocabulary)
    assert not is_melody(make(TokenizerSpec("abc-chars")).vocabulary)
    planned = [names[i] for i in planned_columns(TOKENIZER.vocabulary)]
    heard = [names[i] for i in heard_columns(TOKENIZER.vocabulary)]
    assert planned == ["position", "meter", "mode", "bars_left", "bar"]
    assert heard == ["sounding_melody", "held"]
    with_echoes = [names[i] for i in heard_columns(TOKENIZER.vocabulary, echoes=True)]
    assert with_echoes == [*heard, "echo_1", "echo_2", "echo_4", "echo_8"]
