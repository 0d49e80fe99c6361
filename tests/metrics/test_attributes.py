"""Attributes of segments, by hand."""

import numpy as np
import pytest

from workbench.core.score import Key, Meter
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import TokenSequence
from workbench.metrics.attributes import ATTRIBUTES, attributes
from workbench.tokenizers import make

TOKENIZER = make(TokenizerSpec("melody-steps"))
LOW = 48


def found(text, meter=(4, 4), bars=1):
    lines = text.split("/")
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, *meter), len(lines), 120.0)
    tokens = np.array(TOKENIZER.parse(" ".join(lines), plan), np.int32)
    sequence = TokenSequence(tokens, np.zeros((len(tokens), 0), np.int32), plan, plan.steps / 4)
    return attributes(sequence, bars, LOW)


def held(*notes):
    """Notes of (symbol, steps)."""
    return " ".join(f"{symbol}{' _' * (steps - 1)}" for symbol, steps in notes)


def test_quarters_on_the_beat():
    (row,) = found(held((60, 4), (64, 4), (67, 4), (60, 4)))
    assert ATTRIBUTES == ("density", "pitch", "range", "syncopation")
    assert row.tolist() == pytest.approx([1.0, (60 + 64 + 67 + 60) / 4, 7.0, 0.0])


def test_a_note_off_the_beat_that_sounds_beyond_it_is_syncopated():
    (row,) = found(held((60, 2), (62, 4), (64, 2), (60, 8)))
    assert row[3] == pytest.approx(1 / 4)
    (eighths,) = found(held(*[(60, 2)] * 8))
    assert eighths[3] == 0  # off the beat, but none of them sounds beyond


def test_the_beat_of_six_eight_is_a_dotted_quarter():
    (row,) = found(held((60, 4), (62, 2), (60, 4), (62, 2)), (6, 8))
    assert row[3] == 0
    (row,) = found(held((60, 4), (62, 4), (60, 4)), (6, 8))
    assert row[3] == pytest.approx(1 / 3)


def test_of_a_segment_in_which_nothing_begins_little_is_known():
    rows = found(held((60, 16)) + "/" + held(("_", 16)) + "/" + held((72, 16)))
    assert rows[:, 0].tolist() == pytest.approx([0.25, 0.0, 0.25])
    assert np.isnan(rows[1, 1:]).all()
    assert rows[2, 1] == 72
