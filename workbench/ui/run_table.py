"""The table of runs; a click on a row opens one."""

from collections.abc import Sequence

import streamlit as st

from workbench.core.runs import TrainingRun
from workbench.ui import rows
from workbench.ui.state import session
from workbench.ui.training_view import STATES, name_of
from workbench.ui.words import moment

MOST_ROWS = 20  # a longer table scrolls


def table(runs: Sequence[TrainingRun]) -> None:
    """Every run, the newest first."""
    st.caption("Click a row to see its curves, its settings and what it is worth.")
    shown = [
        {
            "Run": f"{name_of(run)} ({run.id})",
            "State": STATES[run.state][0],
            "Epochs": run.epoch,
            "Validation loss": run.best_loss,
            "Held-out": _held_out(run, "test"),
            "n-gram": _held_out(run, "baseline"),
            "Begun": moment(run.created),
        }
        for run in runs
    ]
    nats = "Nats a quarter note on pieces never heard; less is better"
    rows.table(
        shown,
        [run.id for run in runs],
        key="runs",
        alt="Runs",
        columns={
            "Validation loss": st.column_config.NumberColumn(
                format="%.3f", help="Nats a token at the best epoch; less is better"
            ),
            "Held-out": st.column_config.NumberColumn(format="%.3f", help=nats),
            "n-gram": st.column_config.NumberColumn(
                format="%.3f", help=f"The baseline beside it. {nats}"
            ),
        },
        on_open=_open,
        most_pixels=None if len(runs) <= MOST_ROWS else 700,
    )


def _open(run: str) -> None:
    session().run = run


def close() -> None:
    """Back to the table."""
    session().run = None


def _held_out(run: TrainingRun, name: str) -> float | None:
    return run.evaluation.get(name, {}).get("nats_per_quarter")
