"""Versions: what came out of what, and what differs between two."""

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from workspaces import copied

from workbench.core.errors import InvalidSetting
from workbench.core.score import Part, bars, make_notes
from workbench.core.score_difference import difference
from workbench.core.specs import ComposeRequest
from workbench.rendering.mastering import LOUDNESS, TOLERANCE, loudness
from workbench.services import activity, composing, keeping, previews, versions
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """A tune, two others with other seeds, one made out of the second of these; and a stranger."""
    workspace = open_workspace(tmp_path_factory.mktemp("versions"))

    def compose(seed: int, **came: str) -> str:
        request = ComposeRequest("folk", bars=4, seed=seed, tempo=100.0 + seed)
        job = composing.enqueue(workspace, request, title=f"Seed {seed}", **came)
        return activity.finish(workspace, job).result["composition"]

    root = compose(0)
    children = [compose(seed, parent=root, origin="another") for seed in (1, 2)]
    leaf = compose(3, parent=children[1], origin="changed")
    return workspace, root, children, leaf, compose(4)


@pytest.fixture
def kin(family, tmp_path):
    workspace, *others = family
    return copied(workspace, tmp_path / "home"), *others


def drawn(branches) -> list:
    return [(each.made.title, each.number, drawn(each.children)) for each in branches]


def test_the_tree_is_the_same_from_every_one_of_its_pieces(kin):
    workspace, root, children, leaf, stranger = kin
    expected = [
        ("Seed 0", 1, [("Seed 1", 1, []), ("Seed 2", 2, [("Seed 3", 1, [])])]),
    ]
    for each in (root, *children, leaf):
        assert drawn(versions.tree(workspace, each)) == expected
    assert drawn(versions.tree(workspace, stranger)) == [("Seed 4", 1, [])]


def test_brothers_and_sisters_stay_kin_when_what_they_came_from_is_gone(kin):
    workspace, root, children, leaf, _ = kin
    keeping.trash(workspace, [root])
    assert versions.tree(workspace, leaf)[0].made.kept.deleted
    keeping.empty_trash(workspace)
    assert drawn(versions.tree(workspace, leaf)) == [
        ("Seed 1", 1, []),
        ("Seed 2", 2, [("Seed 3", 1, [])]),
    ]
    assert composing.get(workspace, children[0]).parent == root


def test_made_again_is_a_version_too(kin):
    workspace, root, *_ = kin
    job = composing.enqueue(
        workspace, composing.get(workspace, root).request, parent=root, origin="again"
    )
    copy = activity.finish(workspace, job).result["composition"]
    found = versions.compare(workspace, root, copy).difference
    assert (found.only_one, found.only_other) == ((), ())
    assert found.both == len(composing.score(workspace, root).notes)
    assert versions.settings_that_differ(*(composing.get(workspace, x) for x in (root, copy))) == {}


def test_what_differs_between_two_is_found_note_by_note(kin):
    workspace, root, (one, _), *_ = kin
    compared = versions.compare(workspace, root, one, bar=2)
    for score, only in zip(
        compared.scores,
        (compared.difference.only_one, compared.difference.only_other),
        strict=True,
    ):
        assert len(bars(score)) == 3
        assert compared.first_bars == (2, 2)
        assert compared.difference.both + len(only) == len(score.notes)
    first, second = (composing.get(workspace, each) for each in (root, one))
    assert versions.settings_that_differ(first, second) == {
        "Tempo": ("100 quarters a minute", "101 quarters a minute"),
        "Seed": ("0", "1"),
    }
    assert versions.shared_bars(workspace, root, one) == (1, 1)  # one look shows all four bars
    with pytest.raises(InvalidSetting, match="from 0 to 4"):
        versions.compare(workspace, root, one, bar=5)


def test_a_note_that_stands_twice_finds_one_of_its_own(kin):
    workspace, root, *_ = kin
    score = composing.score(workspace, root)
    row = (0, 100, 60, 80, 0, 0)
    louder = (0, 100, 60, 90, 0, 0)
    twice = replace(score, notes=make_notes([row, row]))
    once = replace(score, notes=make_notes([louder]))
    found = difference(twice, once)
    assert (found.both, found.only_one, found.only_other) == (1, (1,), ())


def test_two_are_heard_in_turn_and_equally_loud(kin):
    workspace, root, _, leaf, _ = kin
    compared = versions.compare(workspace, root, leaf)
    samples, rate = soundfile.read(
        io.BytesIO(versions.in_turn(workspace, compared)), always_2d=True
    )
    lengths = []
    for score in compared.scores:
        alone, _ = previews.samples(previews.preview(workspace, score))
        lengths.append(alone.shape[1])
    first, second = samples[: lengths[0]].T, samples[-lengths[1] :].T
    rest = samples[lengths[0] : -lengths[1]]
    assert len(rest) == pytest.approx(0.8 * rate, abs=1) and not rest.any()
    for part in (first, second):
        assert loudness(np.float32(part), rate) == pytest.approx(LOUDNESS, abs=TOLERANCE + 0.1)


def test_one_voice_in_the_middle_and_several_from_left_to_right_are_heard_in_turn(kin):
    workspace, root, _, leaf, _ = kin
    compared = versions.compare(workspace, root, leaf)
    one, other = compared.scores
    notes = other.notes.copy()
    notes["part"][::2] = 1
    duet = replace(other, notes=notes, parts=(Part("High"), Part("Low")))
    wide = replace(compared, scores=(one, duet))
    channels = [len(previews.samples(previews.preview(workspace, each))[0]) for each in wide.scores]
    assert channels == [1, 2]
    samples, _ = soundfile.read(io.BytesIO(versions.in_turn(workspace, wide)), always_2d=True)
    assert samples.shape[1] == 2
    first, last = samples[: len(samples) // 4], samples[-len(samples) // 4 :]
    assert (first[:, 0] == first[:, 1]).all() and (last[:, 0] != last[:, 1]).any()
