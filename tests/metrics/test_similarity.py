"""Sketches of real tunes and chorales: what must be found alike, and what must not."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from random_scores import scores

from workbench.core.score import Score, make_notes, transpose
from workbench.corpora import CORPORA
from workbench.metrics.similarity import (
    NEAR,
    SKETCH_BYTES,
    near_pairs,
    signatures,
    similarity,
    sketch,
)


def alike(one: Score, other: Score) -> float:
    first, second = signatures([sketch(one), sketch(other)])
    return float(similarity(first, second))


def chorale(number: str) -> Score:
    corpus = CORPORA.get("bach-chorales")
    return corpus.read(next(each for each in corpus.members() if each.endswith(number))).score


@pytest.fixture(scope="module")
def tunes() -> dict[str, Score]:
    """Tunes of two collections, by title."""
    found = {}
    for name, some in (("ryans-mammoth", slice(None)), ("oneills-1850", slice(1100, 1700))):
        corpus = CORPORA.get(name)
        for member in corpus.members()[some]:
            reading = corpus.read(member)
            found[f"{name}: {reading.title}"] = reading.score
    return found


def test_key_unit_of_time_and_tempo_say_nothing(tunes):
    for score in list(tunes.values())[:20]:
        notes = score.notes.copy()
        notes["onset"] *= 2
        notes["duration"] *= 2
        assert sketch(transpose(score, -5)) == sketch(score)
        assert sketch(replace(score, notes=notes)) == sketch(score)
        assert len(sketch(score)) == SKETCH_BYTES


def test_settings_of_one_tune_are_near_and_other_tunes_are_not(tunes):
    titles = list(tunes)
    pieces = signatures([sketch(score) for score in tunes.values()])
    pairs = near_pairs(pieces)
    found = {
        (titles[a], titles[b]) for a, b in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    }  # fmt: skip
    across = {pair for pair in found if pair[0][0] != pair[1][0]}
    assert ("ryans-mammoth: The Bonnie Lad – Reel", "oneills-1850: The Bonnie Boy") in across
    assert ("ryans-mammoth: Flogging – Reel", "oneills-1850: The Flogging Reel") in across
    assert 100 < len(across) < len(found) < len(titles)  # of 1,400,000 pairs


def test_what_lsh_finds_is_what_comparing_all_pairs_finds(tunes):
    pieces = signatures([sketch(score) for score in tunes.values()])
    pairs = near_pairs(pieces)
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    everything, clear = set(), set()
    for index in range(len(pieces) - 1):
        values = similarity(pieces[index], pieces[index + 1 :])
        for other in np.flatnonzero(values >= NEAR):
            everything.add((index, index + 1 + int(other)))
            if values[other] >= 0.35:
                clear.add((index, index + 1 + int(other)))
    assert found <= everything
    assert len(found) >= 0.85 * len(everything)
    assert len(clear & found) >= 0.97 * len(clear)


def test_one_melody_harmonised_twice_is_near():
    assert alike(chorale("bwv244.15"), chorale("bwv244.44")) > NEAR  # O Haupt voll Blut und Wunden
    assert alike(chorale("bwv244.15"), chorale("bwv269")) < NEAR / 2


def test_an_arrangement_with_another_top_voice_is_near_by_its_texture():
    score = chorale("bwv269")
    notes = score.notes.copy()
    tenor = notes["part"] == 2
    notes["pitch"][tenor] += 12  # above the soprano, most of the time
    raised = replace(score, notes=notes)
    first, second = signatures([sketch(score), sketch(raised)])
    assert (first[1] == second[1]).mean() > 0.9
    assert alike(score, raised) > 0.9


def test_what_is_too_short_says_nothing():
    scale = Score(make_notes([(i * 10080, 10080, 60 + i) for i in range(10)]))
    assert sketch(scale) == b""
    assert sketch(Score(make_notes([]))) == b""
    silent = signatures([b"", b"damaged"])
    assert float(similarity(silent[0], silent[1])) == 0.0
    assert len(near_pairs(silent).first) == 0
    assert len(near_pairs(signatures([])).first) == 0


@given(scores(max_notes=60))
@settings(max_examples=40, deadline=None)
def test_any_score_can_be_sketched(score):
    assert len(sketch(score)) in (0, SKETCH_BYTES)


def test_long_scores_are_sketched_within_their_time():
    random = np.random.default_rng(1)
    rows = [(i * 5040, 5040, int(p)) for i, p in enumerate(random.integers(40, 90, 2000))]
    score = Score(make_notes(rows))
    began = time.perf_counter()
    for _ in range(10):
        sketch(score)
    assert (time.perf_counter() - began) / 10 < 0.015  # 1.5 ms on a quiet machine
