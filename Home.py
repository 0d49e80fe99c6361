"""The frame of the app, and the screen that welcomes people.

``streamlit run Home.py`` serves it.
"""

import streamlit as st

from workbench.services import overview
from workbench.ui import frame, welcome


def home() -> None:
    """A tune at a click, what to do next, and what is here."""
    with frame.page("home") as workspace:
        welcome.compose(workspace)
        here = overview.counts(workspace)
        welcome.next_steps(here)
        welcome.counts(here)


st.navigation([st.Page(home, title="Home", default=True), *frame.pages()], position="top").run()
