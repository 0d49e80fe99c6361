"""A piano to play a melody on: with mouse, fingers, the computer's keyboard, or a MIDI keyboard where the browser knows them.

A Streamlit component of the second kind. It sounds by itself (Web Audio), and needs neither server nor network for it. What is played is
kept in the browser until *Use what I played* sends it.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from workbench.ui import synthesizer

_FOLDER = Path(__file__).parent


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "piano",
    html=_source("piano.html"),
    css=_source("piano.css"),
    js=synthesizer.script() + _source("piano.js"),
)


def piano(*, key: str) -> dict[str, Any] | None:
    """Show it; what was sent just now, else None.

    ``notes`` are rows of on and off in seconds and MIDI number, ``tempo`` the quarters a minute that the metronome beat, or None
    where it did not. Both come from a browser, so neither is to be believed unseen.
    """
    sent = _component(key=key, on_take_change=lambda: None).take
    if not isinstance(sent, dict):
        return None
    tempo = sent.get("tempo")
    if not isinstance(tempo, int | float) or not 30 <= tempo <= 240:
        tempo = None
    return {"notes": sent.get("notes"), "tempo": tempo}
