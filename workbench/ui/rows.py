"""A table whose rows can be opened: by a click, or by name for those who use no mouse."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st


def table(
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any],
    most_pixels: int | None = None,
) -> str | None:
    """Show the rows; the id of the one that was opened just now.

    The first column names a row. ``columns`` says how some of them are shown; ``most_pixels`` lets a long table
    scroll.
    """
    event = st.dataframe(
        pd.DataFrame(list(rows)),
        hide_index=True,
        height=most_pixels or "content",
        key=f"{key}.table",
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="–",
        column_config=dict(columns),
        alt=alt,
    )
    names = dict(zip(ids, (str(next(iter(row.values()))) for row in rows), strict=True))
    named = st.selectbox(
        "Open by name",
        ids,
        index=None,
        format_func=lambda each: names[each],
        key=f"{key}.named",
        placeholder="Open by name …",
        label_visibility="collapsed",
        width=320,
    )
    if event.selection.cells:
        return ids[event.selection.cells[0][0]]
    return named
