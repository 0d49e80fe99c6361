"""What is counted in tunes: bars that return, and intervals; the forms drawn from it, and files that are torn."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from workbench.core.errors import CannotEncode, UnreadableFile
from workbench.core.score import parse_key, parse_meter
from workbench.core.tunes import (  # fmt: skip
    ACROSS,
    INSIDE,
    LAST,
    NEW,
    ROWS,
    WIDEST,
    Tunes,
    column,
    form_of,
    found_tunes,
    read_tunes,
)
from workbench.core.vocabulary import PlanBar, TokenSequence
from workbench.corpora import CORPORA
from workbench.metrics.features.structure import phrases_that_return
from workbench.tokenizers import TOKENIZERS

MELODIES = TOKENIZERS.get("melody-steps")
STEPS = MELODIES.make(MELODIES.settings())


def written(text: str, bars: int) -> TokenSequence:
    """A melody in 2/4."""
    plan = STEPS.plan(parse_key("C major"), parse_meter("2/4"), bars, 100.0)
    return STEPS.encode(STEPS.decode(STEPS.parse(text, plan), plan))


ABAC = written(
    "60 _ 62 _ 64 _ 65 _ | 67 _ _ _ r _ _ _ | 60 _ 62 _ 64 _ 65 _ | 67 _ _ _ 48 _ _ _ | 67 _ _ _ _ _ _ _", 5
)  # fmt: skip


def test_a_bar_returns_where_the_same_notes_begin_at_the_same_places():
    assert form_of(ABAC).tolist() == [NEW, NEW, 0, NEW, 1]  # a note may end sooner
    held = written("60 _ _ _ _ _ _ _ | 60 _ _ _ r _ _ _ | _ _ _ _ _ _ _ _ | _ _ _ _ _ _ 60 _", 4)
    assert form_of(held).tolist() == [NEW, 0, NEW, NEW]  # where nothing begins, nothing returns


def test_a_pickup_is_left_out_and_a_bar_in_two_parts_is_one():
    bars = ABAC.plan.bars
    pickup = replace(bars[0], steps=2, offset=6)
    halves = (PlanBar(2, 4, 4, 0), PlanBar(2, 4, 4, 4))
    plan = replace(ABAC.plan, bars=(pickup, bars[0], *halves, *bars[2:]))
    tokens = np.concatenate([ABAC.tokens[:2], ABAC.tokens])
    assert form_of(replace(ABAC, tokens=tokens, plan=plan)).tolist() == [NEW, NEW, 0, NEW, 1]


def test_intervals_inside_segments_and_across():
    tunes = found_tunes([ABAC], 2)
    inside = np.flatnonzero(tunes.intervals[INSIDE]) - WIDEST
    assert inside.tolist() == [-19, 1, 2]
    assert tunes.intervals[INSIDE][column(np.array([1, 2]))].tolist() == [2, 6]
    assert (np.flatnonzero(tunes.intervals[ACROSS]) - WIDEST).tolist() == [-7, 19]
    assert (np.flatnonzero(tunes.intervals[LAST]) - WIDEST).tolist() == [19]
    assert np.exp(tunes.odds(ACROSS)).sum() == pytest.approx(1)
    assert column(-40) == 0
    assert found_tunes([], 2) is None


def test_forms_are_those_of_pieces_about_as_long():
    lengths = np.array([4, 2, 3], np.int32)
    returns = np.array([NEW, NEW, 0, 1, NEW, 0, NEW, 0, NEW], np.int16)
    tunes = Tunes(returns, lengths, np.zeros((ROWS, 2 * WIDEST + 1), np.int64))
    drawn = {tuple(tunes.form(3, np.random.default_rng(seed)).tolist()) for seed in range(30)}
    assert drawn == {(NEW, NEW, 0), (NEW, 0, NEW)}
    long = {tuple(tunes.form(6, np.random.default_rng(seed)).tolist()) for seed in range(60)}
    assert all(len(form) == 6 and all(to < at for at, to in enumerate(form)) for form in long)
    assert (NEW, NEW, 0, 1, NEW, 4) in long  # one after another, each on its own bars
    again = tunes.form(6, np.random.default_rng(3))
    np.testing.assert_array_equal(again, tunes.form(6, np.random.default_rng(3)))


def test_real_tunes_return_as_the_measure_of_phrases_has_it():
    corpus = CORPORA.get("ryans-mammoth")
    scores = [corpus.read(member).score for member in corpus.members()[:30]]
    sequences = []
    for score in scores:
        with suppress(CannotEncode):
            sequences.append(STEPS.encode(score))
    tunes = found_tunes(sequences, 2)
    assert tunes.lengths.sum() == len(tunes.returns)
    shares = [float((form_of(each) != NEW).mean()) for each in sequences]
    assert 0.1 < np.mean(shares) < 0.5
    most = sequences[int(np.argmax(shares))]
    assert phrases_that_return(STEPS.decode(most.tokens.tolist(), most.plan)) > 0.3
    again = read_tunes(tunes.arrays())
    for one, other in zip(tunes.arrays().values(), again.arrays().values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_torn_is_refused():
    arrays = found_tunes([ABAC], 2).arrays()
    assert read_tunes({}) is None
    assert read_tunes({name: arrays[name] for name in ("returns", "lengths")}) is None
    for torn in (
        {"returns": arrays["returns"] + np.int16(1)},  # to itself, or later
        {"returns": arrays["returns"][:-1]},
        {"lengths": arrays["lengths"] * 0},
        {"lengths": arrays["lengths"][np.newaxis]},
        {"intervals": arrays["intervals"][:, 1:]},
        {"intervals": arrays["intervals"] - 1},
        {"intervals": arrays["intervals"] / 2},
    ):
        with pytest.raises(UnreadableFile, match="forms of tunes"):
            read_tunes(arrays | torn)
