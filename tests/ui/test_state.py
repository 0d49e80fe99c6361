"""Choices survive what a browser does: links, Back, a switch of pages."""

import pytest
from streamlit.testing.v1 import AppTest

PAGE = """
import streamlit as st
from workbench.ui.state import session

chosen = session()
st.text(f"run={chosen.run} dataset={chosen.dataset} pieces={chosen.pieces}")
st.slider("Bars", 1, 64, key=session().widget("compose", "bars", 8), persist_state="session")
st.text(f"job={chosen.notes('compose').get('job')}")


def pick():
    session().run = "r2"
    session().pieces = ["b", "a", "b"]
    session().notes("compose")["job"] = 7


st.button("pick", on_click=pick)
if st.button("clear"):
    chosen.run = None
    st.rerun()
if st.button("fill", on_click=lambda: session().fill("compose", {"bars": 33})):
    pass
"""

EMPTY = (
    "from workbench.ui.state import session\nimport streamlit as st\nst.text(str(session().run))"
)


def open_page(source: str = PAGE, **query: str) -> AppTest:
    """The script as a browser opens it at ``?name=value``."""
    app = AppTest.from_string(source)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    """Click the button of that label."""
    return next(button for button in app.button if button.label == label).click().run()


def test_nothing_is_chosen_at_first():
    app = open_page()
    assert app.text[0].value == "run=None dataset=None pieces=[]"
    assert app.query_params == {}


def test_a_link_opens_what_it_names():
    app = open_page(run="r1", dataset="tunes@1")
    assert app.text[0].value == "run=r1 dataset=tunes@1 pieces=[]"


def test_a_choice_is_written_into_the_address_and_kept():
    app = press(open_page(run="r1", dataset="d"), "pick")
    assert app.text[0].value == "run=r2 dataset=d pieces=['b', 'a']"
    assert app.query_params == {"run": "r2", "dataset": "d"}
    assert app.text[1].value == "job=7"


def test_the_address_wins_as_after_the_back_button():
    app = press(open_page(run="r1"), "pick")
    app.query_params["run"] = "r1"
    assert app.run().text[0].value.startswith("run=r1 ")


def test_a_silent_address_is_written_again_as_after_a_switch_of_pages():
    app = press(open_page(), "pick")
    app.query_params.clear()
    app.run()
    assert app.text[0].value.startswith("run=r2 ")
    assert app.query_params == {"run": "r2"}


def test_a_choice_can_be_given_up():
    app = press(press(open_page(), "pick"), "clear")
    assert app.text[0].value.startswith("run=None ")
    assert app.query_params == {}


@pytest.mark.parametrize("text", ["a" * 201, "r1\n", "\x00", ""])
def test_what_can_be_nobodys_id_is_not_believed(text):
    assert open_page(run=text).text[0].value.startswith("run=None ")


def test_a_widget_begins_with_its_start_and_is_the_persons_afterwards():
    app = open_page()
    assert app.slider[0].value == 8
    app.slider[0].set_value(12)
    assert press(app.run(), "pick").slider[0].value == 12
    assert press(app, "fill").slider[0].value == 33


def test_widgets_and_choices_survive_a_switch_of_pages(tmp_path):
    (tmp_path / "one.py").write_text(PAGE)
    (tmp_path / "two.py").write_text(EMPTY)
    pages = [str(tmp_path / name) for name in ("one.py", "two.py")]
    home = tmp_path / "home.py"
    home.write_text(f"import streamlit as st\nst.navigation([*map(st.Page, {pages})]).run()")
    app = AppTest.from_file(str(home)).run()
    press(app, "pick").slider[0].set_value(12).run()
    app.switch_page("two.py").run()
    assert app.text[0].value == "r2"
    app.switch_page("one.py").run()
    assert app.text[0].value.startswith("run=r2 ")
    assert app.slider[0].value == 12
