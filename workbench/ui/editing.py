"""Editing the pieces of a page in place, as in a spreadsheet: titles, composers, a column for each tag.

The table keeps the state it began with, so that typing on is not disturbed; every cell that differs from what is
stored is stored at once.
"""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.core.piece import Piece
from workbench.services import tagging
from workbench.ui import frame, library_care
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "library.editing"
TOGGLE = "library.edit"
FIRST_COLUMNS = 4
_FIXED = {"title": "Title", "composer": "Composer"}


def table(workspace: Workspace, pieces: list[Piece], *, key: str) -> None:
    """The pieces as cells to type in."""
    used = list(tagging.tag_names(workspace))
    names = st.multiselect(
        "Tags to edit",
        list(dict.fromkeys([*used, *tagging.SUGGESTED])),
        key=session().widget(PLACE, "names", (used or list(tagging.SUGGESTED))[:FIRST_COLUMNS]),
        accept_new_options=True,
        persist_state="session",
    )
    cells = _begun_with(pieces, names, key)
    name = f"{PLACE}.{session().notes(PLACE)['edition']}"
    st.data_editor(
        pd.DataFrame(cells.values(), columns=[*_FIXED, *names]),
        key=name,
        hide_index=True,
        height="content",
        placeholder="",
        column_config={**_FIXED, **{each: st.column_config.TextColumn(each) for each in names}},
        on_change=_store,
        args=(workspace, name, cells),
        alt="Titles, composers and tags of the pieces, to be edited",
    )


def _begun_with(pieces: list[Piece], names: list[str], key: str) -> dict[str, dict[str, Any]]:
    """The cells as they were when this page of the table was first shown for editing, or last renewed."""
    notes = session().notes(PLACE)
    shown = (key, tuple(names), library_care.edition())
    if notes.get("shown") != shown:
        notes["shown"] = shown
        notes["edition"] = notes.get("edition", 0) + 1
        notes["stored"] = {}
        notes["cells"] = {
            piece.id: {"title": piece.title, "composer": piece.composer}
            | {name: piece.tags.get(name) for name in names}
            for piece in pieces
        }
    return notes["cells"]


def _store(workspace: Workspace, name: str, cells: dict[str, dict[str, Any]]) -> None:
    """Store what was typed since."""
    stored = session().notes(PLACE)["stored"]
    ids = list(cells)
    with frame.errors():
        for row, changes in st.session_state[name]["edited_rows"].items():
            piece = ids[int(row)]
            for column, typed in changes.items():
                text = (typed or "").strip()
                if text != stored.get((piece, column), cells[piece][column] or ""):
                    _store_cell(workspace, piece, column, text)
                    stored[piece, column] = text
                    library_care.noted(workspace)


def _store_cell(workspace: Workspace, piece: str, column: str, text: str) -> None:
    if column == "title":
        tagging.edit(workspace, piece, title=text)
    elif column == "composer":
        tagging.edit(workspace, piece, composer=text)
    else:
        tagging.tag(workspace, [piece], {column: text or None})
