"""The page Live: what plays, the instrument, and below it what was kept.

The instrument is a fragment: a bar that it asks for runs nothing else of the page.
"""

from contextlib import suppress
from dataclasses import asdict
from typing import Any

import streamlit as st
from streamlit import runtime

from workbench.core.errors import WorkbenchError
from workbench.core.specs import ComposeRequest
from workbench.services import activity, composing, live
from workbench.services.live import MOST_TURNS, Wishes
from workbench.services.models import Model
from workbench.ui import chosen, composition
from workbench.ui.live import instrument
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "live"
PLAYING = "live.playing"
"""Under this name stand the notes of the piece that plays, apart from those of the page, which waits for compositions as others do."""
KEY = "live.instrument"
PATIENCE_SECONDS = 1.5
"""How long a bar is waited for; the browser asks again for one that takes longer."""


def live_view(workspace: Workspace, available: list[Model]) -> None:
    """All of the page."""
    model, request = _what(workspace, available)
    _warm_up(workspace, model)
    _instrument(workspace, model, request)
    st.caption(
        f"The model hears the previous phrase and this one, continues, and is told that another phrase follows, until you ask for an end, after {MOST_TURNS} "
        "bars at the latest. *Notes* makes it likelier or less likely that a note begins; *Register* is a limit that holds. "
        "A slider is heard from the next bar but one. What you hear is kept, with the settings of every bar."
    )
    composition.settle(workspace, PLACE)
    made = chosen.looked_up("composition", lambda name: composing.get(workspace, name))
    if made is not None and made.request.live:
        composition.view(workspace, made, place=PLACE)


def _what(workspace: Workspace, available: list[Model]) -> tuple[Model, ComposeRequest]:
    """Ask for model, key and meter."""
    titles = {model.name: model.title for model in available}
    usual = chosen.model(workspace)
    current = usual.name if usual and usual.name in titles else available[0].name
    with st.grid(3, min_column_width=170, vertical_alignment="bottom"):
        name = st.selectbox(
            "Model", list(titles), index=list(titles).index(current), format_func=lambda each: titles[each],
            help="Those that write melodies or chorales in steps, from left to right",
        )  # fmt: skip
        session().model = name
        model = next(model for model in available if model.name == name)
        key = _heard("Key", f"key.{name}", model.card.heard.keys)
        meter = _heard("Meter", f"meter.{name}", model.card.heard.meters)
    return model, ComposeRequest(name, key=key, meter=meter)


def _warm_up(workspace: Workspace, model: Model) -> None:
    """Have the model opened when somebody comes to play with it; without a server nobody can."""
    if runtime.exists():
        notes = session().notes(PLACE)
        if notes.get("warm") != model.name:
            notes["warm"] = model.name
            live.warm_up(workspace, model)


def _heard(label: str, name: str, counts: dict[str, int]) -> str | None:
    """A choice among what the model has heard; None is its usual one."""
    usual = next(iter(counts), "")
    return st.selectbox(
        label, list(counts), key=session().widget(PLACE, name, None), persist_state="session",
        placeholder=f"usual ({usual})",
    )  # fmt: skip


# --- the instrument ---------------------------------------------------------------------------


@st.fragment
def _instrument(workspace: Workspace, model: Model, request: ComposeRequest) -> None:
    """The instrument with the answer to what it asked last. What it says is a browser's word."""
    notes = session().notes(PLAYING)
    data = {
        "what": f"{request.model}, {request.key}, {request.meter}", "pitches": live.pitches(model),
        "wishes": notes.setdefault("wishes", asdict(Wishes())),
        **{name: notes.get(name) for name in ("play", "bar", "sound", "failed")},
    }  # fmt: skip
    instrument(
        data, key=KEY,
        on_ask=lambda sent: _asked(workspace, request, sent),
        on_stop=lambda sent: _stopped(workspace, sent),
    )  # fmt: skip
    if notes.pop("is_over", False):
        st.rerun()  # the whole page: it shows what was kept


def _asked(workspace: Workspace, request: ComposeRequest, sent: Any) -> None:
    """Have a bar composed, and wait for it a moment; the browser asks again for what takes longer."""
    notes = session().notes(PLAYING)
    notes |= {"sound": None, "failed": ""}
    try:
        ask = live.heeded(sent)
        if ask.play == notes.get("over"):  # both came at once
            return
        notes["wishes"] = asdict(ask.wishes)
        if ask.play != notes.get("play"):
            notes["play"] = ask.play
            notes["composition"], notes["job"] = live.begin(workspace, composing.reseeded(request), ask)  # fmt: skip
        elif ask.bar != notes.get("bar"):
            notes["job"] = live.go_on(workspace, notes["composition"], ask)
        notes["bar"] = ask.bar
        activity.launch(workspace, notes["job"])
        done = activity.wait(workspace, notes["job"], seconds=PATIENCE_SECONDS)
        if done.state == "done":
            notes["sound"] = live.sound_of(done)
        elif done.has_ended:
            notes["failed"] = done.message or "The bar was stopped."
    except WorkbenchError as error:
        notes["failed"] = str(error)


def _stopped(workspace: Workspace, sent: Any) -> None:
    """Keep what was heard, and show it."""
    notes = session().notes(PLAYING)
    if not isinstance(sent, dict) or not isinstance(sent.get("play"), int):
        return
    notes["over"] = sent["play"]
    if sent["play"] != notes.get("play"):
        return
    made, heard = notes.pop("composition", None), sent.get("bars")
    notes |= {"play": None, "bar": None, "sound": None, "failed": ""}
    if made is None or not isinstance(heard, int) or not 0 <= heard <= MOST_TURNS:
        return
    with suppress(WorkbenchError):  # thrown away meanwhile
        activity.wait(workspace, notes["job"], seconds=PATIENCE_SECONDS)
        job = live.end(workspace, made, heard)
        activity.launch(workspace, job)
        activity.wait(workspace, job, seconds=PATIENCE_SECONDS)
        if heard:
            session().composition = made
        notes["is_over"] = True
