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
    event = _frame(
        rows, key=key, alt=alt, columns=columns, most_pixels=most_pixels, mode="single-cell"
    )
    return _opened(event.selection.cells, rows, ids, key)


def ticking_table(
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any],
) -> tuple[str | None, list[str]]:
    """Like :func:`table`, with a box to tick before each row; the id that was opened, and those that are ticked."""
    event = _frame(rows, key=key, alt=alt, columns=columns, mode=("multi-row", "single-cell"))
    ticked = [ids[number] for number in event.selection.rows if number < len(ids)]
    return _opened(event.selection.cells, rows, ids, key), ticked


def _frame(
    rows: Sequence[Mapping[str, Any]], *, key: str, alt: str, columns: Mapping[str, Any], mode: Any,
    most_pixels: int | None = None,
) -> Any:  # fmt: skip
    return st.dataframe(
        pd.DataFrame(list(rows)),
        hide_index=True,
        height=most_pixels or "content",
        key=f"{key}.table",
        on_select="rerun",
        selection_mode=mode,
        placeholder="–",
        column_config=dict(columns),
        alt=alt,
    )


def _opened(
    cells: Sequence[tuple[int, str]],
    rows: Sequence[Mapping[str, Any]],
    ids: Sequence[str],
    key: str,
) -> str | None:
    """The id that was opened by a click on one of its cells, or by name."""
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
    return ids[cells[0][0]] if cells else named
