"""Versions of a dataset on a page: changing one into the next, what changed, and files to carry it."""

import streamlit as st

from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.services import activity, datasets, library, portable
from workbench.ui import dataset_builder, following, frame
from workbench.ui.dataset_view import PLACE, SPLIT_TITLES
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

SHOWN_TITLES = 30
MOST_MEGABYTES = 200


def change(workspace: Workspace, dataset: DatasetVersion) -> None:
    """A new version of this one, one click away."""
    box = st.expander(
        "Change this dataset", icon=":material/edit:", on_change="rerun", key=f"{PLACE}.change"
    )
    if box.open:
        with box:
            st.fragment(_change)(workspace, dataset)


def _change(workspace: Workspace, dataset: DatasetVersion) -> None:
    st.caption(
        "A change makes the next version. Pieces that stay keep their splits; new ones join their families, and "
        "a piece you move takes its family along."
    )
    place = f"{PLACE}.change.{dataset.id}"
    with frame.errors():
        add = _pick(workspace, "Take in", place, frozenset(dataset.pieces), inside=False)
        without = _pick(workspace, "Take out", place, frozenset(dataset.pieces), inside=True)
        moved = _pick(workspace, "Move", place, frozenset(dataset.pieces), inside=True)
        target = st.segmented_control(
            "to", list(SPLITS), default="test", required=True, key=f"{place}.target",
            format_func=lambda name: SPLIT_TITLES[name],
        )  # fmt: skip
        note = st.text_input("Note", key=f"{place}.note", placeholder="what was changed, and why")
        if st.button("Make the next version", type="primary", key=f"{place}.go"):
            made = datasets.change(
                workspace, dataset.id, add=add, without=without, move=dict.fromkeys(moved, target),
                note=note or "",
            )  # fmt: skip
            session().dataset = made.id
            st.rerun()


def _pick(
    workspace: Workspace, label: str, place: str, members: frozenset[str], *, inside: bool
) -> list[str]:
    """Pieces found by words, among the members or among the others."""
    left, right = st.columns(2, vertical_alignment="bottom")
    words = left.text_input(
        f"{label}: search", key=f"{place}.{label}.words", placeholder="a title, mood:calm, id:3f2a …", type="search"
    )  # fmt: skip
    key = f"{place}.{label}"
    kept: list[str] = st.session_state.get(key, [])
    found = library.search(workspace, words)[0] if words else []
    fitting = [piece for piece in found if (piece.id in members) == inside]
    shown = [*library.pieces(workspace, kept), *fitting[: dataset_builder.OFFERED]]
    titles = {piece.id: f"{piece.title} ({piece.id[:6]})" for piece in shown}
    return right.multiselect(
        label, list(titles), key=key, format_func=lambda each: titles[each],
        placeholder=f"{amount(len(fitting), 'piece')} found" if words else "none",
    )  # fmt: skip


# --- what changed -------------------------------------------------------------------------------


def changes(workspace: Workspace, dataset: DatasetVersion, others: list[str]) -> None:
    """What changed from another version to this one, one click away."""
    box = st.expander(
        "What changed between two datasets", icon=":material/difference:", on_change="rerun", key=f"{PLACE}.changes"
    )  # fmt: skip
    if box.open:
        with box, frame.errors():
            _compare(workspace, dataset, others)


def _compare(workspace: Workspace, dataset: DatasetVersion, others: list[str]) -> None:
    first = others.index(dataset.parent) if dataset.parent in others else 0
    old = st.selectbox("Compare with", others, index=first, key=f"{PLACE}.compare.{dataset.id}")
    change = datasets.difference(workspace, old, dataset.id)
    for ids, words in (
        (change.added, "added"),
        (change.removed, "taken away"),
        (change.moved, "moved to another split"),
        (change.retagged, "tagged differently"),
    ):
        st.markdown(f"**{amount(len(ids), 'piece')}** {words}")
        if ids:
            titles = [plain(p.title) for p in library.pieces(workspace, ids[:SHOWN_TITLES])]
            more = f" and {len(ids) - SHOWN_TITLES:,} more" if len(ids) > SHOWN_TITLES else ""
            st.caption("; ".join(titles) + more)


# --- files --------------------------------------------------------------------------------------


def carry(workspace: Workspace, dataset: DatasetVersion | None) -> None:
    """A dataset as a file, out and in, one click away."""
    box = st.expander(
        "Take it elsewhere, or bring one in" if dataset else "Bring one in from elsewhere", icon=":material/swap_horiz:", on_change="rerun", key=f"{PLACE}.carry"
    )  # fmt: skip
    _follow(workspace)
    if box.open:
        with box, frame.errors():
            if dataset:
                _out(workspace, dataset)
            _in(workspace)


def _out(workspace: Workspace, dataset: DatasetVersion) -> None:
    st.download_button(
        f"Download {dataset.id}", lambda: portable.exported(workspace, dataset.id),
        file_name=f"{dataset.name}-{dataset.version}.zip", mime="application/zip",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.caption(
        "One file with the music, tags and licences. Read into another workbench, it keeps its fingerprint. Check the licences before you give it to others."
    )


def _in(workspace: Workspace) -> None:
    uploaded = st.file_uploader(
        "Bring in a dataset file", type=["zip"], key=f"{PLACE}.file", max_upload_size=MOST_MEGABYTES
    )
    if uploaded and st.button("Take it in", key=f"{PLACE}.take"):
        job = portable.take_bytes(workspace, uploaded.getvalue())
        activity.launch(workspace, job)
        following.begin(workspace, PLACE, job, "taking")
        st.rerun()


def _follow(workspace: Workspace) -> None:
    """Show a taking in while it lasts, and open what it brought."""
    waited_for = session().notes(PLACE).get("taking")
    job = following.follow(workspace, PLACE, "taking")
    if job is None or waited_for is None:
        return
    following.failure(job)
    if job.state == "done":
        with frame.errors():
            session().dataset = portable.taken(workspace, waited_for).id
            st.toast(f"{session().dataset} is here.", icon=":material/check:")
            st.rerun()
