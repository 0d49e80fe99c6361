"""The Compose page: melodies that are sung, typed or made earlier, and what is done with them."""

import pytest
from app_pages import everything, open_page, press
from streamlit.testing.v1 import AppTest
from sung import sung_file

from workbench.core.score import split_parts
from workbench.services import activity, composing

TUNE = [60, 62, 64, 65, 67, 67]


def begin(way, model="folk"):
    return open_page("compose", model=model).button_group(key="compose.way").set_value(way).run()


def composed(workspace, app):
    (job,) = activity.current(workspace)
    assert activity.finish(workspace, job.id).state == "done"
    app.run()
    return composing.get(workspace, app.query_params["composition"])


def pitches(symbols):
    return [int(word) for word in symbols.split() if word.isdecimal()]


@pytest.mark.long
def test_a_sung_melody_is_heard_mended_and_gone_on_with(on_duty):
    app = begin("hum")
    assert app.button(key=find(app, "Compose")).disabled
    sound = sung_file(TUNE, seconds=0.5)
    app.get("audio_input")[0].set_value(("song.wav", sound, "audio/wav")).run()
    (job,) = activity.current(on_duty)
    stored = on_duty.cache / job.spec["stored"]
    assert stored.read_bytes() == sound
    assert activity.finish(on_duty, job.id).state == "done"
    assert not stored.exists()
    app.run()
    assert not app.exception
    assert app.number_input(key="take.tempo.1").value == pytest.approx(120, abs=2)
    app.number_input(key="take.tempo.1").set_value(60.0).run()
    press(app, "Use these notes")
    assert app.number_input(key="take.tempo.2").value == 60
    assert app.button_group(key="compose.task").value == "continue"
    made = composed(on_duty, press(app, "Compose"))
    assert pitches(made.request.primer) == TUNE
    assert made.request.tempo == 60
    assert made.request.primer.split()[:4] == ["60", "_", "62", "_"]  # half as slow: eighths
    assert made.request.primer.split()[-1] != "r"  # it goes on where the singer stopped


def find(app, label):
    return next(button.key for button in app.button if button.label == label)


def test_typed_notes_are_harmonised_by_a_model_that_goes_from_left_to_right(on_duty):
    app = begin("type", model="chorales")
    app.text_area(key="compose.primer").set_value("G4 A4 B4:2 C5 B4 A4:2").run()
    app.button_group(key="compose.task").set_value("harmonise").run()
    assert app.selectbox[0].value == "chorales"
    made = composed(on_duty, press(app, "Compose"))
    assert made.request.given is not None
    voices = split_parts(composing.score(on_duty, made.id))
    assert voices[0].notes["pitch"].tolist() == [67, 69, 71, 72, 71, 69]
    assert all(len(voice.notes) > 2 for voice in voices[1:])
    app = press(app, "Change the settings")
    press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert job.spec["request"]["given"]["states"] == list(made.request.given.states)


def test_symbols_of_a_model_are_for_it_alone(on_duty):
    app = begin("type", model="chorales")
    symbols = "72 67 64 48 | _ _ _ _"
    app.text_area(key="compose.primer").set_value(symbols).run()
    press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert job.spec["request"]["primer"] == symbols


def test_an_earlier_composition_is_gone_on_with(on_duty):
    ((first,), _) = composing.all(on_duty)
    app = begin("piece")
    app.selectbox(key="compose.tune_composition").set_value(first.id).run()
    made = composed(on_duty, press(app, "Compose"))
    begun = pitches(made.request.primer)
    whole = composing.score(on_duty, first.id).notes["pitch"].tolist()
    assert begun == whole[: len(begun)]
    assert len(begun) > 3
    assert (made.parent, made.origin) == (first.id, "begun")  # so it stands in the tree


def what_to_do():
    from workbench.core.score import Score, make_notes
    from workbench.services import models
    from workbench.ui import beginning
    from workbench.workspace import open_workspace

    some = [models.get(open_workspace(), name) for name in ("folk", "chorales")]
    beginning.task(beginning.Beginning("", Score(make_notes([(0, 480, 60, 80, 0)]))), some, None)


def test_what_no_model_here_can_do_is_not_offered_and_said(on_duty):
    app = AppTest.from_function(what_to_do).run()
    offered = app.button_group(key="compose.task").options
    assert offered == ["Continue", "Harmonise", "Write a part"]
    assert "train a Coconet" in everything(app)
    assert "No model here knows styles" in everything(app)


def test_typed_notes_are_let_go_of(on_duty):
    app = begin("type")
    app.text_area(key="compose.primer").set_value("C4 D4 E4").run()
    app.button_group(key="compose.way").set_value("nothing").run()
    press(app, "Compose")
    (job,) = activity.current(on_duty)
    assert job.spec["request"]["primer"] == ""
