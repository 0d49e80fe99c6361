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
    pieces = ticked if scope == "ticked" else query
    st.button(
        "Tag", key=f"{PLACE}.tag", type="primary", disabled=not (name and value),
        on_click=_tag, args=(workspace, pieces, {name: value}),
    )  # fmt: skip
    st.button(
        "Remove tag", key=f"{PLACE}.untag", disabled=not name,
        on_click=_tag, args=(workspace, pieces, {name: None}),
    )  # fmt: skip
    st.button("Untick", key=f"{PLACE}.untick", type="tertiary", on_click=_untick)


def _tag(workspace: Workspace, pieces: list[str] | str, changes: dict[str, str | None]) -> None:
    """Change tags of some pieces, or of all that match a query."""
    with frame.errors():
        ids = library.ids(workspace, pieces) if isinstance(pieces, str) else pieces
        with st.spinner(f"Tagging {amount(len(ids), 'piece')} …"):
            tagging.tag(workspace, ids, changes)
        library_care.noted(workspace)


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
