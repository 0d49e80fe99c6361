"""Parallels on a grid are those that the measures of voice leading count in the notes."""

import numpy as np
import pytest

from workbench.core.frames import Frames
from workbench.core.parallel_motion import SILENT, sounding
from workbench.core.score import parse_key, parse_meter
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.metrics.features.voice_leading import parallel_fifths, parallel_octaves
from workbench.sampling.mending import Rules
from workbench.tokenizers import make

GRID = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(GRID.vocabulary)
PARALLELS = Rules(4, True, None)


def counted(states, plan):
    """Parallels of 1,000 moving pairs: as they are found on the grid, and as features count them."""
    rows = states // 2
    sung = sounding(np.where(rows > 0, rows, SILENT), 4)
    moves = (np.diff(sung, axis=0) != 0) & (sung[1:] != SILENT) & (sung[:-1] != SILENT)
    moving = sum((moves[:, i] & moves[:, j]).sum() for i in range(4) for j in range(i))
    score = GRID.decode(FRAMES.tokens_of(states).tolist(), plan)
    return 1000 * len(PARALLELS.faults(sung)) / moving, parallel_fifths(score) + parallel_octaves(
        score
    )


@pytest.mark.parametrize("seed", range(5))
def test_in_random_voices_with_rests_of_all_lengths(seed):
    """From voices that jump at every step to such that hold their notes."""
    random = np.random.default_rng(seed)
    plan = GRID.plan(parse_key("C major"), parse_meter("4/4"), 8, 100.0)
    rows = np.array([40, 33, 26, 14]) + random.integers(-2, 3, (plan.steps, 4))
    rows[random.random(rows.shape) < 0.1] = 0
    states = (2 * rows).astype(np.int32)
    for step in range(1, len(states)):
        goes_on = random.random(4) < seed / 6
        states[step, goes_on] = states[step - 1, goes_on] | 1
    ours, theirs = counted(states, plan)
    assert ours == pytest.approx(theirs) and ours > 5


def test_in_chorales():
    corpus = CORPORA.get("bach-chorales")
    found = []
    for member in corpus.members()[:4]:
        sequence = GRID.encode(corpus.read(member).score)
        found.append(counted(FRAMES.states_of(sequence.tokens), sequence.plan))
    ours, theirs = np.array(found).T
    assert ours == pytest.approx(theirs) and 0 < ours.max() < 20


def test_breath_hides_nothing_and_a_rest_does():
    for rest, expected in ((1, [(3, 0, 1)]), (2, [])):
        upper = [60, 60, *[SILENT] * rest, 62]
        lower = [53, 53, *[53] * rest, 55]
        found = PARALLELS.faults(sounding(np.array([upper, lower]).T, 4))
        assert found == expected
