"""Whatever a model writes, limits hold: random numbers for a model, random limits, every tokenizer."""

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from dice import Dice
from kept_limits import broken

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.limits import LONGEST, Limits, check_limits, in_key, scale
from workbench.core.score import bars, clip, parse_key, parse_meter
from workbench.core.sections import FORMS, check_form, close_ticks, sections
from workbench.corpora import CORPORA
from workbench.metrics.features.voice_leading import (
    cross_relations,
    parallel_fifths,
    parallel_octaves,
)
from workbench.sampling.loop import check_primer, sample
from workbench.tokenizers import TOKENIZERS

KEYS = ("C major", "F# minor", "Eb dorian", "Bb major", "E minor", "A mixolydian", "B locrian")
METERS = ("4/4", "3/4", "6/8", "2/4", "5/4", "9/8", "2/2")
PIECES = 80  # a tokenizer; all together 528


IN_VOICES = ("chorale-grid", "chorale-keys")
IN_CELLS = ("melody-steps", *IN_VOICES)


def random_limits(rng: random.Random, name: str) -> tuple[Limits, int]:
    """Limits that this tokenizer can be held to, and bars."""
    voices = ((57, 81), (53, 74), (48, 69), (36, 64)) if name in IN_VOICES else ((55, 88),)
    ranges: tuple[tuple[int, int], ...] = ()
    if rng.random() < 0.6:
        ranges = tuple((low + (room := rng.randint(0, (high - low) - 12)), low + room + 12) for low, high in voices)  # fmt: skip
    shortest = longest = 0.0
    if name in IN_CELLS:
        shortest, longest = rng.choice([(0, 0), (0.5, 0), (0, 1), (0.5, 1), (1, 1), (0, 0.25), (1, LONGEST)])  # fmt: skip
    form = ""
    if name in (*IN_CELLS, "abc-chars", "abc-subwords"):
        form = rng.choice(["", *FORMS, "AA'A''A", "ABA'"])
    bars = rng.randint(1, 4) if not form else len(sections(form)) * rng.randint(2, 3)
    return Limits(ranges, rng.random() < 0.6, shortest, longest, form), bars


@pytest.mark.parametrize("name", TOKENIZERS.names())
def test_limits_hold_whatever_a_model_writes(name, tokenizers):
    tokenizer = tokenizers[name]
    rng = random.Random(name)
    for seed in range(PIECES * 3 // 10 if name in IN_VOICES else PIECES):
        limits, bars = random_limits(rng, name)
        key, meter = parse_key(rng.choice(KEYS)), parse_meter(rng.choice(METERS))
        plan = replace(tokenizer.plan(key, meter, bars, 100.0), limits=limits)
        dice = Dice(len(tokenizer.vocabulary), seed)
        penalty = rng.choice([1.0, 1.5])
        tokens = sample(dice, tokenizer, plan, seed=seed, min_p=0.01, repetition_penalty=penalty)
        score = tokenizer.decode(tokens, plan)
        assert not broken(score, plan), (seed, str(key), str(meter), bars, limits)


@pytest.mark.parametrize("form", ["", "AA'BA"])
def test_no_parallels_as_the_measures_of_voice_leading_count_them(tokenizers, form):
    """Whatever the model wants. With a form they may be where a section begins, and at its close where nothing else is left."""
    tokenizer = tokenizers["chorale-grid"]
    counted = []
    for seed in range(8):
        for forbidden in (True, False):
            limits = Limits(form=form, no_parallels=forbidden)
            plan = replace(tokenizer.plan(parse_key("G minor"), parse_meter("3/4"), 8, 100.0), limits=limits)  # fmt: skip
            score = tokenizer.decode(sample(Dice(len(tokenizer.vocabulary), seed), tokenizer, plan), plan)  # fmt: skip
            assert not broken(score, plan)
            pieces = [score]
            if form:
                ends = [bar.end for bar in bars(score)][1::2]
                close = close_ticks(plan.meter)
                pieces = [clip(score, begin, end - close) for begin, end in pairwise([0, *ends])]
            counted.append((forbidden, sum(parallel_fifths(piece) + parallel_octaves(piece) > 0 for piece in pieces)))  # fmt: skip
    assert sum(count for forbidden, count in counted if forbidden) == 0
    assert sum(count for forbidden, count in counted if not forbidden) >= 6


def test_no_cross_relations_as_the_measure_of_voice_leading_counts_them(tokenizers):
    """Whatever the model wants, but in the chord at the close."""
    tokenizer = tokenizers["chorale-grid"]
    counts = {True: 0.0, False: 0.0}
    for seed in range(8):
        for forbidden in counts:
            limits = Limits(no_parallels=True, ends_on_tonic=True, no_cross_relations=forbidden)
            plan = replace(tokenizer.plan(parse_key("F# minor"), parse_meter("3/4"), 8, 100.0), limits=limits)  # fmt: skip
            score = tokenizer.decode(sample(Dice(len(tokenizer.vocabulary), seed), tokenizer, plan), plan)  # fmt: skip
            assert not broken(score, plan)
            counts[forbidden] += cross_relations(
                clip(score, 0, score.end - close_ticks(plan.meter))
            )
    assert counts[True] == 0 and counts[False] > 1000


@pytest.mark.parametrize("form", ["", "A", "AA'"])
def test_the_chord_of_a_close_forces_no_parallel(tokenizers, form):
    """The bass, which comes last, has one tone: the voices above it leave it a way there."""
    tokenizer = tokenizers["chorale-grid"]
    for key in ("G minor", "Eb major"):
        for seed in range(40):
            limits = Limits(form=form, no_parallels=True, ends_on_tonic=True)
            plan = replace(tokenizer.plan(parse_key(key), parse_meter("3/4"), 4, 100.0), limits=limits)  # fmt: skip
            score = tokenizer.decode(sample(Dice(len(tokenizer.vocabulary), seed), tokenizer, plan), plan)  # fmt: skip
            assert not broken(score, plan)
            for section in halves(score) if form == "AA'" else [score]:
                found = parallel_fifths(section), parallel_octaves(section)
                assert not np.nan_to_num(found).any(), (key, seed)


def halves(score):
    middle = score.end // 2
    return [clip(score, 0, middle), clip(score, middle, score.end)]


def test_without_limits_they_are_broken(tokenizers):
    tokenizer = tokenizers["melody-steps"]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 8, 100.0)
    tokens = sample(Dice(len(tokenizer.vocabulary), 1), tokenizer, plan)
    score = tokenizer.decode(tokens, plan)
    asked = replace(plan, limits=Limits(((60, 70),), True, 0.5, 0.25, "AABA"))
    assert broken(score, plan) == []
    assert set(broken(score, asked)) >= {
        "range", "notes of the key", "shortest note", "longest note", "repeats", "close",
    }  # fmt: skip


def test_the_notes_of_a_key():
    assert scale(parse_key("D major")) == (2, 4, 6, 7, 9, 11, 1)
    assert scale(parse_key("D dorian")) == (2, 4, 5, 7, 9, 11, 0)
    assert in_key(parse_key("A minor")) == {9, 11, 0, 2, 4, 5, 7, 8}


def test_sections_and_how_they_close():
    closes = {each.name: each.close for each in sections("AA'BA'")}
    assert closes == {"A": "open", "A'": "tonic", "B": "triad"}
    assert [each.source for each in sections("ABACA")] == [None, None, 0, None, 0]
    assert [each.close for each in sections("ABAB")] == ["triad", "tonic"] * 2
    assert [each.is_varied for each in sections("AA'A")] == [False, True, False]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(((60, 50),)), "lowest first"),
        (Limits(((60, 62),)), "leaves no room"),
        (Limits(((60, 72), (48, 60))), "2 ranges"),
        (Limits(shortest=2, longest=1), "swap them"),
        (Limits(longest=9), "longest note is 9"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(limits, words):
    with pytest.raises(InvalidSetting, match=words):
        check_limits(limits, 1)


@pytest.mark.parametrize(
    ("form", "bars", "words"),
    [("AABA", 6, "ask for 4 or 8"), ("AA'", 2, "ask for 4 or 6"), ("aaba", 8, "is no form"),
     ("A'B", 8, "varies A"), ("AB'", 8, "varies B"), ("A" * 13, 26, "is no form")],
)  # fmt: skip
def test_forms_that_are_none_are_refused(form, bars, words):
    with pytest.raises(InvalidSetting, match=words):
        check_form(form, bars)


@pytest.mark.parametrize("name", TOKENIZERS.names())
def test_a_range_without_a_note_is_refused_before_any_work(name, tokenizers):
    tokenizer = tokenizers[name]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 2, 100.0)
    with pytest.raises(InvalidSetting, match="widen the range"):
        check_primer(tokenizer, replace(plan, limits=Limits(((120, 127),))), [])


def test_a_primer_beyond_the_limits_is_refused_with_its_symbol(tokenizers):
    tokenizer = tokenizers["melody-steps"]
    plan = tokenizer.plan(parse_key("C major"), parse_meter("4/4"), 4, 100.0)
    for limits in (
        Limits(((62, 80),)),
        Limits(in_key=True),
        Limits(longest=0.5),
        Limits(form="AA"),
    ):
        bound = replace(plan, limits=limits)
        text = "67 _ _ 66 60 _ _ _" + " _" * 24 if limits.form else "67 _ _ 66 60 _ _ _"
        with pytest.raises(CannotEncode, match="at its symbol"):
            check_primer(tokenizer, bound, tokenizer.parse(text, bound))
    with pytest.raises(InvalidSetting, match="cannot be held to sections"):
        remi = tokenizers["remi"]
        plan = remi.plan(parse_key("C major"), parse_meter("4/4"), 4, 100.0)
        check_primer(remi, replace(plan, limits=Limits(form="AA")), [])


def test_a_beginning_that_is_given_may_break_the_rules_of_voice_leading(tokenizers):
    """Bach's do, now and then; what follows keeps to them."""
    tokenizer, corpus = tokenizers["chorale-grid"], CORPORA.get("bach-chorales")
    limits, broke = Limits(no_parallels=True, ends_on_tonic=True, no_cross_relations=True), 0
    for member in corpus.members()[:60]:
        score = corpus.read(member).score
        if len(score.parts) != 4 or not bars(score)[0].is_full:
            continue
        opening = clip(score, 0, bars(score)[3].end)
        primer = tokenizer.encode(opening)
        plan = tokenizer.plan(primer.plan.key, primer.plan.meter, 8, 100.0)
        check_primer(tokenizer, replace(plan, limits=limits), primer.tokens.tolist())
        counted = parallel_fifths(opening), parallel_octaves(opening), cross_relations(opening)
        broke += np.nansum(counted) > 0
    assert broke >= 3
