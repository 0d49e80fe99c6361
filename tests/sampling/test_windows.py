"""Holes read in windows: no more is read than must be, and what is said of the holes is the same."""

import numpy as np
import pytest

from workbench.core.frames import Frames
from workbench.core.model_card import best_file, read_card
from workbench.core.settings import validated
from workbench.corpora import CORPORA
from workbench.sampling.onnx import OnnxFiller
from workbench.sampling.windows import Windows, windows
from workbench.tokenizers import make
from workbench.workspace import REPOSITORY
from workbench.zoo import ARCHITECTURES

FOLDER = REPOSITORY / "models" / "pretrained" / "harmoniser"
CARD = read_card(FOLDER)
TOKENIZER = make(CARD.tokenizer)
FRAMES = Frames(TOKENIZER.vocabulary)


def reach():
    architecture = ARCHITECTURES.get(CARD.model.architecture)
    return architecture.reach(validated(architecture.settings, CARD.model.settings))


class Counted:
    """A filler that counts the steps it reads."""

    def __init__(self, filler):
        self.filler, self.steps = filler, 0

    def logits(self, states, context):
        self.steps += states.shape[1]
        return self.filler.logits(states, context)


@pytest.fixture(scope="module")
def chorale():
    """States (1, T, V) and context (1, T, C) of a chorale by Bach, three times over."""
    corpus = CORPORA.get("bach-chorales")
    piece = TOKENIZER.encode(corpus.read(corpus.members()[4]).score)
    states, context = FRAMES.states_of(piece.tokens), FRAMES.context_of(piece.context)
    return np.tile(states, (3, 1))[np.newaxis], np.tile(context, (3, 1))[np.newaxis]


@pytest.mark.parametrize(
    ("holes", "wanted"),
    [
        ([], []),
        ([5], [(2, 9)]),
        ([0, 19], [(0, 4), (16, 20)]),
        ([4, 10], [(1, 14)]),
        ([4, 11], [(1, 8), (8, 15)]),
        (range(20), [(0, 20)]),
    ],
)
def test_windows_hold_what_is_within_reach(holes, wanted):
    there = np.isin(np.arange(20), list(holes))
    assert windows(there, 3) == [slice(*each) for each in wanted]


def test_the_harmoniser_says_the_same_of_holes(chorale):
    states, context = chorale
    whole = OnnxFiller(best_file(FOLDER, CARD))
    counted = Counted(whole)
    seen = states.copy()
    for step, voice in ((3, 0), (70, 1), (71, 1), (71, 3), (150, 2), (seen.shape[1] - 1, 0)):
        seen[0, step, voice] = FRAMES.hidden
    hidden = seen == FRAMES.hidden
    found = Windows(counted, FRAMES.hidden, reach()).logits(seen, context)
    wanted = whole.logits(seen, context)
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype
    np.testing.assert_allclose(found[hidden], wanted[hidden], atol=1e-5)
    assert counted.steps <= 4 * (2 * reach() + 2) < seen.shape[1]


def test_a_shorter_reach_would_not_do(chorale):
    states, context = chorale
    filler, seen = OnnxFiller(best_file(FOLDER, CARD)), states.copy()
    seen[0, 100, 1] = FRAMES.hidden
    wanted = filler.logits(seen, context)[0, 100, 1]
    exact, short = (
        np.abs(Windows(filler, FRAMES.hidden, steps).logits(seen, context)[0, 100, 1] - wanted).max()
        for steps in (reach(), reach() // 2)
    )  # fmt: skip
    assert exact < 1e-5 < short


def test_what_has_no_holes_is_read_whole(chorale):
    states, context = chorale
    counted = Counted(OnnxFiller(best_file(FOLDER, CARD)))
    logits = Windows(counted, FRAMES.hidden, reach()).logits(states, context)
    assert logits.shape == (*states.shape, FRAMES.states)
    assert counted.steps == states.shape[1]
