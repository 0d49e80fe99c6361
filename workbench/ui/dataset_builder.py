"""The form of a new dataset: which pieces, how they are dealt, what is heard besides; counts and charts while choosing.

It is a fragment: what is chosen in it draws the form anew, not the page.
"""

from dataclasses import dataclass

import streamlit as st

from workbench.core.augmentation import ALL_KEYS, Augmentation
from workbench.core.piece import Piece
from workbench.services import datasets, library
from workbench.ui import browsing, dataset_charts, frame
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace, open_workspace

PLACE = "datasets"
SPLIT_WORDS = {
    "80/10/10": "80 / 10 / 10, the usual",
    "70/15/15": "70 / 15 / 15, for small collections",
    "90/5/5": "90 / 5 / 5, for large ones",
}
ALL = "all 24 keys"
TEMPOS = (0.8, 0.9, 1.1, 1.25)
VELOCITIES = (-20, -10, 10, 20)
OFFERED = 50


def new(workspace: Workspace, *, is_first: bool) -> None:
    """The form of a new dataset, folded away once there is one."""
    # Another key for the first: so the form closes when it has done its work.
    form = st.expander(
        "New dataset", is_first, icon=":material/add:", on_change="rerun",
        key=f"{PLACE}.first" if is_first else f"{PLACE}.new",
    )  # fmt: skip
    if form.open:
        with form:
            st.fragment(_build)(workspace)


@dataclass(frozen=True)
class _Pieces:
    """Which pieces are chosen, and the ids they come to."""

    query: str
    add: list[str]
    without: list[str]
    least_notes: int
    ids: tuple[str, ...]


def _build(workspace: Workspace) -> None:
    with frame.errors():
        chosen = _pieces(workspace)
        if chosen.ids:
            dataset_charts.show(workspace, chosen.ids, key=f"{PLACE}.query")
        _create(workspace, chosen)


def _pieces(workspace: Workspace) -> _Pieces:
    query = browsing.query_box(PLACE)
    with st.expander("Pick or leave out single pieces"):
        only_picked = st.toggle(
            "Only the pieces I pick", key=session().widget(PLACE, "only_picked", False)
        )
        add = _picked(workspace, "add", "Also take", "")
        without = _picked(workspace, "without", "Leave out", query)
        least = st.number_input(
            "Smallest usable piece, in notes", 0, 10_000, key=session().widget(PLACE, "least_notes", 0),
            persist_state="session", help="Shorter pieces are left out. 0 takes all.",
        )  # fmt: skip
    asked = datasets.ONLY_PICKED if only_picked else query
    ids = _chosen_once(
        str(workspace.home), library.edition(workspace), asked, tuple(add), tuple(without), int(least or 0)
    )  # fmt: skip
    st.caption(f"{amount(len(ids), 'piece matches', 'pieces match')} at present.")
    if 0 < len(ids) < datasets.SMALL_PIECES:
        st.warning(
            f"So few are learned by heart: with fewer than {datasets.SMALL_PIECES} pieces, a model copies them."
        )
    return _Pieces(asked, add, without, int(least or 0), ids)


@st.cache_resource(max_entries=4, show_spinner=False)
def _chosen_once(
    home: str, edition: int, query: str, add: tuple[str, ...], without: tuple[str, ...], least_notes: int
) -> tuple[str, ...]:  # fmt: skip
    """The ids of the pieces that are chosen; kept while the library is at this edition."""
    chosen = datasets.chosen(
        open_workspace(home), query, add=add, without=without, least_notes=least_notes
    )
    return tuple(chosen)


def _picked(workspace: Workspace, name: str, label: str, query: str) -> list[str]:
    """Pieces picked by hand: found by their title, kept by their id."""
    left, right = st.columns(2, vertical_alignment="bottom")
    words = left.text_input(
        f"{label}: search", key=session().widget(PLACE, f"{name}.words", ""), persist_state="session",
        placeholder="a title, a composer, id:3f2a …", type="search",
    )  # fmt: skip
    key = session().widget(PLACE, name, [])
    kept: list[str] = st.session_state[key]
    found = library.search(workspace, f"{query} {words}", limit=OFFERED)[0] if words else []
    titles = {piece.id: _named(piece) for piece in [*library.pieces(workspace, kept), *found]}
    return right.multiselect(
        label, list(titles), key=key, persist_state="session", format_func=lambda each: titles[each],
        placeholder="none" if not words else f"{amount(len(found), 'piece')} found",
    )  # fmt: skip


def _named(piece: Piece) -> str:
    return f"{piece.title} ({piece.collection}, {piece.id[:6]})"


def _create(workspace: Workspace, chosen: _Pieces) -> None:
    name_box, split_box, seed_box = st.columns([2, 2, 1], vertical_alignment="bottom")
    name = name_box.text_input(
        "Name", key=session().widget(PLACE, "name", ""), persist_state="session",
        placeholder="jigs in D", max_chars=60,
    )  # fmt: skip
    split = split_box.selectbox(
        "Train / valid / test, in per cent", list(SPLIT_WORDS), key=session().widget(PLACE, "split", "80/10/10"),
        format_func=lambda value: SPLIT_WORDS.get(value, value), accept_new_options=True, persist_state="session",
        help="A model learns from the training pieces, is watched on the validation pieces, and judged on the test "
        "pieces. Families, such as two settings of one tune, always stay together.",
    )  # fmt: skip
    seed = seed_box.number_input(
        "Seed", 0, 2**31 - 1, key=session().widget(PLACE, "seed", 0), persist_state="session",
        help="Another seed splits the pieces differently",
    )  # fmt: skip
    with st.expander("More: equal shares, other keys and tempos, long pieces"):
        stratify, window = _dealing(workspace)
        augmentation = augmentation_form(PLACE)
        note = st.text_input(
            "Note", key=session().widget(PLACE, "note", ""), persist_state="session", max_chars=500,
            placeholder="what this version is for",
        )  # fmt: skip
    if st.button("Create dataset", type="primary", disabled=not chosen.ids):
        with st.spinner("Comparing pieces, splitting families …"):
            made = datasets.create(
                workspace, name or "", query=chosen.query, add=chosen.add, without=chosen.without,
                least_notes=chosen.least_notes, split=split or "80/10/10", seed=int(seed or 0),
                stratify=stratify, augmentation=augmentation, window_bars=window, note=note or "",
            )  # fmt: skip
        session().dataset = made.id
        st.rerun()


def _dealing(workspace: Workspace) -> tuple[str, int]:
    """What is dealt in like shares, and where long pieces are cut."""
    left, right = st.columns(2)
    stratify = left.selectbox(
        "Equal shares of", ["", *datasets.strata(workspace)], key=session().widget(PLACE, "stratify", ""),
        persist_state="session", format_func=lambda value: value or "nothing in particular",
        help="Every split holds the same share of each meter, key, or whatever you choose, as nearly as possible",
    )  # fmt: skip
    window = right.number_input(
        "Cut long pieces into stretches of this many bars", 0, 1000, persist_state="session",
        key=session().widget(PLACE, "window_bars", 0), help="0 leaves pieces whole",
    )  # fmt: skip
    return stratify, int(window or 0)


def augmentation_form(place: str) -> Augmentation:
    """What the training pieces are also heard as."""
    keys_box, tempo_box, velocity_box = st.columns([2, 1, 1])
    keys = keys_box.multiselect(
        "Also in other keys", [ALL, *ALL_KEYS], key=session().widget(place, "keys", []),
        persist_state="session", placeholder="as they are",
        help="Each for pieces of its own mode, major or minor. In training only.",
    )  # fmt: skip
    tempos = tempo_box.pills(
        "Also faster or slower", TEMPOS, selection_mode="multi", key=session().widget(place, "tempos", []),
        persist_state="session", format_func=lambda factor: f"× {factor:g}",
    )  # fmt: skip
    velocities = velocity_box.pills(
        "Also louder or softer", VELOCITIES, selection_mode="multi",
        key=session().widget(place, "velocities", []), persist_state="session",
        format_func=lambda step: f"{step:+d}",
    )  # fmt: skip
    if keys or tempos or velocities:
        st.caption(
            "What a tokenizer cannot tell apart teaches nothing; the Train page says what each can hear."
        )
    return Augmentation(
        keys=ALL_KEYS if ALL in keys else tuple(keys),
        tempos=tuple(tempos or ()),
        velocities=tuple(velocities or ()),
    )
