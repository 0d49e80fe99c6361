"""The Listening page: the teacher's face and the listener's."""

from pathlib import Path

import pytest
from app_pages import everything, open_page, press
from streamlit.testing.v1 import AppTest
from workspaces import copied

from workbench.core.listening import (
    BETTER,
    CLOSED,
    HUMAN,
    KINDS,
    OPEN,
    ORIGIN,
    ListeningSpec,
    Settings,
)
from workbench.services import activity, listeners, listening, listening_results, training
from workbench.ui import listener
from workbench.ui.heard import places
from workbench.ui.state import MEMORY
from workbench.workspace import Workspace, open_workspace


def made(workspace: Workspace, **settings) -> str:
    """The code of a test that is ready."""
    (run,) = training.runs(workspace)
    chosen = Settings(**{"pieces": 2, "bars": 4, "split": "all"} | settings)
    code = listening.create(workspace, ListeningSpec("Class 9b", "tunes", (run.id,), chosen))
    done = activity.finish(workspace, listening.get(workspace, code).job)
    assert done.state == "done", done.details
    return code


@pytest.fixture(scope="module")
def prepared(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, dict[str, str]]:
    """A filled workspace with a test of either kind, and their codes."""
    workspace = copied(open_workspace(filled), tmp_path_factory.mktemp("prepared") / "home")
    return workspace, {kind: made(workspace, kind=kind) for kind in KINDS}


@pytest.fixture
def ready(
    prepared: tuple[Workspace, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Workspace, dict[str, str]]:
    """A copy of it of the test's own, the one that pages see."""
    workspace, codes = prepared
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return copied(workspace, tmp_path / "home"), codes


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def hear(app: AppTest, place: int, clips: int = 1) -> AppTest:
    """The browser says that the sounds of a question were heard."""
    notes = app.session_state[MEMORY]["notes"][listener.PLACE]
    notes[f"{app.query_params['listener']}.{place}.heard"].update(range(clips))
    return app.run()


def test_without_music_the_page_shows_the_way_to_it(workspace):
    app = open_page("listening")
    assert "There is no dataset to take" in everything(app)
    assert "Make the test" not in labels(app)


def test_a_teacher_makes_a_test_and_sees_it_prepared(on_duty):
    app = open_page("listening")
    app.slider(key="listening.pieces").set_value(1)
    app.slider(key="listening.bars").set_value(4)
    app.text_input(key="listening.name").set_value("Class 9b")
    press(app, "Make the test")
    assert not app.exception and not app.error
    (row,) = listening.all(on_duty)
    assert app.query_params["test"] == row["code"]
    assert app.subheader[0].value == "Class 9b"
    assert "Models compose" in everything(app)
    activity.finish(on_duty, listening.get(on_duty, row["code"]).job)
    app.run()
    assert f"# {row['code']}" in everything(app)
    assert [metric.value for metric in app.metric] == ["0", "0", "0"]


def test_too_many_pieces_are_refused_in_a_sentence(on_duty):
    app = open_page("listening")
    app.slider(key="listening.pieces").set_value(50)
    press(app, "Make the test")
    assert "fewer pieces, another split or a larger dataset" in app.error[0].value
    assert not listening.all(on_duty)


def test_a_listener_sees_the_question_alone_and_goes_on_after_a_reload(ready):
    workspace, codes = ready
    code = codes[ORIGIN]
    app = open_page("listening", code=code)
    assert not app.title and not app.caption
    assert labels(app) == ["Begin"]
    press(app, "Begin")
    token = app.query_params["listener"]
    for place in (1, 2):
        assert app.header[0].value == "Did a person or a machine write this?"
        assert app.get("progress")[0].proto.text == f"{place} of 4"
        assert len(app.get("audio")) == 1
        assert app.caption[0].value == "Listen, then answer."
        assert all(button.disabled for button in app.button)
        press(hear(app, place), "A machine")
    again = open_page("listening", code=code, listener=token)
    assert again.get("progress")[0].proto.text == "3 of 4"
    for place in (3, 4):
        press(hear(again, place), "A person")
    assert again.header[0].value == "Thank you!"
    own = listeners.own(workspace, listening.get(workspace, code), token)
    assert f"{own.right} of 4" in everything(again)
    assert labels(again) == []
    rows = listening_results.rows(workspace, listening.get(workspace, code))
    assert sorted(row["answer"] for row in rows) == [HUMAN, HUMAN, "machine", "machine"]


def test_of_two_the_one_that_was_heard_is_the_one_that_is_kept(ready):
    workspace, codes = ready
    code = codes[BETTER]
    test = listening.get(workspace, code)
    app = press(open_page("listening", code=code), "Begin")
    token = app.query_params["listener"]
    liked = []
    while question := listeners.next_question(workspace, test, token):
        assert len(app.get("audio")) == 2
        liked.append(test.clips[question.clips[0]].source)
        assert all(button.disabled for button in hear(app, question.place).button), (
            "only one was heard"
        )
        press(hear(app, question.place, 2), "The first")
    kept = [row["preferred"] for row in listening_results.rows(workspace, test)]
    assert kept == liked


@pytest.mark.parametrize("sent", [None, "01", 1, [], [2, -1, 0.5, "0", None], {"0": True}])
def test_what_a_browser_says_it_heard_is_not_believed(sent):
    assert places(sent, 2) == set()


def test_what_was_heard_is_taken_by_its_place():
    assert places([0, 1.0, 7], 2) == {0, 1}


def test_somebody_types_a_code(ready):
    workspace, codes = ready
    code = codes[ORIGIN]
    app = open_page("listening")
    app.text_input(key="join.code").set_value(f"{code[:3].lower()} {code[3:].lower()}")
    press(app, "Join")
    assert labels(app) == ["Begin"]
    wrong = open_page("listening", code="BBBBB")
    assert wrong.header[0].value == "There is no such listening test"
    assert not wrong.exception and not wrong.error
    for row in listening.all(workspace):
        assert row["code"] not in everything(wrong), "nobody is helped to guess"


def test_results_stand_folded_away_while_the_test_is_open(ready):
    workspace, codes = ready
    code = codes[ORIGIN]
    test = listening.get(workspace, code)
    for _ in range(3):
        token = listeners.join(workspace, code)
        while question := listeners.next_question(workspace, test, token):
            listeners.answer(workspace, test, token, question, HUMAN)
    app = open_page("listening", test=code)
    assert "Listeners were right" not in everything(app)
    assert [metric.value for metric in app.metric] == ["3", "3", "12 of 12"]
    press(app, "Close the test")
    assert listening.get(workspace, code).state == CLOSED
    said = everything(app)
    assert "Listeners were right in **6 of 12: 50%, between 21% and 79%**" in said
    assert "That may be chance." in said
    assert "Only 3 people have listened" in said
    assert [button.label for button in app.get("download_button")] == ["CSV", "JSON"]
    closed = open_page("listening", code=code)
    assert closed.header[0].value == "This listening test is closed"
    press(app, "Open it again")
    assert listening.get(workspace, code).state == OPEN


def test_a_test_is_deleted_after_a_question(ready):
    workspace, codes = ready
    code = codes[ORIGIN]
    app = press(open_page("listening", test=code), "Delete")
    assert len(listening.all(workspace)) == 2
    press(app, "Delete it")
    assert [row["code"] for row in listening.all(workspace)] == [codes[BETTER]]
    assert not app.exception


def test_nobody_answers_what_cannot_be_heard(ready):
    workspace, codes = ready
    test = listening.get(workspace, codes[ORIGIN])
    for clip in test.clips:
        listening.sound_file(workspace, test, clip.number).unlink()
    app = press(open_page("listening", code=test.code), "Begin")
    assert "gone from the disk" in app.error[0].value
    assert labels(app) == []


@pytest.mark.parametrize("listener", ["", "nobody", "x" * 500])
def test_a_strangers_token_is_nobody(ready, listener):
    _, codes = ready
    code = codes[ORIGIN]
    app = open_page("listening", code=code, listener=listener)
    assert labels(app) == ["Begin"]
    assert not app.exception
