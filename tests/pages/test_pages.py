"""Every page, alone and through Home.py, over an empty and over a filled workspace."""

import sys

import pytest
from app_pages import REPOSITORY, SECONDS, everything, open_page
from streamlit.testing.v1 import AppTest

from workbench.ui.frame import SCREENS

EMPTY_WORDS = {
    "library": "The library is empty",
    "datasets": "There is no music to choose from yet",
    "train": "There is no dataset to learn from yet",
    "runs": "Nothing has been trained here yet",
    "compositions": "Nothing has been composed here yet",
    "listening": "There is no dataset to take people's music from yet",
}


def check(app: AppTest) -> None:
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("name", SCREENS)
def test_a_page_opens_over_an_empty_workspace(name, workspace):
    app = open_page(name)
    check(app)
    assert app.title[0].value == SCREENS[name].title
    assert EMPTY_WORDS.get(name, "") in everything(app)


@pytest.mark.parametrize("name", SCREENS)
def test_a_page_opens_over_a_filled_workspace(name, full_workspace):
    app = open_page(name)
    check(app)
    assert EMPTY_WORDS.get(name, "nothing of the kind") not in everything(app)


@pytest.mark.parametrize("home", ["workspace", "full_workspace"])
def test_every_page_opens_through_the_frame(home, request):
    request.getfixturevalue(home)
    app = AppTest.from_file(str(REPOSITORY / "Home.py"), default_timeout=SECONDS).run()
    check(app)
    for name, screen in SCREENS.items():
        if name != "home":
            app.switch_page(f"pages/{name}.py").run()
            check(app)
            assert app.title[0].value == screen.title


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("library", "piece"),
        ("datasets", "dataset"),
        ("train", "run"),
        ("runs", "run"),
        ("compose", "model"),
        ("compose", "composition"),
        ("compositions", "composition"),
    ],
)
def test_a_link_to_what_is_not_there_says_so_and_shows_the_page(name, choice, full_workspace):
    app = open_page(name, **{choice: "no-such-thing"})
    assert not app.exception
    assert app.title[0].value == SCREENS[name].title


def test_the_web_process_loads_no_network_library(full_workspace):
    for name in SCREENS:
        open_page(name)
    # pytest may have loaded them for other tests, so ask what the pages' own modules need.
    pages = [
        name for name in sys.modules if name.startswith(("workbench.ui", "workbench.services"))
    ]
    assert pages
    heavy = {"keras", "tensorflow", "onnxruntime"}
    for name in pages:
        assert not heavy & set(vars(sys.modules[name]))
