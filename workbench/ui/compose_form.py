"""The form that asks for a composition."""

from dataclasses import replace

import streamlit as st

from workbench.controls import CONTROLS
from workbench.core.specs import ComposeRequest
from workbench.services import composing, giving, latents
from workbench.services.models import Model
from workbench.ui import chosen, composition, following, frame, latent_form, melody
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "compose"
PRIMER_HELP = """
The model goes on from what you give it. Write symbols, or send a file.

**A melody**: one symbol a step of the grid (usually four steps to a quarter note): a number is a
pitch (60 is middle C, 62 the D above), `_` holds it, `r` rests.

`60 _ 62 _ 64 _ _ _` is C, D, E: two eighths and a quarter.

**Four voices**: four symbols a step, soprano to bass; bars `|` between steps help the eye.

`72 67 64 48 | _ _ _ _` is a chord of C major, held.
"""


def compose_form(workspace: Workspace, available: list[Model]) -> None:
    """Model, length, temperature and the button; everything else is folded away."""
    _take_in_primer(workspace)
    melody.MELODY.take_in(workspace)
    latent_form.take_in(workspace)
    model_box, bars_box, temperature_box = st.columns([2, 1.4, 1.4], vertical_alignment="bottom")
    with model_box:
        model = _model(workspace, available)
    fills, has_space = giving.fills(model), latents.has_space(model)
    if fills:
        melody.melody_form(workspace)
    elif has_space:
        latent_form.latent_form(workspace, model)
    is_given = (fills and melody.MELODY.is_given) or (has_space and latent_form.GIVEN.is_given)
    takes_primer = not fills and not has_space
    bars = bars_box.slider(
        "Bars", 1, 64, key=session().widget(PLACE, "bars", 8), persist_state="session",
        disabled=is_given, help="As many as the given music has" if is_given else None,
    )  # fmt: skip
    temperature = temperature_box.slider(
        "Temperature", 0.1, 2.0, step=0.05, key=session().widget(PLACE, "temperature", 1.0),
        persist_state="session",
        help="Low: cautious, repeats itself. High: adventurous, stumbles. 1 is as the model learned it.",
    )  # fmt: skip
    beginning = "beginning, " if takes_primer else ""
    with st.expander(f"Key, meter, tempo, {beginning}seed"):
        request = _choices(model, bars, temperature)
        if takes_primer:
            request = replace(request, primer=_primer(workspace))
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Compose", type="primary", icon=":material/music_note:")
        is_new = st.toggle(
            "New seed each time", key=session().widget(PLACE, "fresh", True), persist_state="session",
            help="Off: the seed below is used, and the same settings give the same notes",
        )  # fmt: skip
    if pressed:
        if fills:
            request = melody.with_melody(workspace, request)
        elif has_space:
            request = latent_form.with_latent(workspace, request)
        _compose(workspace, request, is_new)


def _compose(workspace: Workspace, request: ComposeRequest, is_new: bool) -> None:
    if is_new:
        request = replace(request, seed=composing.fresh_seed())
    composition.compose(workspace, PLACE, request)


def _model(workspace: Workspace, available: list[Model]) -> Model:
    names = [model.name for model in available]
    titles = {model.name: model.title for model in available}
    current = chosen.model(workspace) or available[0]
    name = st.selectbox(
        "Model", names, index=names.index(current.name), format_func=lambda each: titles[each]
    )
    session().model = name
    return available[names.index(name)]


def _choices(model: Model, bars: int, temperature: float) -> ComposeRequest:
    heard = model.card.heard
    with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
        key = _heard("Key", f"key.{model.name}", heard.keys)
        meter = _heard("Meter", f"meter.{model.name}", heard.meters)
        tempo = st.number_input(
            "Tempo, quarters a minute", 20.0, 400.0, key=session().widget(PLACE, "tempo", None), step=4.0,
            placeholder=f"usual ({heard.tempo:.0f})", persist_state="session", format="%.0f",
        )  # fmt: skip
        seed = st.number_input(
            "Seed", 0, 2**31 - 1, key=session().widget(PLACE, "seed", 0), persist_state="session",
            help="Used when “New seed each time” is off",
        )  # fmt: skip
        top_k = st.number_input(
            "Top k", 0, 1000, key=session().widget(PLACE, "top_k", 0), persist_state="session",
            help="Draw among the k likeliest symbols only; 0 is all",
        )  # fmt: skip
        top_p = st.slider(
            "Top p", 0.05, 1.0, step=0.05, key=session().widget(PLACE, "top_p", 1.0), persist_state="session",
            help="Draw among the likeliest symbols that together reach this probability; 1 is all",
        )  # fmt: skip
    return ComposeRequest(
        model=model.name, bars=int(bars), seed=int(seed or 0), temperature=float(temperature),
        top_k=int(top_k or 0), top_p=float(top_p), key=key, meter=meter, tempo=tempo,
        controls=_told(model),
    )  # fmt: skip


def _told(model: Model) -> dict[str, str]:
    """What else the model is told, of what it was trained to be told."""
    labels = model.card.tokenizer.controls
    if not labels:
        return {}
    told: dict[str, str | None] = {}
    with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
        for name, known in labels.items():
            told[name] = st.selectbox(
                CONTROLS.get(name).title,
                [None, *known],
                key=session().widget(PLACE, f"control.{name}.{model.name}", None),
                format_func=lambda value: "open" if value is None else value,
                persist_state="session",
            )
    return {name: label for name, label in told.items() if label}


def _heard(label: str, name: str, counts: dict[str, int]) -> str | None:
    """A choice among what the model has heard; None is its usual one."""
    usual = next(iter(counts), "")
    return st.selectbox(
        label,
        [None, *counts],
        key=session().widget(PLACE, name, None),
        format_func=lambda value: f"usual ({usual})" if value is None else value,
        persist_state="session",
    )


# --- the beginning ----------------------------------------------------------------------------


def _primer(workspace: Workspace) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_area(
            "Begin with",
            key=session().widget(PLACE, "primer", ""),
            persist_state="session",
            placeholder="60 _ 62 _ 64 _ _ _",
            height=68,
        )
        with st.popover("How to write it"):
            st.markdown(PRIMER_HELP)
    notes = session().notes(PLACE)
    upload = st.file_uploader(
        "or take the beginning from a file",
        key=f"primer.{notes.get('uploads', 0)}",
    )
    if upload is not None:
        notes["uploads"] = notes.get("uploads", 0) + 1  # an empty box for the next file
        with frame.errors():
            job = composing.read_primer(workspace, upload.name, upload.getvalue())
            following.begin(workspace, PLACE, job, "primer")
            st.rerun()
    return (text or "").strip()


def _take_in_primer(workspace: Workspace) -> None:
    """Put a file that was read into the form, where it can be seen and changed. Before the form is drawn."""
    job = following.follow(workspace, PLACE, "primer")
    if job is None:
        return
    following.failure(job)
    model = chosen.model(workspace)
    if job.state == "done" and model is not None:
        bars = session().value(PLACE, "bars", 8)
        asked = composing.with_primer_score(
            workspace, ComposeRequest(model.name, bars=bars), composing.primer_of(job)
        )
        names = {"key": f"key.{model.name}", "meter": f"meter.{model.name}"}
        values = {"primer": asked.primer, "tempo": asked.tempo}
        values |= {widget: getattr(asked, name) for name, widget in names.items()}
        session().fill(PLACE, values)
