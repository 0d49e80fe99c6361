"""The welcome screen: a tune at a click, what to do next, and how much is here."""

import streamlit as st

from workbench.core.specs import ComposeRequest
from workbench.services import composing, overview
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
            "No model is here yet that could compose. Train one: load a collection of music, build a dataset "
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
        seed = composing.fresh_seed()
        composition.compose(workspace, PLACE, ComposeRequest(model.name, bars=BARS, seed=seed))
    composition.settle(workspace, PLACE)
    if "composed" in notes:
        with frame.errors():
            composition.view(workspace, composing.get(workspace, notes["composed"]), place=PLACE)


def counts(here: Counts) -> None:
    """How much is here."""
    st.subheader("What is here", anchor=False)
    with st.grid(4, min_column_width=130):
        for label, number in (
            ("Pieces", here.pieces),
            ("Datasets", here.datasets),
            ("Runs", here.runs),
            ("Compositions", here.compositions),
        ):
            st.metric(label, f"{number:,}", border=True)


def next_steps(here: Counts) -> None:
    """Up to four cards: the first things not done yet, then the things that are always worth doing."""
    st.subheader("What to do next", anchor=False)
    with st.grid(4, min_column_width=220):
        for name, label, sentence in _steps(here):
            with st.container(border=True, height="stretch"):
                st.markdown(sentence)
                st.space("stretch")
                frame.link(name, label, icon=":material/arrow_forward:")


def _steps(here: Counts) -> list[tuple[str, str, str]]:
    """Page, words of the link, and sentence."""
    steps = []
    if not here.pieces:
        steps.append(
            (
                "library",
                "Bring in music",
                "**Collect.** Load a public collection, or your own files.",
            )
        )
    elif not here.datasets:
        steps.append(
            (
                "datasets",
                "Build a dataset",
                "**Choose.** Say which pieces a model shall learn from.",
            )
        )
    elif not here.runs:
        steps.append(
            (
                "train",
                "Train a model",
                "**Train.** Let a model learn from your dataset, and watch it.",
            )
        )
    else:
        steps.append(
            (
                "runs",
                "Compare runs",
                "**Judge.** See how well your models foresee music they have not heard.",
            )
        )
    steps.append(
        (
            "compose",
            "Compose",
            "**Compose.** Choose key, meter, length and temper, or give the beginning.",
        )
    )
    if here.pieces:
        steps.append(
            (
                "library",
                "Browse the library",
                "**Look and listen.** Every piece can be seen and heard.",
            )
        )
    if here.compositions:
        steps.append(
            ("compositions", "Listen again", "**Listen.** Everything that was composed is kept.")
        )
    return steps
