"""Datasets: from a query to a fixed selection of pieces, and what each selection holds."""

import streamlit as st

from workbench.services import datasets, overview
from workbench.ui import chosen, dataset_view, frame
from workbench.ui.state import session

with frame.page("datasets") as workspace:
    ids = [row["id"] for row in datasets.summaries(workspace)]
    if not ids and overview.counts(workspace).pieces == 0:
        frame.empty(
            "**There is no music yet to choose from.** Bring some into the library first.",
            target="library", label="Open the library",
        )  # fmt: skip
    else:
        dataset_view.new(workspace, is_first=not ids)
    if ids:
        current = chosen.dataset(workspace)
        picked = st.selectbox("Dataset", ids, index=ids.index(current or ids[0]))
        session().dataset = picked
        dataset = datasets.get(workspace, picked)
        dataset_view.view(workspace, dataset)
        others = [each for each in ids if each != picked]
        if others:
            dataset_view.changes(workspace, dataset, others)
