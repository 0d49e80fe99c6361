"""The score player: an engraved score that is heard, with the sounding notes in colour.

A Streamlit component of the second kind (no iframe, no build step), made of the sources in
:mod:`workbench.rendering.player`.

The DOM outlives a rerun of the script, so the music plays on; new music comes with new data.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from workbench.rendering.engraving import MUSIC_FONT, Engraving, notation_font
from workbench.rendering.player import drawn, script, source
from workbench.rendering.timing import Pulse
from workbench.ui.media import can_serve, media_url

_component = st.components.v2.component(
    "score_player", html=source("player.html"), css=source("player.css"), js=script()
)


def score_player(
    *engravings: Engraving,
    audio: bytes,
    mimetype: str = "audio/flac",
    key: str,
    label: str = "Score",
    marked: Sequence[int] = (),
    bars: Pulse = (),
    summary: str = "",
    on_ready: Callable[[], None] = lambda: None,
    on_note: Callable[[int], None] | None = None,
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
    marked
        Numbers of the notes, as they stand in ``score.notes``, that are shown in another colour.
    bars
        Where bars and beats lie; without them there is neither loop nor metronome.
    summary
        The score in a sentence, for those who do not see it.
    on_note
        Called with the number of a note that was clicked, before the script or the fragment then runs again. The browser says the number: check
        that there is such a note.
    on_ready
        Called when the browser has the sound, before the script or the fragment then runs again. What takes a browser
        long to draw can wait until then.
    """
    if not engravings:
        raise ValueError("a score player needs an engraving")
    data = payload(
        *engravings, audio=audio, mimetype=mimetype, key=key, label=label, marked=marked, bars=bars
    )
    data |= {"summary": summary, "asks": on_note is not None}

    def clicked() -> None:
        number = st.session_state[key].get("note")
        if on_note and isinstance(number, int | float):
            on_note(int(number))

    _component(data=data, key=key, on_ready_change=on_ready, on_note_change=clicked)


def payload(
    *engravings: Engraving,
    audio: bytes,
    mimetype: str,
    key: str,
    label: str,
    marked: Sequence[int] = (),
    bars: Pulse = (),
) -> dict[str, Any]:
    """What the browser is given. The drawing, a hundred kilobytes and more, is fetched once; a rerun gives its address again."""
    music = drawn(*engravings, bars=bars)
    if can_serve():
        text = json.dumps(music, separators=(",", ":")).encode()
        music = {"drawing": media_url(text, "application/json", key=f"{key}.drawing")}
    return {
        "label": label,
        **music,
        "marked": [f"n{number}" for number in marked],
        "audio": media_url(audio, mimetype, key=f"{key}.audio"),
        "font": {"family": MUSIC_FONT, "url": media_url(notation_font(), "font/woff2", key="font")},
    }
