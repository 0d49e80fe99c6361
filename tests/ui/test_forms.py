"""A form shows every field of its Settings with the right widget, and its values are valid."""

import pytest
from streamlit.testing.v1 import AppTest

from workbench.core.settings import Setting, validated
from workbench.core.specs import TrainingSettings
from workbench.ui.forms import humanize, step_of

CLASSES = """
from dataclasses import dataclass
import streamlit as st
from workbench.core.settings import setting
from workbench.ui.forms import settings_form
from workbench.ui.state import session

@dataclass(frozen=True)
class Settings:
    units: int = setting(256, low=16, high=2048, help="Width of each layer")
    layers: int = setting(2, low=1, high=4)
    cell: str = setting("lstm", choices=("lstm", "gru"))
    grid: int = setting(4, choices=(2, 3, 4, 6, 8, 12, 16, 24, 32))
    dropout: float = setting(0.3, low=0.0, high=0.9, advanced=True)
    tied: bool = setting(True, advanced=True)
    note: str = setting("", advanced=True)
"""
FORM = CLASSES + "st.session_state.result = settings_form(Settings, key='f', values={values})\n"


def draw(values: dict | None = None) -> AppTest:
    """The form of the class above."""
    app = AppTest.from_string(FORM.replace("{values}", repr(values or {}))).run()
    assert not app.exception, app.exception
    return app


def result(app: AppTest) -> dict:
    """What the form returned last."""
    return app.session_state["result"]


def test_every_field_gets_its_widget():
    app = draw()
    assert [box.label for box in app.number_input] == ["Units"]
    assert [slider.label for slider in app.slider] == ["Layers", "Dropout"]
    assert [group.label for group in app.button_group] == ["Cell"]
    assert [box.label for box in app.selectbox] == ["Grid"]
    assert [toggle.label for toggle in app.toggle] == ["Tied"]
    assert [box.label for box in app.text_input] == ["Note"]
    assert app.number_input[0].help == "Width of each layer"


def test_advanced_fields_lie_in_the_expander():
    (expander,) = draw().expander
    assert expander.label == "More settings"
    assert [slider.label for slider in expander.slider] == ["Dropout"]
    assert not expander.number_input


def test_untouched_it_returns_the_defaults_in_order():
    expected = {"units": 256, "layers": 2, "cell": "lstm", "grid": 4}
    expected |= {"dropout": 0.3, "tied": True, "note": ""}
    assert result(draw()) == expected
    assert list(result(draw())) == list(expected)


def test_it_begins_with_what_it_is_given():
    found = result(draw({"units": 64, "cell": "gru", "tied": False}))
    assert (found["units"], found["cell"], found["tied"], found["layers"]) == (64, "gru", False, 2)


def test_an_old_value_that_is_no_longer_allowed_gives_way_to_the_default():
    found = result(draw({"units": 4096, "cell": "rnn", "dropout": -1}))
    assert (found["units"], found["cell"], found["dropout"]) == (256, "lstm", 0.3)


def test_a_change_is_returned():
    app = draw()
    app.number_input[0].set_value(512)
    app.slider[1].set_value(0.5)
    app.selectbox[0].set_value(12)
    app.toggle[0].set_value(False)
    found = result(app.run())
    assert (found["units"], found["dropout"], found["grid"], found["tied"]) == (512, 0.5, 12, False)


def test_it_can_be_filled_from_elsewhere():
    source = "from workbench.ui.state import session\nsession().fill('f', {'units': 48})\n"
    app = AppTest.from_string(source + FORM.replace("{values}", "{}")).run()
    assert app.number_input[0].value == 48


def test_the_training_form_returns_valid_settings():
    source = (
        "import streamlit as st\n"
        "from workbench.core.specs import TrainingSettings\n"
        "from workbench.ui.forms import settings_form\n"
        "st.session_state.result = settings_form(TrainingSettings, key='train')\n"
    )
    app = AppTest.from_string(source).run()
    assert not app.exception, app.exception
    assert validated(TrainingSettings, result(app)) == TrainingSettings()
    assert "momentum" not in result(app)
    app.selectbox(key="train.optimizer").set_value("sgd").run()
    assert not app.exception, app.exception
    assert result(app)["momentum"] == 0.9
    app.selectbox(key="train.optimizer").set_value("adam").run()
    assert not {"momentum", "weight_decay"} & set(result(app))
    assert validated(TrainingSettings, result(app)) == TrainingSettings(optimizer="adam")


@pytest.mark.parametrize(
    ("name", "label"),
    [("learning_rate", "Learning rate"), ("bpm", "BPM"), ("melody-steps", "Melody steps")],
)
def test_labels_are_words(name, label):
    assert humanize(name) == label


@pytest.mark.parametrize(
    ("default", "high", "step"),
    [(2e-3, 1.0, 2e-4), (0.3, 0.9, 0.02), (1.0, 2.0, 0.1), (0.0, 1.0, 0.1), (120.0, 300.0, 10.0)],
)
def test_one_click_changes_a_number_noticeably_and_not_wildly(default, high, step):
    field = Setting("f", float, default, 0.0, high, None, "", False)
    assert step_of(field) == step
