"""The form that asks for a composition."""

from dataclasses import replace

import streamlit as st

from workbench.controls import CONTROLS
from workbench.core.bar_numbers import counted_bars
from workbench.core.errors import InvalidSetting
from workbench.core.score import Score
from workbench.core.score import bars as bars_of
from workbench.core.sections import sections
from workbench.core.specs import ComposeRequest
from workbench.services import composing, latents, steering, tasks
from workbench.services.models import Model
from workbench.ui import (
    beginning,
    chosen,
    composition,
    form_origin,
    latent_form,
    melody,
    sampling_form,
    steer_form,
    variation_row,
)
from workbench.ui.beginning import Beginning
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace

PLACE = "compose"
COUNTS = (1, 4, 8)
GIVES_VOICES = ("harmonise", "part", "fill")


def compose_form(workspace: Workspace, available: list[Model]) -> None:
    """What to begin with and what to do with it; model, length, creativity and the button; everything else is folded away."""
    beginning.take_in(workspace)
    latent_form.take_in(workspace)
    found = beginning.beginning(workspace)
    task = beginning.task(found, available, chosen.model(workspace))
    model_box, bars_box, creativity_box = st.columns([2, 1.4, 1.4], vertical_alignment="bottom")
    with model_box:
        model = _model(workspace, tasks.models_for(task, available))
    has_space = latents.has_space(model)
    is_given = found is not None and (has_space or task in GIVES_VOICES)
    if is_given and not has_space:
        if found is not None and found.score is not None:
            melody.melody_form(task)
    elif has_space:
        latent_form.latent_form(workspace, model, task)
    elif found is not None and found.score is not None and task == "continue":
        st.caption(_how_long(found.score))
    elif task == "style":
        st.caption("Choose a collection, genre or mood under *Key, meter, tempo, seed*.")
    with bars_box:
        form = steer_form.chosen_form(model, is_given)
        bars = _bars_given(found) if found is not None and is_given else _bars(form)
    with creativity_box:
        sampling_form.creativity_slider(model.card.creativity)
    with st.expander("Key, meter, tempo, seed"):
        request = _choices(model, bars)
    with st.expander("Steer the music: mood, form, range, density, contour"):
        asked = steer_form.steer_form(model, is_given)
    with st.expander("Sampling: temperature, top k, top p, min p, repetition"):
        chances = sampling_form.sampling_form(steering.repeats_itself(model))
    request = replace(
        request, limits=asked.limits, goals=asked.goals, candidates=asked.candidates,
        returning=asked.returning, **chances,
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Compose", type="primary", icon=":material/music_note:", disabled=beginning.is_missing(found)
        )  # fmt: skip
        count = st.segmented_control(
            "Pieces", COUNTS, key=session().widget(PLACE, "count", 1), required=True,
            persist_state="session", label_visibility="collapsed",
            format_func=lambda count: "one piece" if count == 1 else f"a row of {count}",
        )  # fmt: skip
        is_new = st.toggle(
            "New seed each time", key=session().widget(PLACE, "fresh", True), persist_state="session",
            help="Off: the seed above is used, and the same settings give the same notes",
        )  # fmt: skip
    if beginning.is_missing(found):
        st.caption("Give the music above first, or begin with nothing.")
    if pressed:
        if has_space:
            request = latent_form.with_latent(workspace, request, found, task)
        elif found is not None:
            request = _with_beginning(workspace, request, found, task)
        if found is not None and found.composition:
            form_origin.note(PLACE, found.composition, "begun")
        _compose(workspace, request, is_new, int(count or 1))


def _how_long(score: Score) -> str:
    opening = composing.without_upbeat(score)
    upbeat = "" if opening is score else " Its upbeat is left out."
    return f"The beginning has {amount(len(counted_bars(opening)), 'bar')}, counted in the length.{upbeat}"


def _with_beginning(
    workspace: Workspace, request: ComposeRequest, found: Beginning, task: str
) -> ComposeRequest:
    """The request with the music that is given to a model of voices, or of beginnings."""
    if task in GIVES_VOICES:
        return melody.with_melody(workspace, request, found, task)
    if found.score is None or (
        found.symbols and composing.understands(workspace, request, found.symbols)
    ):
        return replace(request, primer=found.symbols)
    if task == "style":
        return composing.in_another_manner(workspace, request, found.score)
    opening = composing.without_upbeat(found.score)
    return composing.with_primer_score(workspace, request, opening, is_open=found.is_open)


def _bars_given(found: Beginning) -> int:
    """Bars of the music that is given, shown where others are asked for."""
    given = found.music["plan"]["bars"] if found.score is None else bars_of(found.score)
    count = max(len(given), 1)
    st.slider(
        "Bars", 1, max(composition.MOST_BARS, count), count, disabled=True, key=f"{PLACE}.bars_given.{count}",
        help="As many as the given music has",
    )  # fmt: skip
    return count


def _bars(form: str) -> int:
    """Bars of the piece; where it has a form, a person says how many a section has."""
    try:
        count = len(sections(form))
    except InvalidSetting:  # said when it is composed
        count = 0
    if count:
        each = st.slider(
            f"Bars per section, {count} sections", 1, 16, key=session().widget(PLACE, "section_bars", 4),
            persist_state="session", help="Same for every section",
        )  # fmt: skip
        return int(each) * count
    bars = st.slider(
        "Bars", 1, composition.MOST_BARS, key=session().widget(PLACE, "bars", 8), persist_state="session"
    )  # fmt: skip
    return int(bars)


def _compose(workspace: Workspace, request: ComposeRequest, is_new: bool, count: int) -> None:
    if is_new:
        request = composing.reseeded(request)
    if count == 1:
        variation_row.close()
        composition.compose(workspace, PLACE, request)
    else:
        variation_row.begin(workspace, request, count)


def _model(workspace: Workspace, available: list[Model]) -> Model:
    names = [model.name for model in available]
    titles = {model.name: model.title for model in available}
    shown = chosen.model(workspace)  # on top of the page
    current = shown if shown and shown.name in names else available[0]
    key = f"{PLACE}.model"
    st.session_state[key] = current.name  # another is chosen elsewhere, too

    def choose() -> (
        None
    ):  # before the script runs, so that a click that follows at once is not lost in another run
        session().model = st.session_state[key]

    st.selectbox("Model", names, key=key, format_func=lambda each: titles[each], on_change=choose)
    session().model = current.name
    if shown and shown.name != current.name:
        st.rerun()  # the line on top shows one that cannot do what is asked
    return current


def _choices(model: Model, bars: int) -> ComposeRequest:
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
    return ComposeRequest(
        model=model.name, bars=bars, seed=int(seed or 0), key=key, meter=meter, tempo=tempo,
        controls=_told(model), rewrites=steering.usual_rewrites(model.card),
    )  # fmt: skip


def _told(model: Model) -> dict[str, str]:
    """What else the model is told, of what it was trained to be told."""
    labels = model.card.tokenizer.controls
    if not labels:
        return {}
    told: dict[str, str | None] = {}
    st.caption("The model is also told this, but may ignore it:")
    with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
        for name, known in labels.items():
            told[name] = st.selectbox(
                CONTROLS.get(name).title,
                [None, *known],
                key=session().widget(PLACE, f"control.{name}.{model.name}", None),
                format_func=lambda value: "open" if value is None else value,
                placeholder="open",
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
        placeholder=f"usual ({usual})",
        persist_state="session",
    )
