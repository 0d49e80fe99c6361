"""The part of the Compose form for models with a latent space: tunes to vary, to blend and to reckon with, and sliders."""

import streamlit as st

from workbench.core.records import from_json, to_json
from workbench.core.specs import ComposeRequest, LatentRequest, Tune
from workbench.services import latents, models
from workbench.services.models import Model
from workbench.ui.beginning import Beginning
from workbench.ui.state import session
from workbench.ui.tune_picker import PLACE, TunePicker
from workbench.workspace import Workspace

TOWARD = TunePicker(
    "toward", "Tune to go to",
    "A second tune in the same meter; the piece lies between the two. Left empty, it keeps to the first.",
)  # fmt: skip
MINUS = TunePicker("minus", "Less like", "What is distinctive about this tune is removed.")
PLUS = TunePicker("plus", "More like", "What is distinctive about this tune is added.")
PICKERS = {"toward": TOWARD, "minus": MINUS, "plus": PLUS}
SLIDERS = {
    "density": ("Density", "More notes, or fewer"),
    "pitch": ("Pitch", "Higher, or lower"),
    "range": ("Range", "Wider or narrower between lowest and highest note"),
    "syncopation": ("Syncopation", "More or fewer notes that start off the beat and sound across it"),
}  # fmt: skip


def take_in(workspace: Workspace) -> None:
    """Note the files that were read. Before the form is drawn."""
    for picker in PICKERS.values():
        picker.take_in(workspace)


def remembered(request: ComposeRequest) -> None:
    """Put what a request asks of a latent space, but for the given tune, into the form. For a callback."""
    asked = request.latent or LatentRequest()
    for name, picker in PICKERS.items():
        picker.forget()
        if tune := getattr(asked, name):
            picker.remember(to_json(tune), tune.title or "A tune of that composition")
    joined = asked.joined if request.latent and not asked.given else True
    values = {"vary": asked.vary, "blend": asked.blend, "joined": joined}
    values |= {f"attribute.{name}": asked.attributes.get(name, 0.0) for name in SLIDERS}
    session().fill(PLACE, values)


def latent_form(workspace: Workspace, model: Model, task: str) -> None:
    """Ask for what to make of the tune that is given, or of nothing."""
    if task != "compose":
        st.slider(
            "From faithful to free", 0.0, 1.0, step=0.05, persist_state="session",
            key=session().widget(PLACE, "vary", 0.0 if task != "vary" else 0.3), help="0 keeps to the tune, 1 forgets it",
        )  # fmt: skip
    elif latents.knows_tunes(model):
        st.checkbox(
            "Phrases return", key=session().widget(PLACE, "joined", True), persist_state="session",
            help="Bars return as in real tunes and follow on from one another. Off, every few bars are made independently",
        )  # fmt: skip
    if task == "blend" and TOWARD.draw(workspace):
        chosen = session().value(PLACE, "blend", None)  # of a request, it may be any
        shares = {tenth / 10 for tenth in range(11)} | ({chosen} - {None})
        st.selectbox(
            "How far to go",
            [None, *sorted(shares)],
            key=session().widget(PLACE, "blend", None),
            format_func=_how_far,
            placeholder=_how_far(None),
            persist_state="session",
            help="0 is the first tune, 1 the second",
        )
    if task == "style":
        minus_box, plus_box = st.columns(2)
        with minus_box:
            MINUS.draw(workspace)
        with plus_box:
            PLUS.draw(workspace)
    with st.expander("Denser, higher, wider"):
        with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
            for name in latents.attributes(model):
                title, help = SLIDERS[name]
                st.slider(
                    title, -latents.FARTHEST, latents.FARTHEST, step=0.25, persist_state="session", help=help,
                    key=session().widget(PLACE, f"attribute.{name}", 0.0),
                )  # fmt: skip
        st.caption("In standard deviations of the music that the model learned from.")


def _how_far(blend: float | None) -> str:
    return "from one to the other over the piece" if blend is None else f"{blend:g}"


def with_latent(
    workspace: Workspace, request: ComposeRequest, found: Beginning | None, task: str
) -> ComposeRequest:
    """The request with what the form asks of the latent space."""
    model = models.get(workspace, request.model)
    amounts = {name: session().value(PLACE, f"attribute.{name}", 0.0) for name in SLIDERS}
    amounts = {name: float(amount) for name, amount in amounts.items() if amount}
    if found is None:
        joined = bool(session().value(PLACE, "joined", True))
        return latents.with_latent(request, LatentRequest(attributes=amounts, joined=joined))
    given = (
        from_json(Tune, found.music)
        if found.score is None
        else latents.tune(model, found.score, found.title)
    )
    wanted = {"blend": ("toward",), "style": ("minus", "plus")}.get(task, ())
    tunes = {
        name: _tune(workspace, model, PICKERS[name]) for name in wanted if PICKERS[name].is_given
    }
    blend = session().value(PLACE, "blend", None) if "toward" in tunes else None
    vary = float(session().value(PLACE, "vary", 0.0))
    latent = LatentRequest(
        given=given, **tunes, blend=blend, vary=vary, attributes=amounts, joined=False
    )
    return latents.with_latent(request, latent)


def _tune(workspace: Workspace, model: Model, picker: TunePicker) -> Tune:
    if "music" in picker.noted:
        return from_json(Tune, picker.noted["music"])
    return latents.tune(model, *picker.score(workspace))
