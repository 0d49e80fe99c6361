"""Cross relations are those of harmony lessons, and on a grid those that the measure of voice leading counts in the notes."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.cross_relations import altered_steps, are_cross
from workbench.core.frames import Frames
from workbench.core.limits import Limits
from workbench.core.parallel_motion import SILENT
from workbench.core.score import parse_key, parse_meter, pitch_name
from workbench.core.specs import TokenizerSpec
from workbench.corpora import CORPORA
from workbench.metrics.features.voice_leading import cross_relations
from workbench.sampling.mending import rules_of
from workbench.tokenizers import make
from workbench.tokenizers.grid import normalising_shift

GRID = make(TokenizerSpec("chorale-grid"))
FRAMES = Frames(GRID.vocabulary)


def pairs(key):
    """Pitches of an octave that alter one step, by name from C."""
    steps = altered_steps(parse_key(key))
    return {
        (pitch_name(one)[:-1], pitch_name(other)[:-1])
        for one in range(60, 72)
        for other in range(one + 1, 72)
        if steps[one % 12] == steps[other % 12]
    }


def test_which_pitches_alter_one_step():
    assert pairs("C major") == {("C", "C#"), ("Eb", "E"), ("F", "F#"), ("G", "G#"), ("Bb", "B")}
    # The leading tone of the dominant is D sharp in A minor, and no E flat.
    assert pairs("A minor") == {("C", "C#"), ("D", "Eb"), ("F", "F#"), ("G", "G#"), ("Bb", "B")}
    for key in ("E major", "Ab major", "D dorian"):
        assert len(pairs(key)) == 5


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ([65, 66], [50, 50], [False]),  # F, F sharp in one voice
        ([65, 67], [50, 54], [True]),  # F, and F sharp below it
        ([65, 66], [53, 53], [True]),  # the other voice keeps its F
        ([65, 66], [53, 50], [False]),  # it has left it, and the upper voice alters its own
        ([65, 64], [50, 53], [False]),  # E and F are two steps
        ([65, SILENT, 67], [50, 50, 54], [False, False]),  # it is over
        ([66, 66, 66], [50, 53, 53], [True, False]),  # one, however long it sounds
    ],
)
def test_by_hand(upper, lower, expected):
    steps = altered_steps(parse_key("C major"))
    for one, other in ((upper, lower), (lower, upper)):
        assert are_cross(np.array(one), np.array(other), steps).tolist() == expected


def counted(states, plan):
    """For 1,000 moves: as they are found on the grid, and as the feature counts them."""
    asked = replace(plan, limits=Limits(no_cross_relations=True))
    rules = rules_of(asked, FRAMES, 4, normalising_shift(plan.key))
    sung = rules.sounding(states)
    moves = ((np.diff(sung, axis=0) != 0) & (sung[1:] != SILENT)).sum()
    score = GRID.decode(FRAMES.tokens_of(states).tolist(), plan)
    return 1000 * len(rules.faults(sung)) / moves, cross_relations(score)


@pytest.mark.parametrize("key", ["C major", "Eb major", "F# minor"])
def test_in_random_voices(key):
    random = np.random.default_rng(1)
    plan = GRID.plan(parse_key(key), parse_meter("4/4"), 8, 100.0)
    rows = np.array([40, 33, 26, 14]) + random.integers(-3, 4, (plan.steps, 4))
    rows[random.random(rows.shape) < 0.1] = 0
    states = (2 * rows).astype(np.int32)
    for step in range(1, len(states)):
        goes_on = random.random(4) < 0.5
        states[step, goes_on] = states[step - 1, goes_on] | 1
    ours, theirs = counted(states, plan)
    assert ours == pytest.approx(theirs) and ours > 100


def test_chorales_have_hardly_any():
    corpus = CORPORA.get("bach-chorales")
    found = []
    scores = (corpus.read(member).score for member in corpus.members()[:12])
    for score in (each for each in scores if len(each.parts) == 4):
        sequence = GRID.encode(score)
        found.append(counted(FRAMES.states_of(sequence.tokens), sequence.plan))
    ours, theirs = np.array(found).T
    assert ours == pytest.approx(theirs)
    assert 0 < ours.mean() < 6
