"""Parallels are mended by notes drawn again: none is left, rhythm and what is given stay, and the close does."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.frames import FIRST_PITCH, Frames
from workbench.core.limits import Limits
from workbench.core.score import Key, Meter
from workbench.core.specs import TokenizerSpec
from workbench.metrics.features.voice_leading import (
    cross_relations,
    parallel_fifths,
    parallel_octaves,
)
from workbench.sampling.gibbs import Choices, Filled, canvas, fill
from workbench.sampling.mending import mend, rules_of
from workbench.tokenizers import make
from workbench.tokenizers.grid import normalising_shift

GRID = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(GRID.vocabulary)
LIMITS = Limits(no_parallels=True, ends_on_tonic=True, no_cross_relations=True)
PLAN = replace(GRID.plan(Key(0, -1, "minor"), Meter(0, 4, 4), 6, 100.0), limits=LIMITS)
RULES = rules_of(PLAN, FRAMES, 4, normalising_shift(PLAN.key))


class Plain:
    """Likes to hold, and notes of a triad, so that parallels are many."""

    def __init__(self, seed: int = 0) -> None:
        liked = np.random.default_rng(seed).normal(0, 0.3, FRAMES.states)
        liked[1::2] += 3
        liked[2 * np.flatnonzero(np.isin(np.arange(FRAMES.rows) % 12, (0, 4, 7)))] += 2
        liked[:2] -= 4
        self.liked = liked.astype(np.float32)

    def logits(self, states, context):
        result = np.zeros((*states.shape, FRAMES.states), np.float32) + self.liked
        before = np.roll(states, 1, axis=1)
        for at in zip(*np.nonzero(before < FRAMES.states), strict=True):
            result[*at, before[at] | 1] += 4
        return result


def doubled(asked, seed):
    """A melody in eighths that three voices go along with, a fifth, an octave and an octave and a fifth below, up to the close."""
    random = np.random.default_rng(seed)
    melody = np.clip(44 + np.cumsum(random.integers(-2, 3, PLAN.steps // 2)), 36, 50)
    rows = np.repeat(melody, 2)[:, np.newaxis] - [0, 7, 12, 19]
    states = (2 * rows + np.arange(PLAN.steps)[:, np.newaxis] % 2).astype(np.int32)
    close = fill(Plain(), FRAMES, asked, random=generator(seed), steps=2).states
    end = int(asked.held.any(axis=1).argmax()) - 1 if asked.held.any() else len(states)
    states[end:] = close[end:]
    chances = np.zeros((*states.shape, FRAMES.states))
    np.put_along_axis(chances, states[..., np.newaxis].astype(int), 1, axis=-1)
    return Filled(states, np.zeros(chances.shape, np.float32), chances)


def generator(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def found(states):
    return RULES.faults(RULES.sounding(states))


def mended(asked, filled, seed=0):
    return mend(Plain(), FRAMES, asked, filled, RULES, generator(seed), Choices())


def begins(states):
    return FRAMES.tokens_of(states).reshape(states.shape) != 1


@pytest.mark.parametrize("seed", range(4))
def test_none_is_left_and_all_else_holds(seed):
    asked = canvas(FRAMES, GRID, PLAN)
    before = doubled(asked, seed)
    assert len(found(before.states)) > 100
    after = mended(asked, before, seed)
    assert found(after.states) == []
    score = GRID.decode(FRAMES.tokens_of(after.states).tolist(), PLAN)
    assert parallel_fifths(score) == parallel_octaves(score) == cross_relations(score) == 0
    np.testing.assert_array_equal(after.states, mended(asked, before, seed).states)
    changed = before.states // 2 != after.states // 2
    assert 0 < changed.mean() < 0.9
    assert (begins(after.states) <= begins(before.states)).all()
    np.testing.assert_allclose(after.chances.sum(axis=-1), 1)
    chosen = np.take_along_axis(after.chances, after.states[..., np.newaxis], axis=-1)
    assert (chosen > 0).all()
    assert not (after.chances > before.chances)[~asked.allowed].any()
    assert (after.states[asked.held] % 2 == 1).all()


def test_what_is_given_stays_and_is_listened_to():
    """A melody above and another in the tenor, with some bars of the alto."""
    asked = canvas(FRAMES, GRID, replace(PLAN, limits=replace(LIMITS, ends_on_tonic=False)))
    before = doubled(asked, 9)
    sung = before.states
    given = asked.given.copy()
    given[:, 0], given[:, 2], given[10:40, 1] = sung[:, 0], sung[:, 2], sung[10:40, 1]
    asked = replace(asked, given=given)
    stays = given != FRAMES.hidden
    before.chances[stays] = 0
    after = mended(asked, before)
    np.testing.assert_array_equal(after.states[stays], given[stays])
    assert not after.chances[stays].any()
    left = found(after.states)
    assert left
    for step, one, other in left:  # what given notes do among themselves
        assert stays[step - 1 : step + 1, [one, other]].all()


def test_without_parallels_nothing_is_drawn():
    class Unasked:
        def logits(self, states, context):
            raise AssertionError

    asked = canvas(FRAMES, GRID, PLAN)
    states = np.repeat(np.array([[100, 90, 80, 60]], np.int32), PLAN.steps, axis=0) | 1
    filled = Filled(states, np.zeros((*states.shape, FRAMES.states), np.float32), np.zeros((*states.shape, FRAMES.states)))  # fmt: skip
    after = mend(Unasked(), FRAMES, asked, filled, RULES, generator(), Choices())
    np.testing.assert_array_equal(after.states, states)


def laid(*voices):
    """Voices as pairs of pitch (None for a rest) and steps, in the model's cells."""
    first = int(GRID.vocabulary.tokens[FIRST_PITCH]) - normalising_shift(PLAN.key)
    columns = []
    for voice in voices:
        rows = [[0 if pitch is None else pitch - first + 1] * steps for pitch, steps in voice]
        columns.append([2 * row + (at > 0) for each in rows for at, row in enumerate(each)])
    states = np.array(columns, np.int32).T
    chances = np.zeros((*states.shape, FRAMES.states))
    np.put_along_axis(chances, states[..., np.newaxis].astype(int), 1, axis=-1)
    return Filled(states, np.zeros(chances.shape, np.float32), chances)


@pytest.mark.parametrize("seed", range(6))
def test_a_voice_that_enters_after_a_rest_in_a_cross_relation(seed):
    """F against F sharp in D minor. The rest is no note that could be drawn again, and what is given stays."""
    steps = PLAN.steps
    asked = canvas(FRAMES, GRID, replace(PLAN, limits=replace(LIMITS, ends_on_tonic=False)))
    before = laid([(74, steps)], [(65, steps)], [(62, steps)], [(None, 4), (54, steps - 4)])
    assert found(before.states) == [(4, 1, 3)]
    given = asked.given.copy()
    given[:, [0, 2, 3]] = before.states[:, [0, 2, 3]]
    after = mended(replace(asked, given=given), before, seed)
    np.testing.assert_array_equal(after.states[:, [0, 2, 3]], before.states[:, [0, 2, 3]])
    assert found(after.states) == []  # the alto has left its F


@pytest.mark.parametrize("seed", range(3))
def test_the_first_chord_is_mended_too(seed):
    steps = PLAN.steps
    asked = canvas(FRAMES, GRID, replace(PLAN, limits=replace(LIMITS, ends_on_tonic=False)))
    before = laid([(74, steps)], [(65, steps)], [(62, steps)], [(54, steps)])
    assert found(before.states) == [(0, 1, 3)]
    after = mended(asked, before, seed)
    assert found(after.states) == []
    assert (after.states[:, [0, 2]] == before.states[:, [0, 2]]).all()  # they have no part in it
