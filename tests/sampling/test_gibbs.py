"""Blocked Gibbs sampling: what is given stays, what is drawn is allowed, and it finds what the model means."""

from dataclasses import replace

import numpy as np
import pytest
from kept_limits import broken

from workbench.core.errors import InvalidSetting
from workbench.core.frames import Frames
from workbench.core.limits import Limits
from workbench.core.score import Key, Meter
from workbench.core.sections import end_ticks
from workbench.core.specs import TokenizerSpec
from workbench.metrics.lines import lines
from workbench.sampling import gibbs
from workbench.sampling.draw import draw, probabilities
from workbench.sampling.gibbs import Canvas, Choices, canvas, share
from workbench.tokenizers import make

TOKENIZER = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(TOKENIZER.vocabulary)
SUNG = ((57, 81), (53, 74), (48, 69), (36, 64))


def fill(filler, frames, canvas, *, seed=0, **choices):
    return gibbs.fill(filler, frames, canvas, random=np.random.Generator(np.random.PCG64(seed)), **choices)  # fmt: skip


class Anything:
    """Every state is as likely as any other."""

    def logits(self, states, context):
        return np.zeros((*states.shape, FRAMES.states), np.float32)


class Dice:
    """Other random logits for every state of the piece, the same for the same."""

    def logits(self, states, context):
        random = np.random.default_rng(int(states.sum()))
        return random.normal(0, 2, (*states.shape, FRAMES.states)).astype(np.float32)


class Alike:
    """Wants every cell to hold what the cell of the other voice in its step holds, where it can see it."""

    def logits(self, states, context):
        result = np.zeros((*states.shape, FRAMES.states), np.float32)
        for row, step, voice in np.ndindex(states.shape):
            other = states[row, step, 1 - voice]
            if other < FRAMES.states:
                result[row, step, voice, other] = 9.0
        return result


@pytest.mark.parametrize("key", [Key(0, 0), Key(0, 4), Key(0, -3, "minor")])
def test_whatever_is_drawn_is_a_score_that_can_be_sung(key):
    plan = TOKENIZER.plan(key, Meter(0, 5, 4), 2, 100.0)
    filled = fill(Anything(), FRAMES, canvas(FRAMES, TOKENIZER, plan), seed=3, steps=4)
    score = TOKENIZER.decode(FRAMES.tokens_of(filled.states).tolist(), plan)
    assert len(score.parts) == 4
    for part, (low, high) in enumerate(SUNG):
        pitches = score.notes["pitch"][score.notes["part"] == part]
        assert low <= pitches.min() <= pitches.max() <= high


def test_what_is_given_stays_and_has_no_chances():
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, 3, 4), 2, 100.0)
    empty = canvas(FRAMES, TOKENIZER, plan)
    given = empty.given.copy()
    given[:, 0] = 2 * 40 + 1
    given[:6, 2] = 2 * 25
    asked = replace(empty, given=given)
    filled = fill(Anything(), FRAMES, asked, seed=1, steps=5)
    kept = given != FRAMES.hidden
    np.testing.assert_array_equal(filled.states[kept], given[kept])
    assert (filled.states < FRAMES.states).all()
    assert not filled.chances[kept].any()
    np.testing.assert_allclose(filled.chances[~kept].sum(axis=-1), 1)
    assert not filled.chances[~empty.allowed].any()


def test_the_same_seed_gives_the_same_piece():
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, 4, 4), 1, 100.0)
    empty = canvas(FRAMES, TOKENIZER, plan)
    one, two, other = (
        fill(Anything(), FRAMES, empty, seed=seed, steps=3).states for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_requests_of_old_are_filled_as_they_were():
    """Cell by cell in every step, with the same numbers from the same generator."""
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, 4, 4), 1, 100.0)
    asked = canvas(FRAMES, TOKENIZER, plan)
    random, states = np.random.Generator(np.random.PCG64(8)), asked.given.copy()
    for step in range(6):
        hidden = random.random(states.shape) < share(step, 6) if step else states == FRAMES.hidden
        seen = np.where(hidden, FRAMES.hidden, states)
        found = Dice().logits(seen[np.newaxis], None)[0]
        for cell in zip(*np.nonzero(hidden), strict=True):
            chances = probabilities(found[cell], asked.allowed[cell], 0.9, 20, 0.95, 0.01)
            states[cell] = draw(chances, random)
    filled = fill(Dice(), FRAMES, asked, seed=8, steps=6, choices=Choices(0.9, 20, 0.95, 0.01))
    np.testing.assert_array_equal(filled.states, states)


@pytest.mark.parametrize("meter", [Meter(0, 4, 4), Meter(0, 3, 4)])
@pytest.mark.parametrize("by_doubt", [False, True])
def test_a_piece_closes_on_its_tonic_as_the_grammar_would_have_it(meter, by_doubt):
    """In a range that holds it: the bass on the tonic, all others in its triad, from the middle of the bar or its beginning."""
    key = Key(0, 2, "minor")  # B minor
    limits = Limits(ranges=((60, 76), (55, 72), (50, 66), (40, 58)), ends_on_tonic=True)
    plan = replace(TOKENIZER.plan(key, meter, 3, 100.0), limits=limits)
    asked = canvas(FRAMES, TOKENIZER, plan)
    filled = fill(Dice(), FRAMES, asked, seed=4, steps=7, by_doubt=by_doubt)
    score = TOKENIZER.decode(FRAMES.tokens_of(filled.states).tolist(), plan)
    assert broken(score, plan) == []
    last = [line[-1] for line in lines(score)]
    assert {int(note["duration"]) for note in last} == {end_ticks(meter)}
    assert int(last[3]["pitch"]) % 12 == 11
    np.testing.assert_allclose(filled.chances.sum(axis=-1), 1)
    one = replace(plan, bars=plan.bars[:1])
    assert not canvas(FRAMES, TOKENIZER, one).held.any()


def test_doubt_comes_to_agree_in_fewer_steps():
    free = np.full((60, 2), FRAMES.hidden, np.int32)
    asked = Canvas(free, np.zeros((60, 0), np.int32), np.ones((60, 2, FRAMES.states), bool), np.zeros((60, 2), bool))  # fmt: skip

    def agreement(by_doubt):
        states = fill(Alike(), FRAMES, asked, seed=2, steps=16, by_doubt=by_doubt).states
        return (states[:, 0] == states[:, 1]).mean()

    assert agreement(True) > 0.95 > 0.85 > agreement(False)


def test_cells_drawn_apart_come_to_agree():
    """At first the two voices know nothing of one another; rewriting makes them alike."""
    free = np.full((40, 2), FRAMES.hidden, np.int32)
    asked = Canvas(free, np.zeros((40, 0), np.int32), np.ones((40, 2, FRAMES.states), bool), np.zeros((40, 2), bool))  # fmt: skip

    def agreement(steps):
        states = fill(Alike(), FRAMES, asked, seed=2, steps=steps).states
        return (states[:, 0] == states[:, 1]).mean()

    assert agreement(1) < 0.2
    assert agreement(60) > 0.9


def test_the_share_falls_from_nearly_all_to_a_few():
    shares = [share(step, 50) for step in range(50)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 0.95
    assert shares[-1] == shares[40] == 0.05


def test_stops_where_it_is_told_and_refuses_what_cannot_be():
    plan = TOKENIZER.plan(Key(0, 0), Meter(0, 4, 4), 1, 100.0)
    empty = canvas(FRAMES, TOKENIZER, plan)
    seen = []

    def stop(step):
        seen.append(step)
        if step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(Anything(), FRAMES, empty, on_step=stop)
    assert seen == [0, 1, 2]
    with pytest.raises(InvalidSetting, match="temperature"):
        fill(Anything(), FRAMES, empty, choices=Choices(temperature=-1.0))
