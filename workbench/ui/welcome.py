"""The welcome screen: a tune at a click, how much is here, and what to do next."""

from dataclasses import dataclass

import streamlit as st

from workbench.core.specs import ComposeRequest
from workbench.services import composing, overview, steering
from workbench.services.overview import Counts
from workbench.ui import composition, frame
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

BARS = 8
PLACE = "home"


def compose(workspace: Workspace) -> None:
    """One button that composes with the first bundled model, and what it composed."""
    model = overview.first_model(workspace)
    if model is None:
        frame.empty(
            "No model here can compose yet. Train one: load a collection of music, build a dataset "
            "from it, and let a model learn.",
            target="library",
            label="Begin with music",
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button("Compose a tune", type="primary", icon=":material/music_note:")
        st.caption(f"{BARS} bars with the model {plain(model.title)}, new at every click.")
    notes = session().notes(PLACE)
    if pressed:
        request = ComposeRequest(
            model.name,
            bars=BARS,
            seed=composing.fresh_seed(),
            **steering.usual(model.card),
            **steering.usual_chances(model.card),
        )
        composition.compose(workspace, PLACE, request)
    composition.settle(workspace, PLACE)
    if "composed" in notes:
        with frame.errors():
            composition.view(workspace, composing.get(workspace, notes["composed"]), place=PLACE)


@dataclass(frozen=True)
class Step:
    """A stage of the work: how much of it is here, and what one can do there."""

    title: str
    number: int
    page: str
    label: str
    sentence: str


def steps(here: Counts) -> None:
    """The way from music to music, with what is here and what to do next."""
    st.subheader("From music to music", anchor=False)
    stages = _steps(here)
    following = next((stage for stage in stages[:3] if stage.number == 0), None)
    with st.grid(4, min_column_width=220):
        for stage in stages:
            with st.container(border=True, height="stretch"):
                with st.container(horizontal=True, vertical_alignment="top"):
                    st.metric(stage.title, f"{stage.number:,}")
                    if stage is following:
                        st.badge("next step", color="violet")
                st.markdown(stage.sentence)
                st.space("stretch")
                frame.link(stage.page, stage.label, icon=":material/arrow_forward:")


def _steps(here: Counts) -> list[Step]:
    """Four stages; what each invites to depends on whether anything is there."""
    pieces = ("Open the library", "Look at every piece, hear it, tag it.")
    datasets = ("Open the datasets", "Fixed choices of pieces to learn from and to be tested on.")
    runs = ("Compare the runs", "See how well your models predict music they never heard.")
    compositions = ("Listen again", "Everything that was composed is kept.")
    if not here.pieces:
        pieces = ("Bring in music", "Load a public collection, or files of your own.")
    if not here.datasets:
        datasets = ("Build a dataset", "Choose the pieces a model learns from.")
    if not here.compositions:
        compositions = ("Compose", "Choose key, meter and length, or give the beginning.")
    target = "runs" if here.runs else "train"
    if not here.runs:
        runs = ("Train a model", "Let a model learn, and watch its loss fall.")
    return [
        Step("Pieces", here.pieces, "library", *pieces),
        Step("Datasets", here.datasets, "datasets", *datasets),
        Step("Runs", here.runs, target, *runs),
        Step(
            "Compositions",
            here.compositions,
            "compositions" if here.compositions else "compose",
            *compositions,
        ),
    ]
