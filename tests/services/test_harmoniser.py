"""The bundled model that fills holes: what it promises, in pieces from nothing, around a melody and around bars that stay."""

from dataclasses import replace

import numpy as np
import pytest
from kept_limits import broken

from workbench.core.errors import InvalidSetting
from workbench.core.limits import NO_LIMITS, Limits
from workbench.core.records import from_json, to_json
from workbench.core.score import bars, clip
from workbench.core.specs import ComposeRequest
from workbench.corpora import CORPORA
from workbench.jobs.requests import MOST_REWRITES
from workbench.metrics.features.voice_leading import (
    cross_relations,
    parallel_fifths,
    parallel_octaves,
)
from workbench.sampling.gibbs import REWRITES
from workbench.services import activity, composing, giving, locking, models, steering
from workbench.workspace import open_workspace

MODEL = "harmoniser"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return open_workspace(tmp_path_factory.mktemp("harmoniser"))


@pytest.fixture(scope="module")
def usual(workspace):
    card = models.get(workspace, MODEL).card
    return ComposeRequest(MODEL, limits=steering.usual_limits(card), rewrites=steering.usual_rewrites(card))  # fmt: skip


@pytest.fixture(scope="module")
def chorales():
    corpus = CORPORA.get("bach-chorales")
    whole = [corpus.read(member).score for member in corpus.members()[:5]]
    return [clip(score, 0, bars(score)[5].start) for score in whole if str(score.meters[0]) == "4/4"]  # fmt: skip


def composed(workspace, request, **more):
    done = activity.finish(workspace, composing.enqueue(workspace, request, **more))
    assert done.state == "done", done.details
    made = composing.get(workspace, done.result["composition"])
    return made, composing.score(workspace, made.id)


def counted(score):
    """Parallels and cross relations."""
    return parallel_fifths(score) + parallel_octaves(score), cross_relations(score)


def faults(score):
    return [value for value in counted(score) if value > 0]


def sung(score, part):
    return score.notes[score.notes["part"] == part][["onset", "duration", "pitch"]].tolist()


def close(made, score):
    """Pitch classes of the last chord above the tonic, the bass first."""
    last = score.notes[score.notes["onset"] + score.notes["duration"] == score.end]
    return [(int(pitch) - made.plan.key.tonic) % 12 for pitch in sorted(last["pitch"].tolist())]


def test_a_piece_from_nothing_keeps_from_parallels_and_ends_on_its_tonic(workspace, usual):
    assert usual.limits == Limits(no_parallels=True, ends_on_tonic=True, no_cross_relations=True)
    assert usual.rewrites == REWRITES
    asked = replace(usual, bars=4, seed=2, key="E minor", meter="3/4")
    made, score = composed(workspace, asked)
    assert broken(score, made.plan) == [] == faults(score)
    bass, *others = close(made, score)
    assert bass == 0 and set(others) <= {0, 3, 7} and len(others) == 3
    again, same = composed(workspace, asked)
    assert same.notes.tolist() == score.notes.tolist() and again.tokens == made.tokens


def test_a_melody_stays_and_nothing_goes_parallel_with_it(workspace, usual, chorales):
    asked = giving.with_given(workspace, replace(usual, seed=1), chorales[0])
    made, score = composed(workspace, asked)
    assert sung(score, 0) == sung(chorales[0], 0)
    assert faults(score) == []
    explained = composing.explanation(workspace, made.id)
    drawn = (explained.candidates["drawn"] > 0).any(axis=1).reshape(-1, 4)
    assert not drawn[:, 0].any() and drawn[:, 1:].all()


def test_bars_that_stay_are_not_mended(workspace, usual):
    """Composed where parallels were allowed, so that there are some in what stays."""
    first, before = composed(workspace, replace(usual, bars=6, seed=3, limits=NO_LIMITS))
    rest = locking.with_locked(workspace, first.id, [1, 2, 5])
    rest = replace(rest, seed=9, limits=Limits(no_parallels=True, no_cross_relations=True))
    _, after = composed(workspace, rest, parent=first.id, origin="rest")
    lines = bars(before)
    for begin, end in ((lines[0].start, lines[1].end), (lines[4].start, lines[4].end)):
        kept, now = (
            sorted(
                each.notes[(each.notes["onset"] >= begin) & (each.notes["onset"] < end)][
                    ["onset", "pitch", "part"]
                ].tolist()
            )
            for each in (before, after)
        )
        assert kept == now
    assert sum(faults(after)) < sum(faults(before))
    new = clip(after, lines[2].start, lines[3].end)
    assert faults(new) == []


def test_a_request_from_before_there_were_rewrites_reads_back_as_it_was():
    old = to_json(ComposeRequest(MODEL, bars=2))
    del old["rewrites"]
    read = from_json(ComposeRequest, old)
    assert read.rewrites == 0 and read.limits == NO_LIMITS


def test_rewrites_that_cannot_be_are_refused(workspace):
    for many in (-1, MOST_REWRITES + 1):
        with pytest.raises(InvalidSetting, match="rewritten"):
            composing.enqueue(workspace, ComposeRequest(MODEL, rewrites=many))
    with pytest.raises(InvalidSetting, match="left to right"):
        composing.enqueue(workspace, ComposeRequest("chorales", rewrites=24))
    with pytest.raises(InvalidSetting, match="form"):
        composing.enqueue(workspace, ComposeRequest(MODEL, limits=Limits(form="AB")))


@pytest.mark.long
def test_many_pieces_have_no_faults_to_speak_of(workspace, usual, chorales):
    """From nothing, and around melodies and basses by Bach; Bach has one parallel of 1,000 moving pairs, and three cross relations of 1,000 moves.
    Without the limits there are some thirty and some twenty."""
    counts = {True: [], False: []}
    for number in range(4):
        asked = replace(usual, bars=12, seed=number)
        for kept in counts:
            limits = replace(usual.limits, no_parallels=kept, no_cross_relations=kept)
            _, score = composed(workspace, replace(asked, limits=limits))
            counts[kept].append(counted(score))
    for chorale in chorales:
        for voices in ("S", "SB"):
            _, score = composed(workspace, giving.with_given(workspace, usual, chorale, voices=voices))  # fmt: skip
            counts[True].append(counted(score))
            assert sung(score, 0) == sung(chorale, 0)
    assert (np.mean(counts[True], axis=0) <= 1).all()
    assert (np.mean(counts[False], axis=0) > 10).all()
