"""Browsing the library: words and filters, a table a page at a time, and the pieces that are chosen from it.

What is looked for is one text, the query. The filters are a short way to write terms of it, and show what it
says; so the address, a saved search and a bulk change all mean the same pieces. Query, order and page stand in
the address (``?search=…&sort=…&page=…``).
"""

from dataclasses import dataclass

import streamlit as st

from workbench.core.piece import Piece
from workbench.services import library, tagging
from workbench.ui import editing, library_care, rows, saved_searches, selecting
from workbench.ui.query_terms import FORBIDDEN, value_of, with_value
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace, open_workspace

PLACE = "library"
ROWS = 25
LONGEST_NUMBER = 9  # digits of a page in an address; more of them are nobody's page
SEARCH, SORT, PAGE = "search", "sort", "page"
"""Keys of the widgets that stand in the address, under the same names."""
FILTERS = {
    "collection": "Any collection", "composer": "Any composer", "key": "Any key", "meter": "Any meter",
    "kind": "Scores and recordings",
}  # fmt: skip
NO_TAG = ("", "")
Counts = dict[str, int]
"""Values, each with how many pieces have it."""
SORTS = {
    "By title": ("title", False),
    "By composer": ("composer", False),
    "By collection": ("collection", False),
    "By key": ("key", False),
    "By meter": ("meter", False),
    "Shortest first": ("bars", False),
    "Longest first": ("bars", True),
    "Newest first": ("created", True),
}
PLACEHOLDER = 'jig key:"D major" bars:16..32'
QUERY_HELP = """
Write any words: **jig**, **bach wachet**. Word beginnings are enough.

| Write | to find |
|---|---|
| `key:"D major"` | pieces in D major; `key:D` finds all keys on D |
| `meter:6/8` | jigs and their like |
| `bars:16`, `bars:8..32`, `bars:>=16` | pieces of that length; likewise `notes` and `parts` |
| `collection:ryans` | a collection, by the beginning of its name |
| `title:miss`, `composer:bach` | by the beginning of title or composer |
| `kind:recording` | recordings; `kind:score` finds scores |
| `mood:calm` | your own tags |
| `-key:"C major"` | all but these |

Conditions add up: `jig key:D bars:16`.
"""


@dataclass(frozen=True)
class View:
    """What of the library is looked at: a query, its order, and a page of it from 1."""

    query: str
    sort: str
    page: int
    total: int
    """Pieces that match."""


def query_box(place: str) -> str:
    """A search box with its explanation, for other pages; what stands in it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search",
            key=session().widget(place, "query", ""),
            persist_state="session",
            placeholder=PLACEHOLDER,
            icon=":material/search:",
            type="search",
        )
        _explanation()
    return words or ""


def search(workspace: Workspace) -> None:
    """Search box, filters and table; a click on a cell opens the piece, ticked rows can be tagged."""
    query = _search_box(workspace)
    sort = _filters(workspace, query)
    pieces, view = _page(workspace, query, sort)
    place, below = st.container(), st.container()
    if not view.total:
        with place:
            st.info(
                "No piece matches. Remove a filter or a word, or shorten a word: its beginning is enough."
            )
    else:
        with below:
            _turn(view)
        with place:
            _show(workspace, view, pieces)
    library_care.care(workspace, query)


def _page(workspace: Workspace, query: str, sort: str) -> tuple[list[Piece], View]:
    """The page of the table that the address names, or the last one where there are no longer so many."""
    by, descending = SORTS[sort]
    number = st.session_state.get(PAGE) or _linked_page()
    while True:
        pieces, total = library.search(
            workspace, query, sort=by, descending=descending, offset=(number - 1) * ROWS, limit=ROWS
        )  # fmt: skip
        if pieces or not total:
            return pieces, View(query, sort, number, total)
        number = st.session_state[PAGE] = -(-total // ROWS)


def _linked_page() -> int:
    """The page in the address, before the widget that is bound to it was ever drawn."""
    linked = st.query_params.get(PAGE, "")
    return max(int(linked), 1) if linked.isdecimal() and len(linked) < LONGEST_NUMBER else 1


def _search_box(workspace: Workspace) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state.setdefault(SEARCH, "")
        words = st.text_input(
            "Search",
            key=SEARCH,
            bind="query-params",
            live="300ms",
            on_change=_to_first_page,
            placeholder=PLACEHOLDER,
            icon=":material/search:",
            type="search",
        )
        with st.container(horizontal=True, width="content"):  # on a phone both go below the box
            saved_searches.menu(workspace, words or "", look_for)
            _explanation()
    return words or ""


def look_for(query: str) -> None:
    """Put another query into the search box; in a callback."""
    st.session_state[SEARCH] = query
    _to_first_page()


def _explanation() -> None:
    with st.popover("How to search"):
        st.markdown(QUERY_HELP)


def _to_first_page() -> None:
    st.session_state[PAGE] = 1


# --- filters ----------------------------------------------------------------------------------


def _filters(workspace: Workspace, query: str) -> str:
    """The filters that have something to choose from, and the order of the table."""
    facets, names = _counted_once(str(workspace.home), library.edition(workspace))
    with st.container(horizontal=True):
        for field, label in FILTERS.items():
            counts = facets[field]
            if len(counts) > 1 or value_of(query, field):
                _filter(field, label, value_of(query, field), counts)
        if names:
            _tag_filter(query, names)
        st.session_state.setdefault(SORT, next(iter(SORTS)))
        return st.selectbox(
            "Sort", list(SORTS), key=SORT, bind="query-params", label_visibility="collapsed",
            on_change=_to_first_page,
        )  # fmt: skip


@st.cache_data(max_entries=20, show_spinner=False)
def _counted_once(home: str, edition: int) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Values of the fields that have a filter, and of every tag, with how many pieces have them, in all the library."""
    workspace = open_workspace(home)
    return {field: library.facets(workspace, field) for field in FILTERS}, tagging.tag_names(
        workspace
    )


def _filter(field: str, label: str, chosen: str, counts: Counts) -> None:
    """A box of the values of a field. It shows what the query says, and writes into it."""
    values = [value for value in counts if value and FORBIDDEN not in value]
    same = {value.casefold(): value for value in values}
    chosen = same.get(chosen.casefold(), chosen)
    st.selectbox(
        field.capitalize(),
        ["", *values] if chosen in values or not chosen else ["", chosen, *values],
        key=session().show(PLACE, field, chosen),
        label_visibility="collapsed",
        format_func=lambda value: _counted(value, counts) if value else label,
        on_change=lambda: _narrow(field, session().value(PLACE, field, "")),
    )


def _counted(value: str, counts: Counts) -> str:
    return f"{value} ({counts[value]:,})" if value in counts else f"{value} …"


def _narrow(field: str, value: str) -> None:
    look_for(with_value(st.session_state[SEARCH], field, value))


def _tag_filter(query: str, names: dict[str, Counts]) -> None:
    """One box for all tags: ``mood: calm (12)``."""
    counts = {
        (name, value): number
        for name, values in names.items()
        for value, number in values.items()
        if FORBIDDEN not in value
    }
    chosen = next((each for each in counts if value_of(query, each[0]) == each[1]), NO_TAG)

    def narrow() -> None:
        others = with_value(st.session_state[SEARCH], chosen[0], "")
        look_for(with_value(others, *session().value(PLACE, "tag", NO_TAG)))

    st.selectbox(
        "Tag",
        [NO_TAG, *counts],
        key=session().show(PLACE, "tag", chosen),
        label_visibility="collapsed",
        format_func=lambda each: (
            f"{each[0]}: {each[1]} ({counts[each]:,})" if each[0] else "Any tag"
        ),
        on_change=narrow,
    )


# --- the table --------------------------------------------------------------------------------


def _turn(view: View) -> None:
    """The numbers of the pages, where there are several."""
    pages = -(-view.total // ROWS)
    if pages > 1:
        st.pagination(pages, key=PAGE, bind="query-params")


def _show(workspace: Workspace, view: View, pieces: list[Piece]) -> None:
    bar = st.container(horizontal=True, vertical_alignment="center", key="library.bar")
    library_care.last_change(workspace)
    with bar:
        is_editing = st.session_state.get(editing.TOGGLE, False)
        key = f"library.{view.sort}.{view.page}.{view.query}"
    if is_editing:
        ticked: list[str] = []
        editing.table(workspace, pieces, key=key)
    else:
        ticked = _table(pieces, key=f"{key}.{selecting.ticks()}")
    with bar:
        if ticked:
            selecting.bar(workspace, ticked, view.query, view.total)
        else:
            words = (
                "Change a cell to save it."
                if is_editing
                else "Click a row to see and hear it, tick rows to tag them."
            )
            # First in the row: at its end the table's own tools would come over it.
            st.toggle("Edit in place", key=editing.TOGGLE)
            st.caption(f"{amount(view.total, 'piece')}. {words}", width="stretch")


def _table(pieces: list[Piece], *, key: str) -> list[str]:
    """The pieces as a table; the ids of those that are ticked. A click on a cell opens one."""
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
    return rows.ticking_table(
        shown,
        [piece.id for piece in pieces],
        key=key,
        alt="Pieces of the library",
        columns={
            "Title": st.column_config.TextColumn(width=250),
            "Bars": st.column_config.NumberColumn(width=60),
            "Meter": st.column_config.TextColumn(width=60),
            "Tags": st.column_config.ListColumn(width=200),
        },
        on_open=_open,
    )


def _open(piece: str) -> None:
    session().piece = piece
