"""Leakage on a page: the pairs that a split parts, with their scores side by side."""

import streamlit as st

from workbench.core.dataset import DatasetVersion
from workbench.services import leakage, library
from workbench.services.leakage import Leak, LeakageReport
from workbench.ui import frame, result, rows
from workbench.ui.dataset_view import PLACE, SPLIT_TITLES
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

SHOWN_PAIRS = 500
OURS, OUTSIDE = "this dataset", "a split from elsewhere"
WHY = {
    "same piece": "one piece in two splits",
    "joined": "joined by hand",
    "same tune": "the same music, perhaps in another key",
    "same title": "the same title in one collection",
    "near": "alike",
}


def leaks(workspace: Workspace, dataset: DatasetVersion) -> None:
    """Whether test pieces can be known from training pieces, one click away."""
    box = st.expander(
        "Leakage: is the test fair?", icon=":material/water_drop:", on_change="rerun", key=f"{PLACE}.leaks"
    )  # fmt: skip
    if box.open:
        with box, frame.errors():
            _leaks(workspace, dataset)


def _leaks(workspace: Workspace, dataset: DatasetVersion) -> None:
    which = st.segmented_control(
        "Look at", [OURS, OUTSIDE], default=OURS, required=True, key=f"{PLACE}.leaks.which"
    )
    if which == OURS:
        report = leakage.of_dataset(workspace, dataset.id)
    else:
        text = _uploaded()
        if not text:
            return
        report = leakage.of_csv(workspace, text)
    _report(workspace, report)


def _uploaded() -> str:
    """A split from elsewhere, as CSV."""
    st.caption(
        "A CSV file with the columns **split** (train, valid, test) and one of **id**, **source** or **title**."
    )
    uploaded = st.file_uploader(
        "Split", type=["csv"], key=f"{PLACE}.leaks.file", max_upload_size=20
    )
    return uploaded.getvalue().decode("utf-8", errors="replace") if uploaded else ""


def _report(workspace: Workspace, report: LeakageReport) -> None:
    if report.unmatched:
        with st.popover(f"{amount(len(report.unmatched), 'line')} not understood"):
            st.text("\n".join(report.unmatched[:SHOWN_PAIRS]))
    if not report.leaks:
        st.success(
            f"No pair leaks among {amount(report.pieces, 'piece')}: no two that are alike are in different splits.",
            icon=":material/check:",
        )
        return
    st.warning(
        f"{amount(len(report.leaks), 'pair leaks', 'pairs leak')} among {amount(report.pieces, 'piece')}. "
        f"{amount(report.leaking, 'piece')} outside the training split can be guessed from another split, so scores on them flatter a model.",
        icon=":material/water_drop:",
    )
    shown = report.leaks[:SHOWN_PAIRS]
    named = {f"{leak.first}/{leak.second}": leak for leak in shown}
    notes = session().notes(PLACE)
    rows.table(
        [_row(leak) for leak in shown],
        list(named),
        key=f"{PLACE}.leaks",
        alt="Pairs that leak",
        columns={
            "Alike": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")
        },
        on_open=lambda leak: notes.update(leak=leak),
        most_pixels=300,
    )
    if notes.get("leak") in named:
        _side_by_side(workspace, named[notes["leak"]])


def _row(leak: Leak) -> dict[str, object]:
    titles = [
        f"{title} ({SPLIT_TITLES[s]})" for title, s in zip(leak.titles, leak.splits, strict=True)
    ]
    return {
        "One": titles[0],
        "The other": titles[1],
        "Alike": round(leak.similarity, 2),
        "Why": WHY[leak.why],
    }


def _side_by_side(workspace: Workspace, leak: Leak) -> None:
    sides = zip(st.columns(2), (leak.first, leak.second), leak.titles, leak.splits, strict=True)
    for place, piece, title, split in sides:
        with place:
            st.markdown(f"**{plain(title)}** · {SPLIT_TITLES[split]}")
            result.music(
                workspace, library.score(workspace, piece), name=f"leak.{piece}", title=title
            )
            frame.link("library", "Open in the library", piece=piece)
