"""Reading from left to right what fills holes: cases that are known exactly, and the bundled harmoniser."""

from itertools import permutations, product

import numpy as np
import pytest

from workbench.core.frames import Frames
from workbench.core.model_card import read_card
from workbench.core.score import Key
from workbench.core.vocabulary import ContextField, Plan, PlanBar, TokenSequence, Vocabulary
from workbench.corpora import CORPORA
from workbench.jobs.loading import load_filler
from workbench.metrics.chronological import chronological_likelihoods
from workbench.metrics.orderless import orderless_likelihood
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY

VOCABULARY = Vocabulary(("<start>", "_", "r", "60", "62"), (ContextField("voice", 2),))
FRAMES = Frames(VOCABULARY)
PLAN = Plan(Key(0, 0), (PlanBar(2, 4, 2),))
TOKENS = [3, 4, 1, 3, 4, 2]  # three steps of two voices


def piece(tokens):
    tokens = np.array(tokens, np.int32)
    return TokenSequence(tokens, np.zeros((len(tokens), 1), np.int32), PLAN, len(tokens) / 8)


class Neighbours:
    """Likes what stands beside a cell and up to ``reach`` steps away, the more the nearer; the voices each in its own way."""

    reach = 1

    def logits(self, states, context):
        assert context.shape[:2] == states.shape[:2]
        batch, steps, voices = states.shape
        result = np.zeros((batch, steps, voices, FRAMES.states))
        for row, step, voice in np.ndindex(states.shape):
            for other in range(max(0, step - self.reach), min(steps, step + self.reach + 1)):
                for each in range(voices):
                    state = states[row, other, each]
                    if state < FRAMES.states:
                        near = 2.0 - abs(other - step) + 0.3 * each - 0.5 * voice
                        result[row, step, voice, (state + voice) % FRAMES.states] += near
        return result + 3.0  # a constant changes nothing


class Uniform:
    def logits(self, states, context):
        return np.zeros((*states.shape, FRAMES.states))


def chance(filler, states, step, voice):
    """What a filler gives to a cell, the cells as they are."""
    logits = filler.logits(states[np.newaxis], np.zeros((1, len(states), 0)))[0, step, voice]
    return np.exp(logits) / np.exp(logits).sum()


def test_a_uniform_model_is_surprised_by_the_number_of_states():
    (found,) = chronological_likelihoods(Uniform(), FRAMES, [piece(TOKENS)])
    assert found.nats_per_token == pytest.approx(np.log(6))
    assert found.nats_per_quarter == pytest.approx(np.log(6) * 8)


def test_a_frame_is_the_mean_over_the_orders_of_its_voices():
    truth = FRAMES.states_of(np.array(TOKENS, np.int32))
    nats = 0.0
    for step in range(3):
        orders = []
        for order in permutations(range(2)):
            states, given = truth.copy(), 1.0
            states[step:] = FRAMES.hidden
            for voice in order:
                given *= chance(Neighbours(), states, step, voice)[truth[step, voice]]
                states[step, voice] = truth[step, voice]
            orders.append(given)
        nats -= np.log(np.mean(orders))
    (found,) = chronological_likelihoods(Neighbours(), FRAMES, [piece(TOKENS)])
    assert found.nats == pytest.approx(nats)


def test_it_is_a_distribution_over_what_may_come():
    """The chances of every frame that may stand at the end add up to what the frames before it have."""

    class OfStates(Frames):
        """Every array of states as it is, those that no tokens say too."""

        def states_of(self, tokens):
            return np.asarray(tokens, np.int32).reshape(-1, 2)

    frames = OfStates(VOCABULARY)
    begin = [2, 4, 3, 2]
    found = [
        next(chronological_likelihoods(Neighbours(), frames, [piece([*begin, *last])]))
        for last in product(range(FRAMES.states), repeat=2)
    ]
    (alone,) = chronological_likelihoods(Neighbours(), frames, [piece(begin)])
    assert sum(np.exp(-each.nats) for each in found) == pytest.approx(np.exp(-alone.nats))


def test_no_more_is_read_than_the_filler_reaches():
    def read(**settings):
        (found,) = chronological_likelihoods(Neighbours(), FRAMES, [piece(TOKENS * 3)], **settings)
        return found

    assert read(reach=Neighbours.reach) == read()
    assert read(reach=0) != read()


def test_what_moves_is_counted_apart():
    every = np.ones(len(VOCABULARY), bool)
    (found,) = chronological_likelihoods(Neighbours(), FRAMES, [piece(TOKENS)], moving=every)
    assert (found.moving, found.moving_correct) == (found.tokens, found.correct)
    (none,) = chronological_likelihoods(Neighbours(), FRAMES, [piece(TOKENS)], moving=~every)
    assert (none.moving, none.moving_correct, none.correct) == (0, 0, found.correct)


def test_the_harmoniser_foresees_a_chorale_better_in_order_than_in_any_order():
    folder = REPOSITORY / "models" / "pretrained" / "harmoniser"
    card = read_card(folder)
    corpus = CORPORA.get("bach-chorales")
    score = next(
        score for score in (corpus.read(each).score for each in corpus.members())
        if len(score.parts) == 4 and {str(meter) for meter in score.meters} == {"4/4"}
    )  # fmt: skip
    sequence = make(card.tokenizer).encode(score)
    steps = 16  # the first bar: what comes later is hidden anyway, and the plan is told
    beginning = TokenSequence(sequence.tokens[: 4 * steps], sequence.context[: 4 * steps], sequence.plan, steps / 4)  # fmt: skip
    filler, frames = load_filler(folder), Frames(card.vocabulary)
    (found,) = chronological_likelihoods(filler, frames, [beginning])
    anyhow = orderless_likelihood(filler, frames, [beginning], masks=400)
    assert 0.5 * anyhow.nats < found.nats < anyhow.nats
