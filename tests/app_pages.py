"""Driving the app's pages in a test: opening one, pressing its buttons, reading what it says."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

REPOSITORY = Path(__file__).resolve().parents[1]
SECONDS = 60


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
