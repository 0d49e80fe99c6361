"""The score player: an engraved score that is heard, with the sounding notes in colour.

A Streamlit component of the second kind (no iframe, no build step): ``player.html`` is its skeleton,
``player.css`` its looks, ``player.js`` all it does. Play and pause, seek, tempo without change of pitch;
a click on a note, or Enter, is heard from there; arrow keys walk from note to note.

The DOM outlives a rerun of the script, so the music plays on; new music comes with new data.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.rendering.engraving import MUSIC_FONT, Engraving, notation_font
from workbench.ui.media import media_url

_FOLDER = Path(__file__).parent


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "score_player", html=_source("player.html"), css=_source("player.css"), js=_source("player.js")
)


def score_player(
    *engravings: Engraving,
    audio: bytes,
    mimetype: str = "audio/flac",
    key: str,
    label: str = "Score",
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Show a score and play it.

    Parameters
    ----------
    engravings
        One score set for one or more widths; the browser shows the one that fits. The first
        gives the times of the notes.
    audio
        The sound file; FLAC is the best choice (exact times, seen in every browser).
    key
        Names the player on its page; the sound goes on as long as the same key gets the same music.
    label
        What a screen reader calls the score, such as its title.
    on_ready
        Called when the browser has the sound, before the script or the fragment then runs again. What takes a browser
        long to draw can wait until then.
    """
    if not engravings:
        raise ValueError("a score player needs an engraving")
    data = payload(*engravings, audio=audio, mimetype=mimetype, key=key, label=label)
    _component(data=data, key=key, on_ready_change=on_ready)


def payload(
    *engravings: Engraving, audio: bytes, mimetype: str, key: str, label: str
) -> dict[str, Any]:
    """What the browser is given. ``notes`` are rows of (on, off, ids), in milliseconds."""
    return {
        "label": label,
        "engravings": [{"width": one.width, "pages": list(one.pages)} for one in engravings],
        "notes": [[note.on, note.off, list(note.ids)] for note in engravings[0].notes],
        "seconds": engravings[0].seconds,
        "audio": media_url(audio, mimetype, key=f"{key}.audio"),
        "font": {"family": MUSIC_FONT, "url": media_url(notation_font(), "font/woff2", key="font")},
    }
