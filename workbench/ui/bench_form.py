"""The form that puts models on the bench."""

import streamlit as st

from workbench.core.bench import BenchSpec
from workbench.services import benches, datasets, models
from workbench.services.models import Model
from workbench.ui import chosen, frame
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "bench"
COUNTS = {
    0: "none, prediction only", 10: "10, for a first look", 40: "40", 100: "100", 200: "200, for a paper",
}  # fmt: skip
USUAL_MODELS = 3


def show(workspace: Workspace) -> None:
    """Which models, on which music, how many pieces."""
    found = {model.name: model for model in models.available(workspace)}
    ids = datasets.ids(workspace)
    start = chosen.dataset(workspace)
    dataset = st.selectbox(
        "Held-out music", ids, key=session().widget(PLACE, "dataset", start), persist_state="session",
        help="Models predict the test pieces of this dataset, and what they compose is compared with them",
    )  # fmt: skip
    names = st.multiselect(
        "Models", list(found), key=session().widget(PLACE, "models", _usual(workspace, found, dataset)),
        format_func=lambda name: _said(found[name]), persist_state="session", placeholder="at least one",
    )  # fmt: skip
    count: int = st.select_slider(
        "Pieces per model", list(COUNTS), key=session().widget(PLACE, "pieces", 40),
        format_func=lambda number: COUNTS[number], persist_state="session",
        help="In the keys, meters and lengths of the held-out pieces, so that only the music differs. About a second each for a tune, four for a chorale",
    )  # fmt: skip
    with st.expander("More choices"):
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, key=session().widget(PLACE, "seed", 0), persist_state="session", width=180,
            help="Same seed, same pieces",
        )  # fmt: skip
        unheard = st.toggle(
            "Only pieces none of these models has heard",
            key=session().widget(PLACE, "unheard", False),
            persist_state="session",
            help="A model that has heard a held-out piece, or one of its family, gets a warning instead of a figure. This leaves "
            "such pieces out for every model",
        )
    if st.button("Measure", type="primary", icon=":material/balance:", disabled=not names or not dataset):  # fmt: skip
        spec = BenchSpec(str(dataset), tuple(names), int(count), int(seed), "test", unheard)
        with st.spinner("Laying out the music …"):
            bench = benches.enqueue(workspace, spec)
            benches.launch(workspace, bench)
        session().notes(PLACE)["waiting"] = bench
        session().bench = None
        st.rerun()


def _usual(workspace: Workspace, found: dict[str, Model], dataset: str | None) -> list[str]:
    """The newest models that were trained on this dataset, else what there is."""
    trained = [each.id for each in benches.trained_on(workspace, dataset)] if dataset else []
    ranked = [name for name in trained if name in found] or list(found)
    return ranked[:USUAL_MODELS]


def _said(model: Model) -> str:
    kind = "comes with the app" if model.is_bundled else model.name
    return f"{model.title} ({kind})"


def nothing_to_compare(workspace: Workspace) -> bool:
    """Say what is missing before anything can be measured; whether something is."""
    if not datasets.ids(workspace):
        frame.empty(
            "**There is no held-out music to measure with yet.** A dataset keeps some pieces back, which no model trains on.",
            target="datasets", label="Build a dataset",
        )  # fmt: skip
        return True
    return False
