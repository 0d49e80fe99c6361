"""The part of the Compose form for models with a latent space: tunes to vary, to blend and to reckon with, and sliders."""

import streamlit as st

from workbench.core.records import from_json, to_json
from workbench.core.specs import ComposeRequest, LatentRequest, Tune
from workbench.services import latents, models
from workbench.services.models import Model
from workbench.ui.state import session
from workbench.ui.tune_picker import PLACE, TunePicker
from workbench.workspace import Workspace

GIVEN = TunePicker(
    "tune", "Tune to begin with",
    "The model makes another of it, as long as it is. Left empty, it composes from nothing.",
)  # fmt: skip
TOWARD = TunePicker(
    "toward", "Tune to go to",
    "A second tune in the same meter: the piece lies between the two. Left empty, there is one.",
)  # fmt: skip
MINUS = TunePicker("minus", "Minus", "What this tune is like is taken away.")
PLUS = TunePicker("plus", "Plus", "What this tune is like is added.")
PICKERS = {"given": GIVEN, "toward": TOWARD, "minus": MINUS, "plus": PLUS}
SLIDERS = {
    "density": ("Density", "More notes, or fewer"),
    "pitch": ("Pitch", "Higher, or lower"),
    "range": ("Range", "Wider from the lowest note to the highest, or narrower"),
    "syncopation": ("Syncopation", "More notes that begin off the beat and sound beyond it, or fewer"),
}  # fmt: skip


def take_in(workspace: Workspace) -> None:
    """Note the files that were read. Before the form is drawn."""
    for picker in PICKERS.values():
        picker.take_in(workspace)


def remembered(request: ComposeRequest) -> None:
    """Put what a request asks of a latent space into the form. For a callback."""
    asked = request.latent or LatentRequest()
    for name, picker in PICKERS.items():
        picker.forget()
        if tune := getattr(asked, name):
            picker.remember(to_json(tune), tune.title or "A tune of that composition")
    values = {"vary": asked.vary, "blend": asked.blend}
    values |= {f"attribute.{name}": asked.attributes.get(name, 0.0) for name in SLIDERS}
    session().fill(PLACE, values)


def latent_form(workspace: Workspace, model: Model) -> None:
    """Ask for the tune to begin with, and for what to make of it."""
    if GIVEN.draw(workspace):
        st.slider(
            "Vary", 0.0, 1.0, step=0.05, key=session().widget(PLACE, "vary", 0.0),
            persist_state="session", help="0 keeps to the tune, 1 forgets it",
        )  # fmt: skip
        if TOWARD.draw(workspace):
            chosen = session().value(PLACE, "blend", None)  # of a request, it may be any
            shares = {tenth / 10 for tenth in range(11)} | ({chosen} - {None})
            st.selectbox(
                "How far to go",
                [None, *sorted(shares)],
                key=session().widget(PLACE, "blend", None),
                format_func=_how_far,
                persist_state="session",
                help="0 is the first tune, 1 the second",
            )
    with st.expander("Denser, higher, wider; one tune minus another"):
        with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
            for name in latents.attributes(model):
                title, help = SLIDERS[name]
                st.slider(
                    title, -latents.FARTHEST, latents.FARTHEST, step=0.25, persist_state="session", help=help,
                    key=session().widget(PLACE, f"attribute.{name}", 0.0),
                )  # fmt: skip
        st.caption("In standard deviations of the music that the model learned from.")
        if GIVEN.is_given:
            MINUS.draw(workspace)
            PLUS.draw(workspace)


def _how_far(blend: float | None) -> str:
    return "from one to the other, in the course of the piece" if blend is None else f"{blend:g}"


def with_latent(workspace: Workspace, request: ComposeRequest) -> ComposeRequest:
    """The request with what the form asks of the latent space."""
    model = models.get(workspace, request.model)
    amounts = {name: session().value(PLACE, f"attribute.{name}", 0.0) for name in SLIDERS}
    amounts = {name: float(amount) for name, amount in amounts.items() if amount}
    if not GIVEN.is_given:
        return latents.with_latent(request, LatentRequest(attributes=amounts))
    tunes = {
        name: _tune(workspace, model, picker) for name, picker in PICKERS.items() if picker.is_given
    }
    blend = session().value(PLACE, "blend", None) if "toward" in tunes else None
    vary = float(session().value(PLACE, "vary", 0.0))
    latent = LatentRequest(**tunes, blend=blend, vary=vary, attributes=amounts)
    return latents.with_latent(request, latent)


def _tune(workspace: Workspace, model: Model, picker: TunePicker) -> Tune:
    if "music" in picker.noted:
        return from_json(Tune, picker.noted["music"])
    return latents.tune(model, *picker.score(workspace))
