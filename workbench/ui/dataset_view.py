"""Datasets on a page: making one from a query, and what one holds."""

import numpy as np
import streamlit as st

from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.services import datasets, library
from workbench.ui import browsing, charts, frame
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

PLACE = "datasets"
SPLIT_WORDS = {
    "80/10/10": "80 / 10 / 10, the usual",
    "70/15/15": "70 / 15 / 15, for small collections",
    "90/5/5": "90 / 5 / 5, for large ones",
}
SHOWN_TITLES = 30


def new(workspace: Workspace, *, is_first: bool) -> None:
    """The form of a new dataset, folded away once there is one."""
    # Another key for the first: so the form closes when it has done its work.
    form = st.expander(
        "New dataset", is_first, icon=":material/add:", on_change="rerun",
        key=f"{PLACE}.first" if is_first else f"{PLACE}.new",
    )  # fmt: skip
    if form.open:
        with form, frame.errors():
            _create(workspace)


def _create(workspace: Workspace) -> None:
    query = browsing.query_box(PLACE)
    total = library.search(workspace, query, limit=0)[1]
    st.caption(f"{amount(total, 'piece matches', 'pieces match')} at present.")
    if total:
        _distributions(
            {field: library.facets(workspace, field, query, limit=500) for field in _FIELDS},
            "query",
        )
    name_box, split_box, seed_box = st.columns([2, 2, 1], vertical_alignment="bottom")
    name = name_box.text_input(
        "Name", key=session().widget(PLACE, "name", ""), persist_state="session",
        placeholder="jigs in D", max_chars=60,
    )  # fmt: skip
    split = split_box.selectbox(
        "Train / valid / test, in per cent", list(SPLIT_WORDS), key=session().widget(PLACE, "split", "80/10/10"),
        format_func=lambda value: SPLIT_WORDS.get(value, value), accept_new_options=True, persist_state="session",
        help="A model learns from the training pieces, is watched on the validation pieces, and judged on the test "
        "pieces. Versions of one tune always stay together.",
    )  # fmt: skip
    seed = seed_box.number_input(
        "Seed", 0, 2**31 - 1, key=session().widget(PLACE, "seed", 0), persist_state="session",
        help="Another seed deals the pieces differently",
    )  # fmt: skip
    if st.button("Create dataset", type="primary", disabled=total == 0):
        made = datasets.create(
            workspace, name or "", query=query, split=split or "80/10/10", seed=int(seed or 0)
        )
        session().dataset = made.id
        st.rerun()


_FIELDS = {"key": "Key", "meter": "Meter", "bars": "Bars"}


def _distributions(counts: dict[str, dict[str, int]], key: str) -> None:
    """Keys, meters and lengths, side by side."""
    for place, (field, label) in zip(st.columns(3), _FIELDS.items(), strict=True):
        with place:
            if field == "bars":
                lengths = np.repeat(
                    [_number(value) for value in counts[field]], list(counts[field].values())
                )
                figure = charts.histogram(lengths.tolist(), label=label)
            else:
                figure = charts.distribution(counts[field], label=label, most=8)
            charts.show(
                figure,
                key=f"{PLACE}.{key}.{field}",
                alt=f"How many pieces have which {label.lower()}",
            )


def _number(value: str) -> float:
    return float(value) if value.isdecimal() else float("nan")


# --- one dataset ------------------------------------------------------------------------------


def view(workspace: Workspace, dataset: DatasetVersion) -> None:
    """What a dataset version holds."""
    with st.grid(4, min_column_width=130):
        st.metric("Pieces", f"{len(dataset.pieces):,}", border=True)
        for split in SPLITS:
            st.metric(_SPLIT_TITLES[split], f"{len(dataset.members(split)):,}", border=True)
    if len(dataset.pieces) < datasets.SMALL_PIECES:
        st.warning(
            f"This is a small dataset. With fewer than {datasets.SMALL_PIECES} pieces a model learns them by "
            "heart rather than learning from them: look for the validation loss to rise early."
        )
    frame.link(
        "train", "Train with this dataset", icon=":material/arrow_forward:", dataset=dataset.id
    )
    shown = st.segmented_control(
        "Shown", ["all", *SPLITS], default="all", required=True, key=f"{PLACE}.shown",
        label_visibility="collapsed", format_func=lambda name: _SPLIT_TITLES.get(name, "All pieces"),
    )  # fmt: skip
    _distributions(
        {field: _counted(workspace, dataset, field, shown) for field in _FIELDS}, "dataset"
    )
    _facts(workspace, dataset)


_SPLIT_TITLES = {"train": "Training", "valid": "Validation", "test": "Test"}


def _counted(
    workspace: Workspace, dataset: DatasetVersion, field: str, shown: str
) -> dict[str, int]:
    """Values of a field over one split, or over all."""
    total: dict[str, int] = {}
    for split, counts in datasets.distribution(workspace, dataset, field).items():
        if shown in (split, "all"):
            for value, count in counts.items():
                total[value] = total.get(value, 0) + count
    return total


def _facts(workspace: Workspace, dataset: DatasetVersion) -> None:
    licences = datasets.licences_of(workspace, dataset)
    shareable = datasets.is_shareable(workspace, dataset)
    query = f"`{dataset.query.replace('`', '')}`" if dataset.query.strip() else "all pieces"
    ratios = "/".join(map(str, dataset.ratios))
    kinds = ", ".join(f"{plain(name)} ({amount(n, 'piece')})" for name, n in licences.items())
    sharing = (
        "A model that learned from it may be given to others."
        if shareable
        else "Not every licence is known to allow giving away a model that learned from it."
    )
    st.markdown(
        f"**Made** {moment(dataset.created)} from {query}, split {ratios} with seed {dataset.seed}.  \n"
        f"**Licences** {kinds}. {sharing}  \n"
        f"**Fingerprint** `{dataset.fingerprint}`"
    )
    st.caption(
        "The fingerprint is the same on every machine for the same music and the same choices. A dataset never "
        "changes: a new one of the same name is its next version."
    )


def changes(workspace: Workspace, dataset: DatasetVersion, others: list[str]) -> None:
    """What changed from another version to this one, one click away."""
    box = st.expander(
        "What changed between two datasets", on_change="rerun", key=f"{PLACE}.changes"
    )
    if box.open:
        with box, frame.errors():
            _compare(workspace, dataset, others)


def _compare(workspace: Workspace, dataset: DatasetVersion, others: list[str]) -> None:
    old = st.selectbox("Compare with", others, key=f"{PLACE}.compare")
    change = datasets.difference(workspace, old, dataset.id)
    for ids, words in (
        (change.added, "added"),
        (change.removed, "taken away"),
        (change.moved, "moved to another split"),
    ):
        st.markdown(f"**{amount(len(ids), 'piece')}** {words}")
        if ids:
            titles = [plain(p.title) for p in library.pieces(workspace, ids[:SHOWN_TITLES])]
            more = f" and {len(ids) - SHOWN_TITLES:,} more" if len(ids) > SHOWN_TITLES else ""
            st.caption("; ".join(titles) + more)
