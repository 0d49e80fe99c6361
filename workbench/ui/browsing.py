"""Browsing the library: words and filters, a table a page at a time, and the piece that is chosen from it."""

import streamlit as st

from workbench.core.piece import Piece
from workbench.services import library
from workbench.ui import rows
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace

PLACE = "library"
ROWS = 25
FILTERS = {"collection": "Any collection", "key": "Any key", "meter": "Any meter"}
SORTS = {
    "Title": ("title", False),
    "Composer": ("composer", False),
    "Collection": ("collection", False),
    "Key": ("key", False),
    "Meter": ("meter", False),
    "Shortest first": ("bars", False),
    "Longest first": ("bars", True),
    "Newest first": ("created", True),
}
QUERY_HELP = """
Write any words: **jig**, **bach wachet**. Words may be unfinished.

| Write | to find |
|---|---|
| `key:"D major"` | pieces in D major; `key:D` finds all keys on D |
| `meter:6/8` | jigs and their like |
| `bars:16`, `bars:8..32`, `bars:>=16` | pieces of that length; so too `notes` and `parts` |
| `collection:ryans` | a collection, by the beginning of its name |
| `title:miss`, `composer:bach` | by the beginning of title or composer |
| `mood:calm` | your own tags |
| `-key:"C major"` | all but these |

Conditions add up: `jig key:D bars:16`.
"""


def query_box(place: str) -> str:
    """The search box with its explanation; what stands in it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search",
            key=session().widget(place, "query", ""),
            persist_state="session",
            placeholder='jig key:"D major" bars:16..32',
            icon=":material/search:",
            type="search",
        )
        with st.popover("How to search"):
            st.markdown(QUERY_HELP)
    return words or ""


def search(workspace: Workspace) -> None:
    """Search box, filters and table; a click on a row opens the piece."""
    words = query_box(PLACE)
    with st.container(horizontal=True):
        filters = [_filter(workspace, field, label) for field, label in FILTERS.items()]
        order = st.selectbox(
            "Sort by",
            list(SORTS),
            key=session().widget(PLACE, "sort", "Title"),
            persist_state="session",
            label_visibility="collapsed",
            format_func=lambda name: f"Sort: {name}",
        )
    query = " ".join([words, *filter(None, filters)])
    place = st.container()
    sort, descending = SORTS[order]
    total = library.search(workspace, query, limit=0)[1]
    number = _turn(total, query)
    pieces, _ = library.search(
        workspace, query, sort=sort, descending=descending, offset=(number - 1) * ROWS, limit=ROWS
    )
    with place:
        if not pieces:
            st.info("No piece matches. Take a filter or a word away.")
            return
        st.caption(f"{amount(total, 'piece')}. Click a row to see and hear it.")
        _table(pieces, key=f"{order}.{number}")


def _filter(workspace: Workspace, field: str, label: str) -> str:
    """A filter as it stands in a query; empty for any."""
    counts = library.facets(workspace, field)
    chosen = st.selectbox(
        field.capitalize(),
        ["", *counts],
        key=session().widget(PLACE, field, ""),
        persist_state="session",
        label_visibility="collapsed",
        format_func=lambda value: f"{value} ({counts.get(value, 0):,})" if value else label,
    )
    return f'{field}:"{chosen}"' if chosen else ""


def _turn(total: int, query: str) -> int:
    """The page that is turned to, from 1."""
    pages = -(-total // ROWS)
    return st.pagination(pages, key=f"library.page.{query}") if pages > 1 else 1


def _table(pieces: list[Piece], *, key: str) -> None:
    shown = [
        {
            "Title": piece.title,
            "Composer": piece.composer,
            "Key": piece.facts.get("key", ""),
            "Meter": piece.facts.get("meter", ""),
            "Bars": piece.facts.get("bars"),
            "Collection": piece.collection,
            "Tags": [f"{name}: {value}" for name, value in piece.tags.items()],
        }
        for piece in pieces
    ]
    opened = rows.table(
        shown,
        [piece.id for piece in pieces],
        key=f"library.{key}",
        alt="Pieces of the library",
        columns={"Title": st.column_config.TextColumn(width=240)},
    )
    if opened:
        session().piece = opened
        st.rerun()
