"""Driving the app's pages in a test: opening one, pressing its buttons, reading what it says."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

REPOSITORY = Path(__file__).resolve().parents[1]
SECONDS = 60


@pytest.fixture(scope="session", autouse=True)
def brisk_runs() -> Iterator[None]:
    """Spares the runs of pages what no server of ours does over and over.

    Streamlit clears Keras after every run of a page where Keras is loaded, as it is in tests that have trained something and never
    in the web process; and for every page that is opened it looks through all installed packages, as a server does once.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        patch.setattr(
            manifest_scanner,
            "scan_component_manifests",
            cache(manifest_scanner.scan_component_manifests),
        )
        yield


def open_page(name: str, **query: str) -> AppTest:
    """A page on its own, as a link opens it in a server that has just started."""
    path = REPOSITORY / ("Home.py" if name == "home" else f"pages/{name}.py")
    app = AppTest.from_file(str(path), default_timeout=SECONDS)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def everything(app: AppTest) -> str:
    """All that a page says, for looking for words in it."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))


def press(app: AppTest, label: str) -> AppTest:
    """Click the button of that label."""
    return next(button for button in app.button if button.label == label).click().run()
