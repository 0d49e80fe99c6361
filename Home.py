"""The frame of the app, and the screen that welcomes people.

``streamlit run Home.py`` serves it.
"""

import streamlit as st

from workbench.services import overview
from workbench.ui import frame, welcome


def home() -> None:
    """A tune at a click, what is here, and what to do next."""
    with frame.page("home") as workspace:
        welcome.compose(workspace)
        welcome.steps(overview.counts(workspace))


st.navigation(
    [st.Page(home, title="Home", default=True), *frame.pages()], position=frame.navigation()
).run()
