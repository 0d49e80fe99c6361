"""A model that went on learning: what that gained and what was forgotten; and new data that it could go on with."""

from typing import Any

import pandas as pd
import streamlit as st

from workbench.core.errors import UnknownName
from workbench.core.runs import ENDED, TrainingRun
from workbench.services import fine_tuning
from workbench.ui import frame
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

FIGURE = "nats_per_quarter"
TITLES = {"new": "What it learned", "old": "What it had learned before"}


def forgotten(run: TrainingRun) -> None:
    """The model before and after, on held-out music of the new and of the old dataset, where it went on from another."""
    found = run.evaluation.get("forgetting")
    if not found:
        return
    st.markdown("##### What it gained and what it forgot")
    measured = {name: found[name] for name in TITLES if name in found}
    rows = {
        f"{TITLES[name]}: {each['dataset']}": _row(each["before"], each["after"])
        for name, each in measured.items()
    }
    if rows:
        st.table(pd.DataFrame.from_dict(rows, orient="index"), border="horizontal")
    st.caption(" ".join(_remarks(run, found, measured)))


def _row(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    change = after[FIGURE] - before[FIGURE]
    return {
        "Before": f"{before[FIGURE]:.3f}",
        "After": f"{after[FIGURE]:.3f}",
        "Change": f"{change:+.3f}",
        "Test pieces": f"{after['pieces']:,}",
    }


def _remarks(run: TrainingRun, found: dict[str, Any], measured: dict[str, Any]) -> list[str]:
    words = [
        "Nats per quarter note on test pieces that are new to both models, as are their families; less is better."
    ]
    learned = run.evaluation.get("learned")
    if learned and run.parameters and learned < run.parameters:
        words.append(f"{learned:,} numbers were trained; the network has {run.parameters:,}.")
    if "old" not in measured:
        words.append(
            f"What {plain(str(run.spec.start_from))} was trained on is not here, or has no unheard test piece, so "
            "what was forgotten cannot be measured."
        )
    if not found["complete"]:
        words.append(
            "Not all that the model had heard before is known here: it may know some of these pieces."
        )
    return words


def new_data(workspace: Workspace, run: TrainingRun) -> None:
    """The way on where the dataset has grown since."""
    if run.state not in ENDED or run.best_loss is None:
        return
    try:
        grown = fine_tuning.growth(workspace, run.spec.dataset)
    except UnknownName:
        return  # the dataset is not here any more
    if grown is None or not _is_network(workspace, run):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{grown.dataset}** has {amount(grown.pieces, 'piece')} added since.")
        if st.button("Go on with the new pieces", icon=":material/library_add:"):
            session().fill("train", {"begin_with": run.id})
            session().dataset, session().run = grown.dataset, None
            frame.go("train", dataset=grown.dataset)


def _is_network(workspace: Workspace, run: TrainingRun) -> bool:
    return any(model.name == run.id for model in fine_tuning.beginnings(workspace))
