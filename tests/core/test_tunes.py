"""What is counted in tunes: intervals, and bars that return; and files that are torn."""

from contextlib import suppress

import numpy as np
import pytest
from short_tunes import ABAC, STEPS

from workbench.core.errors import CannotEncode, UnreadableFile
from workbench.core.forms import NEW
from workbench.core.tunes import (  # fmt: skip
    ACROSS,
    INSIDE,
    LAST,
    WIDEST,
    column,
    found_tunes,
    read_tunes,
)
from workbench.corpora import CORPORA
from workbench.metrics.features.structure import phrases_that_return


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


def test_real_tunes_return_as_the_measure_of_phrases_has_it():
    corpus = CORPORA.get("ryans-mammoth")
    scores = [corpus.read(member).score for member in corpus.members()[:30]]
    sequences = []
    for score in scores:
        with suppress(CannotEncode):
            sequences.append(STEPS.encode(score))
    tunes = found_tunes(sequences, 2)
    forms = tunes.forms
    assert forms.lengths.sum() == len(forms.returns)
    pieces = np.split(forms.returns != NEW, np.cumsum(forms.lengths)[:-1])
    shares = [float(each.mean()) for each in pieces]
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
