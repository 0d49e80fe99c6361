"""The Compose page: steering by meaning, sampling, and a row of variations."""

import json

import pytest
from app_pages import everything, open_page, press
from streamlit.testing.v1 import AppTest

from workbench.core.creativity import creativity
from workbench.core.limits import Limits
from workbench.core.specs import ComposeRequest
from workbench.sampling.gibbs import REWRITES
from workbench.services import activity, composing, keeping, versions
from workbench.ui import mood_pad


def asked(workspace) -> dict:
    (job,) = activity.current(workspace)
    return job.spec["request"]


def finish_all(workspace) -> None:
    for job in activity.current(workspace):
        assert activity.finish(workspace, job.id).state == "done"


def test_creativity_moves_the_numbers_and_these_can_be_moved_on(on_duty):
    app = open_page("compose")
    app.slider(key="compose.creativity").set_value(10.0).run()
    assert app.slider(key="compose.temperature").value == 1.5
    assert app.slider(key="compose.repetition_penalty").value == 1.3
    app.slider(key="compose.temperature").set_value(1.2).run()
    request = asked(on_duty) if press(app, "Compose") else {}
    assert (request["temperature"], request["min_p"]) == (1.2, 0.05)
    assert request["repetition_penalty"] == 1.3


def test_creativity_goes_with_the_model_until_somebody_moves_it(on_duty):
    """The quartets come nearest to people's at 4, the others at 5."""
    app = open_page("compose", model="quartets")
    assert app.slider(key="compose.creativity").value == 4
    assert app.slider(key="compose.temperature").value == creativity(4)["temperature"]
    app.selectbox[0].set_value("folk").run()
    assert app.slider(key="compose.creativity").value == 5
    assert app.slider(key="compose.top_p").value == 1
    app.slider(key="compose.creativity").set_value(7.0).run()
    app.selectbox[0].set_value("quartets").run()
    assert app.slider(key="compose.creativity").value == 7
    assert app.slider(key="compose.temperature").value == creativity(7)["temperature"]
    assert not app.exception


def chances_form() -> None:
    """The slider and its numbers alone; ``m`` in the session is the usual creativity of the model that is shown."""
    import streamlit as st

    from workbench.ui import sampling_form

    sampling_form.creativity_slider(st.session_state.get("m", 5.0))
    sampling_form.sampling_form(True)


def remember_form() -> None:
    """A piece that is remembered, as a callback does it, before the form is drawn."""
    import streamlit as st

    from workbench.core.specs import ComposeRequest
    from workbench.ui import sampling_form

    if st.session_state.get("made"):
        sampling_form.remembered(ComposeRequest("quartets", **st.session_state.pop("made")), 4.0)
    sampling_form.creativity_slider(st.session_state.get("m", 5.0))
    sampling_form.sampling_form(True)


def shown(app) -> tuple:
    return tuple(app.slider(key=f"compose.{name}").value for name in ("creativity", "temperature", "top_p"))  # fmt: skip


def test_what_somebody_moved_stays_from_model_to_model():
    app = AppTest.from_function(chances_form)
    app.session_state["m"] = 4.0
    app.run().slider(key="compose.creativity").set_value(5.0).run()
    for usual in (5.0, 4.0):
        app.session_state["m"] = usual
        assert shown(app.run()) == (5, 1, 1)


def test_a_piece_comes_back_with_what_it_was_drawn_with():
    """An old piece of the quartets, at 5; one as they compose now, which goes with the model; and one of no level."""
    for made, expected, then in (
        ({}, (5, 1, 1), (5, 1, 1)),
        (creativity(4), (4, 0.88, 0.96), (5, 1, 1)),
        ({"temperature": 0.7}, (4, 0.7, 1), (4, 0.7, 1)),
    ):
        app = AppTest.from_function(remember_form)
        app.session_state["m"], app.session_state["made"] = 4.0, {"bars": 4, **made}
        assert shown(app.run()) == expected
        app.session_state["m"] = 5.0
        assert shown(app.run()) == then
        assert not app.exception


def test_phrases_return_where_the_model_knows_forms(on_duty):
    app = open_page("compose", model="folk-abc")
    box = app.checkbox(key="compose.returning.folk-abc")
    assert box.value and not box.disabled
    press(app, "Compose")
    assert asked(on_duty)["returning"]
    activity.stop(on_duty, activity.current(on_duty)[0].id)
    app = open_page("compose", model="folk-abc")
    app.selectbox(key="compose.form").set_value("AABA").run()
    assert app.checkbox(key="compose.returning.folk-abc").disabled
    press(app, "Compose")
    request = asked(on_duty)
    assert (request["returning"], request["limits"]["form"]) == (False, "AABA")
    assert not [each for each in open_page("compose", model="chorales").checkbox if each.label == "Phrases return"]  # fmt: skip


def test_what_is_left_open_says_what_is_usual(on_duty):
    app = open_page("compose")
    app.selectbox[0].set_value("folk").run()
    said = {each.label: each.placeholder for each in app.selectbox}
    assert said["Key"] == "usual (G major)"
    assert said["Meter"] == "usual (2/2)"
    assert {each.placeholder for each in app.selectbox if each.label == "Form"} == {"open"}


def steering_form() -> None:
    """The part of the form alone; ``moved`` in the session is what the pad sends."""
    import streamlit as st

    from workbench.services import models
    from workbench.ui import steer_form
    from workbench.workspace import open_workspace

    model = models.get(open_workspace(), "folk")
    if "moved" in st.session_state:
        steer_form.set_mood(model, *st.session_state.pop("moved"))
    steer_form.steer_form(model, False)


def test_mood_moves_the_other_controls_visibly(on_duty):
    app = AppTest.from_function(steering_form).run()
    app.session_state["moved"] = (-1.0, 1.0)
    app.run()
    assert app.session_state["compose.key.folk"].endswith("minor")
    assert app.session_state["compose.tempo"] == 166
    assert app.select_slider(key="compose.goal.density").value == "far more"
    assert app.slider(key="compose.range.melody.melody-steps").value == (55, 88)
    assert "**Tense** sets minor, 166 quarters" in everything(app)
    assert "Gabrielsson" in everything(app)
    app.session_state["moved"] = (-1.0, -1.0)
    app.run()
    assert app.slider(key="compose.range.melody.melody-steps").value[1] < 80
    (pad,) = app.get("bidi_component")
    assert json.loads(pad.proto.json)["energy"] == -1.0
    page = open_page("compose", model="folk")
    for name in ("compose.tempo", "compose.goal.density", "compose.range.melody.melody-steps"):
        page.session_state[name] = app.session_state[name]
    request = asked(on_duty) if press(page.run(), "Compose") else {}
    assert request["tempo"] == 65 and request["limits"]["ranges"]
    assert request["goals"]["density"] == pytest.approx(5.1) and request["candidates"] == 4


@pytest.mark.parametrize("sent", [None, 3, [1], [1, "2"], [float("nan"), 0], {"a": 1}])
def test_a_mood_that_is_none_is_not_believed(sent):
    assert mood_pad.point(sent) is None
    assert mood_pad.point([7, -0.25]) == (1.0, -0.25)


def test_form_range_and_goals_become_a_request_and_come_back(on_duty):
    app = open_page("compose", model="folk")
    app.selectbox(key="compose.form").set_value("AABA").run()
    app.slider(key="compose.section_bars").set_value(2).run()
    app.checkbox(key="compose.in_key").check().run()
    app.selectbox(key="compose.shortest").set_value(0.5).run()
    app.selectbox(key="compose.contour").set_value("rises").run()
    app = press(app, "Compose")
    request = asked(on_duty)
    assert request["bars"] == 8
    limits = {
        "ranges": [],
        "in_key": True,
        "shortest": 0.5,
        "longest": 0.0,
        "form": "AABA",
        "no_parallels": False,
        "ends_on_tonic": False,  # the form closes by itself
        "no_cross_relations": False,
        "close": 0.0,
    }
    assert request["limits"] == limits
    assert list(request["goals"]) == ["rise"]
    finish_all(on_duty)
    app.run()
    labels = [each.label for each in app.expander]
    assert any(label.startswith("The nearest of 4 drawn: rise") for label in labels)
    app.selectbox(key="compose.form").set_value(None).run()
    app.checkbox(key="compose.in_key").uncheck().run()
    app = press(app, "Change the settings")
    assert app.selectbox(key="compose.form").value == "AABA"
    assert app.checkbox(key="compose.in_key").value
    assert app.selectbox(key="compose.contour").value == "rises"
    assert not app.exception


def test_a_model_that_fills_holes_offers_what_it_can_be_held_to(on_duty):
    """No form, but voice leading and the end; all hold unless somebody leaves them open."""
    app = open_page("compose", model="harmoniser")
    assert "cannot be held to form or note lengths" in everything(app)
    press(app, "Compose")
    request, offered = asked(on_duty), ("no_parallels", "no_cross_relations", "ends_on_tonic")
    assert [request["limits"][name] for name in offered] == [True] * 3
    assert request["rewrites"] == REWRITES
    activity.stop(on_duty, activity.current(on_duty)[0].id)
    app = open_page("compose", model="harmoniser")
    for name in offered:
        app.checkbox(key=f"compose.{name}").uncheck().run()
    press(app, "Compose")
    request = asked(on_duty)
    assert [request["limits"][name] for name in offered] == [False] * 3


def row(app) -> list[dict]:
    return app.session_state["workbench"]["notes"]["row"].get("items", [])


def test_a_row_of_variations_is_kept_discarded_and_brought_back(on_duty):
    before = composing.all(on_duty)[1]
    app = open_page("compose", model="folk")
    app.slider(key="compose.bars").set_value(4).run()
    app.segmented_control(key="compose.count").set_value(4).run()
    app = press(app, "Compose")
    assert len(activity.current(on_duty)) == 4
    finish_all(on_duty)
    app.run()
    made = [item["made"] for item in row(app)]
    seeds = [item["request"]["seed"] for item in row(app)]
    assert len(set(made)) == 4 and seeds == list(range(seeds[0], seeds[0] + 4))
    assert app.query_params["composition"] == made[0]
    kin = [composing.get(on_duty, each) for each in made]
    assert [each.parent for each in kin] == ["", *[made[0]] * 3]
    assert [each.origin for each in kin] == ["", *["another"] * 3]
    (branch,) = versions.tree(on_duty, made[2])
    assert [each.made.id for each in branch.children] == made[1:]
    app = press(app, "Keep")
    app = press(app, "Discard the other 3")
    assert [item["made"] for item in row(app)] == made[:1]
    assert composing.all(on_duty)[1] == before + 1
    assert keeping.trashed(on_duty) == 3
    app = press(app, "Bring back 3 pieces")
    assert keeping.trashed(on_duty) == 0
    assert composing.all(on_duty)[1] == before + 4
    assert sorted(item["request"]["seed"] for item in row(app)) == seeds
    app = press(app, "More like this")
    (first, *_) = activity.current(on_duty)
    assert first.spec["request"]["primer"]
    assert (first.spec["parent"], first.spec["origin"]) == (made[0], "like")
    finish_all(on_duty)
    app.run()
    ours = composing.score(on_duty, row(app)[0]["made"])
    theirs = composing.score(on_duty, made[0])
    two_bars = theirs.meters[0].bar_ticks * 2
    opening = [n["pitch"] for n in theirs.notes if n["onset"] < two_bars]
    assert [n["pitch"] for n in ours.notes if n["onset"] < two_bars] == opening
    app = press(app, "Close the row")
    assert not row(app) and not app.exception


def test_what_cannot_be_is_said_and_nothing_is_queued(on_duty):
    app = open_page("compose", model="folk")
    app.slider(key="compose.range.melody.melody-steps").set_value((60, 61)).run()
    app.segmented_control(key="compose.count").set_value(4).run()
    app = press(app, "Compose")
    assert "leaves no room" in app.error[0].value
    assert not activity.current(on_duty)


def test_a_composition_of_another_model_comes_back_into_its_own_form(full_workspace):
    limits = Limits(((60, 81), (55, 74), (48, 69), (40, 64)), True)
    request = ComposeRequest("chorales", bars=1, limits=limits)
    job = activity.finish(full_workspace, composing.enqueue(full_workspace, request))
    app = open_page("compose", composition=job.result["composition"])
    app = press(app, "Change the settings")
    assert app.slider(key="compose.range.bass.chorale-keys").value == (40, 64)
    assert "E2 to E4" in everything(app)
    assert not app.exception
