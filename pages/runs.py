"""Runs: every training, and all that is known of one."""

import streamlit as st

from workbench.services import training
from workbench.ui import chosen, frame, run_table, training_view

with frame.page("runs") as workspace:
    run = chosen.looked_up("run", lambda name: training.get(workspace, name))
    runs = training.runs(workspace)
    if run is not None:
        st.button("All runs", icon=":material/arrow_back:", on_click=run_table.close)
        training_view.live(workspace, run.id, place="runs")
        training_view.details(workspace, run)
    elif runs:
        run_table.table(runs)
    else:
        frame.empty(
            "**Nothing has been trained here yet.** A run keeps the curves, the settings and the figures of one training.",
            target="train", label="Train a model",
        )  # fmt: skip
