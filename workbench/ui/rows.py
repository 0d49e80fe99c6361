"""A table whose rows can be opened: by a click, or by name for those who use no mouse.

What opens a row is called before the page is drawn again, so that one run of the script shows what was opened.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

Open = Callable[[str], None]
"""Takes the id of the row that a person opened; a callback, so it cannot draw anything."""


def table(
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any],
    on_open: Open,
    most_pixels: int | None = None,
) -> None:
    """Show the rows.

    The first column names a row. ``columns`` says how some of them are shown; ``most_pixels`` lets a long table
    scroll.
    """
    _frame(
        rows, ids, key=key, alt=alt, columns=columns, on_open=on_open, most_pixels=most_pixels,
        mode="single-cell",
    )  # fmt: skip


def ticking_table(
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any],
    on_open: Open,
) -> list[str]:
    """Like :func:`table`, with a box to tick before each row; the ids of those that are ticked."""
    ticked = _frame(
        rows, ids, key=key, alt=alt, columns=columns, on_open=on_open,
        mode=("multi-row", "single-cell"),
    )  # fmt: skip
    return [ids[number] for number in ticked if number < len(ids)]


def _frame(
    rows: Sequence[Mapping[str, Any]], ids: Sequence[str], *, key: str, alt: str,
    columns: Mapping[str, Any], on_open: Open, mode: Any, most_pixels: int | None = None,
) -> Sequence[int]:  # fmt: skip
    """The table, and below it the names of its rows; the numbers of the rows that are ticked."""
    drawn, named = f"{key}.table", f"{key}.named"

    def clicked() -> None:
        cells = st.session_state[drawn].selection.cells
        if cells:
            on_open(ids[cells[0][0]])

    def chosen() -> None:
        if st.session_state[named]:
            on_open(st.session_state[named])

    event = st.dataframe(
        pd.DataFrame(list(rows)),
        hide_index=True,
        height=most_pixels or "content",
        key=drawn,
        on_select=clicked,
        selection_mode=mode,
        placeholder="–",
        column_config=dict(columns),
        alt=alt,
    )
    names = dict(zip(ids, (str(next(iter(row.values()))) for row in rows), strict=True))
    st.selectbox(
        "Open by name",
        ids,
        index=None,
        format_func=lambda each: names[each],
        key=named,
        on_change=chosen,
        placeholder="Open by name …",
        label_visibility="collapsed",
        width=320,
    )
    return event.selection.rows
