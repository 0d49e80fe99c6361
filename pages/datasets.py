"""Datasets: from a query to a fixed selection of pieces, and what each selection holds."""

import streamlit as st

from workbench.services import datasets, overview
from workbench.ui import (
    chosen,
    dataset_builder,
    dataset_versions,
    dataset_view,
    family_view,
    frame,
    leakage_view,
)
from workbench.ui.state import session

with frame.page("datasets") as workspace:
    ids = datasets.ids(workspace)
    has_music = overview.counts(workspace).pieces > 0
    if not ids and not has_music:
        frame.empty(
            "**There is no music to choose from yet.** Bring some into the library first.",
            target="library", label="Open the library",
        )  # fmt: skip
    else:
        dataset_builder.new(workspace, is_first=not ids)
    dataset = None
    if ids:
        current = chosen.dataset(workspace)
        picked = st.selectbox("Dataset", ids, index=ids.index(current or ids[0]))
        session().dataset = picked
        dataset = dataset_view.version(workspace, picked)
        dataset_view.view(workspace, dataset)
        dataset_versions.change(workspace, dataset)
        others = [each for each in ids if each != picked]
        if others:
            dataset_versions.changes(workspace, dataset, others)
        leakage_view.leaks(workspace, dataset)
    if has_music:
        family_view.view(workspace)
    dataset_versions.carry(workspace, dataset)
