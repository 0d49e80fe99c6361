"""What an import did, while it lasts and afterwards: progress, counts by reason, every file, and a way to go on."""

import pandas as pd
import streamlit as st

from workbench.services import activity, importing
from workbench.store.imports import OUTCOMES
from workbench.store.jobs import Job
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

PLACE = "import"
REPORT_ROWS = 1000
_ICONS = {
    "failed": ":material/error:",
    "stopped": ":material/stop_circle:",
    "done": ":material/check:",
}
_EVERY = "Every file"
_WIDTH, _LETTERS = (
    290,
    40,
)  # pixels of a column of sentences, and the letters that surely stand in a line of it
_LINE, _ROUND, _MOST_LINES = 20, 15, 6  # pixels, pixels, lines


def last_import(workspace: Workspace, job: Job) -> None:
    """The newest import: followed while it lasts, a report afterwards, unfolded where something was refused before somebody's eyes."""
    notes = session().notes(PLACE)
    if not job.has_ended:
        notes["watched"] = job.id
        following.watch(workspace, job)
        return
    counts = importing.counts(workspace, job.id)
    words = ", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES if counts.get(name))
    label = f"{job.title}, {moment(job.ended)}: {words or 'nothing was read'}"
    is_partial = job.state == "done" and bool(counts.get("refused"))
    report = st.expander(
        plain(label), key=f"report.{job.id}", on_change="rerun",
        expanded=is_partial and notes.get("watched") == job.id,
        icon=":material/warning:" if is_partial else _ICONS.get(job.state),
    )  # fmt: skip
    if job.state != "done":
        st.button(
            "Go on with the rest",
            key=f"resume.{job.id}",
            icon=":material/play_arrow:",
            on_click=_resume,
            args=(workspace, job.id),
        )
    if report.open:
        with report:
            following.failure(job)
            _report(workspace, job)


def _resume(workspace: Workspace, job: str) -> None:
    with frame.errors():
        importing.resume(workspace, job)
        activity.launch(workspace, job)


def _report(workspace: Workspace, job: Job) -> None:
    reasons = [row for row in importing.reasons(workspace, job.id) if row["files"]]
    if not reasons:
        st.caption("Every file of it was in the library already.")
        return
    options = {_EVERY: ("", None)} | {
        f"{row['outcome']}: {row['kind']} ({row['files']:,})": (row["outcome"], row["kind"])
        for row in reasons
        if row["kind"]
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Show", list(options), key=f"report.filter.{job.id}")
        st.download_button(
            "CSV",
            lambda: importing.report_csv(workspace, job.id),
            file_name=f"import-{job.id}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"report.csv.{job.id}",
        )
    outcome, kind = options[chosen or _EVERY]
    _table(workspace, job, outcome, kind)


def _table(workspace: Workspace, job: Job, outcome: str, kind: str | None) -> None:
    outcomes = (outcome,) if outcome else OUTCOMES
    rows = importing.report(workspace, job.id, outcomes=outcomes, kind=kind, limit=REPORT_ROWS + 1)
    if len(rows) > REPORT_ROWS:
        st.caption(f"The first {amount(REPORT_ROWS, 'file')}; the CSV holds them all.")
    table = pd.DataFrame(
        [[row.name, row.outcome, row.pieces, row.reason, row.remedy] for row in rows[:REPORT_ROWS]],
        columns=["Name", "Outcome", "Pieces", "Reason", "What to do"],
    )
    st.dataframe(
        table,
        hide_index=True,
        row_height=_row_height(table),
        key=f"report.table.{job.id}",
        column_config={
            "Name": st.column_config.TextColumn(width=150),
            "Outcome": st.column_config.TextColumn(width=85),
            "Pieces": st.column_config.NumberColumn(width=65),
            "Reason": st.column_config.TextColumn(width=_WIDTH),
            "What to do": st.column_config.TextColumn(width=_WIDTH),
        },
        alt="What became of each file",
    )


def _row_height(table: pd.DataFrame) -> int:
    """Pixels in which the longest reason and remedy can be read whole, in up to ``_MOST_LINES`` lines."""
    texts = [*table["Reason"], *table["What to do"]]
    lines = max((-(-len(text) // _LETTERS) for text in texts), default=1)
    return _LINE * min(lines, _MOST_LINES) + _ROUND
