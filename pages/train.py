"""Train: let a model learn from a dataset, and watch it."""

import streamlit as st

from workbench.services import datasets, training
from workbench.ui import chosen, frame, samples_view, training_form, training_view

with frame.page("train") as workspace:
    run = chosen.looked_up("run", lambda name: training.get(workspace, name))
    if run is not None:
        training_view.live(workspace, run.id, place="train")
        samples_view.show(workspace, run)
    if not datasets.ids(workspace):
        frame.empty(
            "**There is no dataset to learn from yet.** A dataset says which pieces a model learns from, and "
            "which it is tested on.",
            target="datasets", label="Build a dataset",
        )  # fmt: skip
    elif run is None:
        training_form.training_form(workspace)
    else:
        with st.expander("Train another model", icon=":material/add:"), frame.errors():
            training_form.training_form(workspace)
