"""Saved searches: a menu beside the search box."""

from collections.abc import Callable

import streamlit as st

from workbench.services import searches
from workbench.ui import frame
from workbench.ui.words import plain
from workbench.workspace import Workspace


def menu(workspace: Workspace, query: str, look_for: Callable[[str], None]) -> None:
    """The searches that were saved, and a way to save the present one."""
    box = st.popover(
        "Saved searches", icon=":material/bookmark:", on_change="rerun", key="searches"
    )
    if box.open:
        with box, frame.errors():
            _saved(workspace, look_for)
            _save(workspace, query)


def _saved(workspace: Workspace, look_for: Callable[[str], None]) -> None:
    for each in searches.saved(workspace):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                plain(each.name), key=f"searches.open.{each.name}", help=f"`{each.query}`", type="tertiary",
                width="stretch", on_click=look_for, args=(each.query,),
            )  # fmt: skip
            st.button(
                "Forget", key=f"searches.forget.{each.name}", type="tertiary",
                on_click=searches.forget, args=(workspace, each.name),
            )  # fmt: skip


def _save(workspace: Workspace, query: str) -> None:
    if not query.strip():
        st.caption("Search for something or choose a filter, then save it here under a name.")
        return
    with st.form("searches.save", border=False, clear_on_submit=True):
        name = st.text_input("Save this search as", placeholder="jigs in D", max_chars=60)
        if st.form_submit_button("Save") and name:
            searches.save(workspace, name.strip(), query.strip())
            st.rerun()
