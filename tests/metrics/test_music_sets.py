"""Sets of pieces as music: what is near to people's and what is not."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.core.bench import Borrowed, Measured
from workbench.metrics.human_baseline import COPIED, LIKE_PEOPLE
from workbench.metrics.music_sets import music_set, reference

NAMES = ("one", "two", "unknown", "constant")


def pieces(count, shift=0.0, seed=0):
    random = np.random.default_rng(seed)
    return [
        Measured(
            number % 30, 0,
            (float(random.normal(shift)), float(random.normal(2 * shift)), None if number else 1.0, 3.0),
        )
        for number in range(count)
    ]  # fmt: skip


def histograms(count, seed=0):
    return {"Pitch classes": np.random.default_rng(seed).dirichlet(np.ones(12), count)}


def people(*others):
    human = pieces(30)
    return reference(NAMES, human, range(30), histograms(30), others)


def test_the_nearer_set_has_the_smaller_distance_and_the_larger_overlap():
    near, far = pieces(60, 0.1, 1), pieces(60, 1.5, 2)
    beside = people(near, far)
    assert beside.used.tolist() == [
        True,
        True,
        False,
        False,
    ]  # known of all, and not always the same
    ours, theirs = (music_set(each, histograms(60, 5), beside) for each in (near, far))
    assert ours.figures["frechet"] < 0.5 < theirs.figures["frechet"]
    assert ours.figures["overlap"] > 0.75 > theirs.figures["overlap"]
    assert ours.likeness["one"].overlap > theirs.likeness["one"].overlap
    assert ours.likeness["one"].divergence < theirs.likeness["one"].divergence
    assert len(ours.replicates["frechet"]) == len(theirs.replicates["overlap"])
    assert np.std(ours.replicates["frechet"]) > 0


def test_people_are_like_themselves():
    human = pieces(30)
    found = music_set(human, histograms(30), people(human))
    assert found.figures["frechet"] == pytest.approx(0, abs=1e-6)
    assert found.likeness["one"].overlap == found.likeness["Pitch classes"].overlap == pytest.approx(1, abs=1e-4)  # fmt: skip


def test_shares_count_pieces():
    made = pieces(4)
    made[0] = replace(made[0], faults=("other bars than were asked for",), findings=("silence",))
    for number, verdict in enumerate((COPIED, LIKE_PEOPLE, LIKE_PEOPLE)):
        borrowed = Borrowed((0.5, 0.2 * number, None), None, verdict)
        made[number] = replace(made[number], borrowed=borrowed)
    found = music_set(made, histograms(4), people(made))
    assert found.figures["valid"] == 0.75
    assert found.figures["trouble"] == 0.25
    assert found.figures["copied"] == pytest.approx(1 / 3)
    assert found.figures["borrowed"] == pytest.approx(0.2)


def test_too_few_pieces_have_no_distance():
    made = pieces(2)
    assert "frechet" not in music_set(made, histograms(2), people(made)).figures
    assert music_set([], {}, people(made)).figures == {}
