"""Keeping what was edited by hand: a new composition with its history, and the old one as it was."""

import json

import numpy as np
import pytest
from workspaces import copied

from workbench import formats
from workbench.core.editing import NO_EDITS
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.provenance import BY_HAND, MARK, found_in, statement
from workbench.core.score import TICKS_PER_QUARTER, bars
from workbench.core.specs import ComposeRequest
from workbench.services import (
    activity,
    composing,
    editing,
    exporting,
    feedback,
    keeping,
    previews,
    versions,
)
from workbench.workspace import open_workspace

Q = TICKS_PER_QUARTER


@pytest.fixture(scope="module")
def tune(tmp_path_factory):
    workspace = open_workspace(tmp_path_factory.mktemp("editing"))
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=4, seed=3), title="Tune")
    return workspace, activity.finish(workspace, job).result["composition"]


@pytest.fixture
def home(tune, tmp_path):
    workspace, made = tune
    return copied(workspace, tmp_path / "home"), made


def rows(workspace, composition):
    names = ("onset", "duration", "pitch", "part")
    notes = composing.score(workspace, composition).notes
    return [[i, *(int(note[name]) for name in names)] for i, note in enumerate(notes)]


def test_what_was_edited_is_a_new_composition_and_the_old_one_stays(home):
    workspace, made = home
    before = composing.score(workspace, made)
    changed = rows(workspace, made)
    changed[1][3] += 2
    del changed[4]
    child = editing.keep(workspace, made, changed)
    assert composing.score(workspace, made) == before
    kept = composing.get(workspace, child)
    assert (kept.parent, kept.origin, kept.title) == (made, "edited", "Tune, edited")
    assert (len(kept.edits.taken), len(kept.edits.put)) == (2, 1)
    found = versions.whole_difference(workspace, made, child)
    assert (len(found.only_one), len(found.only_other)) == (2, 1)
    (root,) = versions.tree(workspace, child)
    assert [branch.made.id for branch in root.children] == [child]
    both = [composing.get(workspace, each) for each in (made, child)]
    assert versions.settings_that_differ(*both) == {
        "Edited by hand": ("–", "2 notes taken out, 1 put in")
    }
    assert composing.explanation(workspace, child) is None
    assert previews.preview(workspace, composing.score(workspace, child)).sound


def test_every_file_says_that_a_person_edited_it(home):
    workspace, made = home
    changed = rows(workspace, made)[1:]
    kept = composing.get(workspace, editing.keep(workspace, made, changed))
    said = statement(kept)
    assert said.startswith(MARK) and said.endswith(f"{BY_HAND}.")
    assert not statement(composing.get(workspace, made)).endswith(f"{BY_HAND}.")
    midi = exporting.file(workspace, kept.id, ".mid")
    assert found_in(midi.decode("latin-1")) == said
    xml = exporting.file(workspace, kept.id, ".musicxml").decode()
    assert said in xml
    page = exporting.file(workspace, kept.id, ".html").decode()
    assert said in page and "1 note taken out, 0 put in" in page
    read = formats.decode(midi, "tune.mid")[0].score
    assert len(read.notes) == len(changed)


def test_it_can_be_made_again_where_the_pieces_between_are_gone(home):
    workspace, made = home
    changed = rows(workspace, made)
    changed[0][2] = Q // 4
    first = editing.keep(workspace, made, changed)
    changed = rows(workspace, first)
    changed.append([-1, 3 * Q, Q // 3, 70, 0])
    second = editing.keep(workspace, first, changed)
    assert composing.get(workspace, second).title == "Tune, edited"
    keeping.trash(workspace, [made, first])
    keeping.empty_trash(workspace)
    job = composing.again(workspace, second)
    copy = activity.finish(workspace, activity.job(workspace, job).id).result["composition"]
    assert composing.same_notes(workspace, second, copy)
    assert composing.get(workspace, copy).edits == composing.get(workspace, second).edits
    assert composing.settle_again(workspace, second, copy)
    assert composing.reproduction(composing.get(workspace, second))["edits"]["put"]


def test_edited_back_it_is_the_model_s_own_again(home):
    workspace, made = home
    original = rows(workspace, made)
    child = editing.keep(workspace, made, original[1:])
    gone = [-1, *original[0][1:]]
    back = composing.get(workspace, editing.keep(workspace, child, [gone, *rows(workspace, child)]))
    assert back.edits == NO_EDITS and not back.is_by_hand
    assert composing.same_notes(workspace, made, back.id)


def test_what_no_longer_holds_is_told(home):
    workspace, made = home
    last = bars(composing.score(workspace, made))[-1].start
    changed = [row for row in rows(workspace, made) if row[1] + row[2] <= last]
    changed[0][3] = 20
    kept = composing.get(workspace, editing.keep(workspace, made, changed))
    score = composing.score(workspace, kept.id)
    low, short = editing.remarks(workspace, kept, score)
    assert low == "1 note is beyond the range of what the model writes (bar 1)."
    assert short.startswith("The piece ends with bar 3 of 4")
    assert [bar.end for bar in editing.bars_of(kept, score)] == [bar.end for bar in editing.bars_of(composing.get(workspace, made), composing.score(workspace, made))]  # fmt: skip
    assert editing.remarks(workspace, composing.get(workspace, made), score) == []


def test_nothing_changed_and_nothing_known_are_refused(home):
    workspace, made = home
    with pytest.raises(InvalidSetting, match="Nothing has been changed"):
        editing.keep(workspace, made, rows(workspace, made))
    with pytest.raises(InvalidSetting, match="the beginning or the end"):
        editing.keep(workspace, made, [*rows(workspace, made), [-1, 99 * Q, Q, 60, 0]])
    with pytest.raises(UnknownName):
        editing.keep(workspace, "nothing", [])
    assert composing.all(workspace)[1] == 1


def test_feedback_tells_what_was_edited(home):
    workspace, made = home
    child = editing.keep(workspace, made, rows(workspace, made)[1:])
    feedback.say(workspace, child, "up")
    (line,) = feedback.lines(workspace)
    assert len(json.loads(line)["edits"]["taken"]) == 1
    assert np.isclose(json.loads(line)["notes"][0][0] * Q, composing.score(workspace, child).notes["onset"][0])  # fmt: skip
