"""Tagging several pieces at once: those that are ticked, or all that match."""

from collections.abc import Iterable

import streamlit as st

from workbench.services import library, tagging
from workbench.ui import frame, library_care
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace

PLACE = "library.selected"


def bar(workspace: Workspace, ticked: list[str], query: str, total: int) -> None:
    """One line of boxes: which pieces, which tag, what to do with it."""
    scope = st.selectbox(
        "Pieces",
        ["ticked", "all"],
        key=session().widget(PLACE, "scope", "ticked"),
        format_func=lambda each: {"ticked": f"{amount(len(ticked), 'piece')} ticked", "all": f"All {total:,} that match"}[each],
        label_visibility="collapsed",
        width=200,
    )  # fmt: skip
    name, value = tag_boxes(workspace, PLACE)
    action = None
    if st.button("Tag", key=f"{PLACE}.tag", type="primary", disabled=not (name and value)):
        action = value
    takes_away = st.button("Take tag away", key=f"{PLACE}.untag", disabled=not name)
    st.button("Untick", key=f"{PLACE}.untick", type="tertiary", on_click=_untick)
    if action or takes_away:
        with frame.errors():
            pieces = ticked if scope == "ticked" else _matching(workspace, query)
            tagging.tag(workspace, pieces, {name: None if takes_away else value})
            library_care.noted(workspace)
            st.rerun()


def ticks() -> int:
    """A number that grows whenever all ticks are taken off: part of the table's key."""
    return session().notes(PLACE).get("ticks", 0)


def _untick() -> None:
    session().notes(PLACE)["ticks"] = ticks() + 1


def tag_boxes(workspace: Workspace, place: str) -> tuple[str, str]:
    """A box for the name of a tag and one for its value; both offer what is in use and take what is new."""
    used = tagging.tag_names(workspace)
    name = _box("Tag", [*used, *tagging.SUGGESTED], place, "name", "Tag, such as mood")
    value = _box("Value", used.get(name, {}), place, "value", "Value, such as calm")
    return name, value


def _box(label: str, offered: Iterable[str], place: str, widget: str, placeholder: str) -> str:
    """A box with words in use that takes new ones; among its options is what was typed."""
    typed = session().value(place, widget, None)
    return (
        st.selectbox(
            label,
            list(dict.fromkeys([*offered, *filter(None, [typed])])),
            key=session().widget(place, widget, None),
            placeholder=placeholder,
            accept_new_options=True,
            label_visibility="collapsed",
            width=190,
        )
        or ""
    ).strip()


def _matching(workspace: Workspace, query: str) -> list[str]:
    return [piece.id for piece in library.search(workspace, query)[0]]
