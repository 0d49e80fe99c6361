"""The part of the Compose form for models that fill holes: which music they are given, and what of it stays."""

from dataclasses import replace

import streamlit as st

from workbench.core.records import from_json, to_json
from workbench.core.specs import ComposeRequest, Given
from workbench.services import giving
from workbench.ui.state import session
from workbench.ui.tune_picker import PLACE, TunePicker
from workbench.workspace import Workspace

MELODY = TunePicker(
    "melody",
    "Melody to harmonise",
    "The model keeps the melody and writes the other voices. Left empty, it composes freely.",
)


def remembered(request: ComposeRequest) -> None:
    """Put what a request gives into the form, or nothing where it gives nothing. For a callback."""
    MELODY.forget()
    if request.given:
        title = request.given.title or "The music of that composition"
        MELODY.remember(to_json(request.given), title)


def melody_form(workspace: Workspace) -> None:
    """Ask for the melody, and for what of it stays."""
    if MELODY.draw(workspace) and "music" not in MELODY.noted:
        _what_stays()


def with_melody(workspace: Workspace, request: ComposeRequest) -> ComposeRequest:
    """The request with the music that the form names; it composes freely where it names none."""
    if not MELODY.is_given:
        return request
    if "music" in MELODY.noted:
        given = from_json(Given, MELODY.noted["music"])
        return replace(request, given=given, bars=len(given.plan.bars))
    voices = "".join(session().value(PLACE, "voices", ["S"]))
    bars = session().value(PLACE, "fill_bars", "")
    score, title = MELODY.score(workspace)
    return giving.with_given(workspace, request, score, title=title, voices=voices, bars=bars)


def _what_stays() -> None:
    voices_box, bars_box = st.columns(2, vertical_alignment="bottom")
    names = dict(zip(giving.LETTERS, giving.VOICES, strict=True))
    voices_box.segmented_control(
        "Voices that stay",
        list(names),
        selection_mode="multi",
        key=session().widget(PLACE, "voices", ["S"]),
        format_func=lambda letter: names[letter].title(),
        persist_state="session",
        help="Of a score in four voices; a melody is the one voice that you choose.",
    )
    bars_box.text_input(
        "Bars to write anew",
        key=session().widget(PLACE, "fill_bars", ""),
        persist_state="session",
        placeholder="none, or 5-8,12",
        help="In these bars no voice stays. Keep all four voices to have nothing else changed.",
    )
