"""A bench to take along: the table, its chart, and a report."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from workbench.metrics.leaderboard import Leaderboard
from workbench.services import activity, bench_reports
from workbench.ui import following, frame
from workbench.ui.bench_form import PLACE
from workbench.ui.run_comparison import FORMS
from workbench.ui.state import session
from workbench.workspace import Workspace

_JOB = "report"
REPORTS = {"html": "Report (HTML)", "pdf": "Report (PDF)", "svg": "Chart (SVG)", "png": "Chart (PNG)"}  # fmt: skip


def downloads(
    workspace: Workspace, board: Leaderboard, *, together: bool, names: Sequence[str], figures: Sequence[str]
) -> None:  # fmt: skip
    """A button for each form of the table, and one that has a report made."""
    if job := following.follow(workspace, PLACE, _JOB):
        following.failure(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for form, (title, ending) in FORMS.items():
            st.download_button(
                title, partial(_encoded, board, form), file_name=f"bench.{ending}", key=f"{PLACE}.download.{form}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip
        _report(workspace, board.bench.id, names, figures, together=together)


def _report(
    workspace: Workspace,
    bench: str,
    names: Sequence[str],
    figures: Sequence[str],
    *,
    together: bool,
) -> None:
    form: str = st.selectbox(
        "Report or chart", list(REPORTS), key=session().widget(PLACE, "report", "html"), persist_state="session",
        format_func=lambda each: REPORTS[each], label_visibility="collapsed", width=190,
    )  # fmt: skip
    file = bench_reports.made(workspace, bench, form, names, figures, together=together)
    if file is not None:
        st.download_button(
            "Download", file.read_bytes, file_name=f"bench.{form}", mime=bench_reports.MIME[form],
            key=f"{PLACE}.report.{form}", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    elif st.button("Make it", key=f"{PLACE}.report.make", icon=":material/description:"):
        with frame.errors():
            job = bench_reports.enqueue(workspace, bench, form, names, figures, together=together)
            activity.launch(workspace, job)
            following.begin(workspace, PLACE, job, _JOB)
            st.rerun()


def _encoded(board: Leaderboard, form: str) -> bytes:
    """With the mark that spreadsheets look for, where it is for them."""
    return board.table(form).encode("utf-8-sig" if form == "csv" else "utf-8")
