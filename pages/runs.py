"""Runs: every training, what it is worth beside the others, and all that is known of one."""

import streamlit as st

from workbench.services import training
from workbench.ui import (
    chosen,
    frame,
    run_browsing,
    run_comparison,
    run_files,
    run_queue,
    samples_view,
    training_view,
)

with frame.page("runs") as workspace:
    run = chosen.looked_up("run", lambda name: training.get(workspace, name))
    if run is not None:
        st.button("All runs", icon=":material/arrow_back:", on_click=run_browsing.close)
        training_view.live(workspace, run.id, place="runs")
        samples_view.show(workspace, run)
        training_view.details(workspace, run)
        run_browsing.care(workspace, run)
    elif training.count(workspace):
        run_queue.show(workspace)
        run_browsing.browse(workspace)
        run_comparison.power(workspace)
        run_files.bring(workspace)
    else:
        frame.empty(
            "**Nothing has been trained here yet.** A run keeps the curves, the settings and the figures of one training.",
            target="train", label="Train a model",
        )  # fmt: skip
        run_files.bring(workspace)
