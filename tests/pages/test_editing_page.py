"""Editing on a page: the editor is one click away, and what a person did is told."""

import json

import pytest
from app_pages import everything, open_page
from workspaces import copied

from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, editing, locking
from workbench.ui import result
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def tune(tmp_path_factory):
    workspace = open_workspace(tmp_path_factory.mktemp("editing-page"))
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=4, seed=3), title="Tune")
    return workspace, activity.finish(workspace, job).result["composition"]


@pytest.fixture
def home(tune, tmp_path, monkeypatch):
    workspace = copied(tune[0], tmp_path / "home")
    monkeypatch.setenv("WORKBENCH_HOME", str(workspace.home))
    return workspace, tune[1]


def rows(workspace, composition):
    names = ("onset", "duration", "pitch", "part")
    notes = composing.score(workspace, composition).notes
    return [[i, *(int(note[name]) for name in names)] for i, note in enumerate(notes)]


def test_what_was_edited_and_what_stayed_is_told(home):
    workspace, made = home
    changed = rows(workspace, made)
    changed[0][3] = 100
    edited = editing.keep(workspace, made, changed)
    app = open_page("compositions", composition=edited)
    app.session_state["workbench"]["notes"].setdefault(result.PLACE, {})[edited] = 1
    said = everything(app.run())
    assert "**Edited by hand**: 1 note taken out, 1 put in" in said
    assert "1 note is beyond the range of what the model writes (bar 1)" in said
    assert "and that a person edited it" in said
    request = locking.with_locked(workspace, edited, [1])
    job = composing.enqueue(workspace, request, parent=edited, origin="rest")
    rest = activity.finish(workspace, job).result["composition"]
    said = everything(open_page("compositions", composition=rest))
    assert "Bar 1 stayed as it was in Tune, edited; the model composed the others." in said
    assert "it heard the nearest that it can" in said
    said = everything(open_page("compositions", composition=made))
    assert "Edited by hand" not in said and "and that a person edited it" not in said


def test_the_editor_is_given_the_notes_when_it_is_opened(home):
    workspace, made = home
    app = open_page("compositions", composition=made)
    assert not app.exception
    app.session_state[f"edit.{made}"] = True
    app.run()
    assert not app.exception
    shown = [json.loads(each.proto.json or "{}") for each in app.get("bidi_component")]
    (given,) = [each for each in shown if "quarter" in each]
    assert given["notes"] == rows(workspace, made)
    assert (given["lockable"], given["why"], len(given["bars"])) == (True, "", 4)
