"""The table of runs; a click on a row opens one."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench.core.runs import TrainingRun
from workbench.ui.state import session
from workbench.ui.training_view import STATES, name_of
from workbench.ui.words import moment


def table(runs: Sequence[TrainingRun]) -> None:
    """Every run, the newest first."""
    st.caption("Click a row to see its curves, its settings and what it is worth.")
    rows = [
        {
            "Run": name_of(run),
            "State": STATES[run.state][0],
            "Epochs": run.epoch,
            "Validation loss": run.best_loss,
            "Held-out": _held_out(run, "test"),
            "n-gram": _held_out(run, "baseline"),
            "Begun": moment(run.created),
            "Id": run.id,
        }
        for run in runs
    ]
    nats = "Nats a quarter note on pieces never heard; less is better"
    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content" if len(rows) <= 20 else 700,
        key="runs.table",
        placeholder="–",
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "Validation loss": st.column_config.NumberColumn(
                format="%.3f", help="Nats a token at the best epoch; less is better"
            ),
            "Held-out": st.column_config.NumberColumn(format="%.3f", help=nats),
            "n-gram": st.column_config.NumberColumn(
                format="%.3f", help=f"The baseline beside it. {nats}"
            ),
        },
        alt="Runs",
    )
    if event.selection.cells:
        session().run = runs[event.selection.cells[0][0]].id
        st.rerun()


def close() -> None:
    """Back to the table."""
    session().run = None


def _held_out(run: TrainingRun, name: str) -> float | None:
    return run.evaluation.get(name, {}).get("nats_per_quarter")
