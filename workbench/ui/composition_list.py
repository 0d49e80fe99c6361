"""Browsing compositions: words and filters, cards a page at a time, and the trash.

Words, filters, order and page stand in the address, as the library's do.
"""

import streamlit as st

from workbench.core.runs import Composition
from workbench.services import composing, keeping, models, previews
from workbench.services.keeping import Wish
from workbench.ui import composition_bulk, composition_export, composition_trash, composition_undo
from workbench.ui.gallery import Card, ticking_gallery
from workbench.ui.state import session
from workbench.ui.words import amount, moment
from workbench.workspace import Workspace, open_workspace

PAGE = 12
WORDS, FOLDER, TAG, STARS, MODEL, ORDER, LEAF = "find", "folder", "tag", "stars", "by", "order", "leaf"  # fmt: skip
"""Keys of the widgets that stand in the address, under the same names."""
ORDERS = {"Newest first": "newest", "Oldest first": "oldest", "Best rated first": "rating", "By title": "title"}  # fmt: skip
LONGEST_NUMBER = 9  # digits of a page in an address
STAR = "★"


def browse(workspace: Workspace) -> None:
    """Search, filters and cards; a click opens one, ticked ones can be tagged, moved, rated, exported, deleted."""
    trashed = keeping.trashed(workspace)
    if composition_trash.is_open(trashed):
        composition_trash.view(workspace, trashed)
        return
    wish, order = _wish(workspace)
    composition_undo.last_change(workspace)
    _cards(workspace, wish, order)
    with st.container(horizontal=True, vertical_alignment="center"):
        composition_trash.way_in(trashed)
    composition_export.export(workspace)


def _wish(workspace: Workspace) -> tuple[Wish, str]:
    """What is looked for, and in which order."""
    facets = keeping.facets(workspace)
    titles = {model.name: model.title for model in models.available(workspace)}
    st.session_state.setdefault(WORDS, "")
    words = st.text_input(
        "Search", key=WORDS, bind="query-params", live="300ms", on_change=_to_first_page,
        placeholder="title, tag, note, folder or model", icon=":material/search:", type="search",
    )  # fmt: skip
    with st.container(horizontal=True):
        folder = _filter(FOLDER, "Any folder", facets["folder"])
        tag = _filter(TAG, "Any tag", facets["tag"])
        model = _filter(MODEL, "Any model", facets["model"], titles) if len(facets["model"]) > 1 else ""  # fmt: skip
        stars = _filter(STARS, "Any rating", {str(each): 0 for each in range(1, keeping.MOST_STARS + 1)}, _STARS)  # fmt: skip
        order = st.selectbox(
            "Sort", list(ORDERS), key=ORDER, bind="query-params", label_visibility="collapsed",
            on_change=_to_first_page, width=160,
        )  # fmt: skip
    wish = Wish(words or "", folder, tag, int(stars or 0), model)
    return wish, ORDERS[order]


_STARS = {
    str(each): STAR * each + ("" if each == keeping.MOST_STARS else " and more")
    for each in range(1, keeping.MOST_STARS + 1)
}


def _filter(
    key: str, label: str, counts: dict[str, int], names: dict[str, str] | None = None
) -> str:
    """A box of the values in use, with how many have them; nothing where there is nothing to choose from."""
    chosen = st.session_state.get(key) or st.query_params.get(key, "")
    if not counts and not chosen:
        return ""
    names = names or {}

    def words(value: str) -> str:
        count = counts.get(value)
        return f"{names.get(value, value)} ({count:,})" if count else names.get(value, value)

    values = [value for value in counts if value]
    if chosen and chosen not in values and key != STARS:
        values.insert(0, chosen)
    return st.selectbox(
        key.capitalize(), ["", *values], key=key, bind="query-params", label_visibility="collapsed",
        format_func=lambda value: words(value) if value else label, on_change=_to_first_page, width=160,
    )  # fmt: skip


def _to_first_page() -> None:
    st.session_state[LEAF] = 1


def _linked_page() -> int:
    """The page in the address, before the widget that is bound to it was ever drawn."""
    linked = st.query_params.get(LEAF, "")
    return max(int(linked), 1) if linked.isdecimal() and len(linked) < LONGEST_NUMBER else 1


# --- the cards --------------------------------------------------------------------------------


def _cards(workspace: Workspace, wish: Wish, order: str) -> None:
    number = st.session_state.get(LEAF) or _linked_page()
    found, total = keeping.find(workspace, wish, sort=order, limit=PAGE, offset=(number - 1) * PAGE)
    if total and not found:  # there are no longer so many
        number = st.session_state[LEAF] = -(-total // PAGE)
        found, total = keeping.find(workspace, wish, sort=order, limit=PAGE, offset=(number - 1) * PAGE)  # fmt: skip
    if not total:
        st.info("No composition matches. Remove a filter or a word.")
        return
    bar = st.container(horizontal=True, vertical_alignment="center", key="compositions.bar")
    titles = {model.name: model.title for model in models.available(workspace)}
    opened, ticked = ticking_gallery(
        [_card(workspace, made, titles) for made in found],
        key=f"compositions.gallery.{number}.{order}.{wish}.{composition_bulk.ticks()}",
    )
    with bar:
        if ticked:
            composition_bulk.bar(workspace, ticked, wish, total)
        else:
            st.caption(f"{amount(total, 'composition')}. Click one to hear it, tick some to put them in order.")  # fmt: skip
    if -(-total // PAGE) > 1:
        st.pagination(-(-total // PAGE), key=LEAF, bind="query-params")
    if opened:
        session().composition = opened
        st.rerun()


def _card(workspace: Workspace, made: Composition, titles: dict[str, str]) -> Card:
    model = titles.get(made.request.model, made.request.model)
    length = amount(len(made.plan.bars), "bar")
    said = [STAR * made.kept.rating, made.kept.folder, *made.kept.tags]
    words = " · ".join(filter(None, [*said, model, length, f"seed {made.request.seed}", moment(made.created)]))  # fmt: skip
    svg = thumbnail(str(workspace.home), made.id)
    return Card(made.id, svg, made.title or "Untitled", words)


@st.cache_data(max_entries=500, show_spinner=False)
def thumbnail(home: str, composition: str) -> str:
    """The first bars of a composition as a drawing."""
    workspace = open_workspace(home)
    return previews.thumbnail(workspace, composing.score(workspace, composition))
