"""The instrument of the page Live: it plays bars as they are composed, asks for the next, and shows what was drawn under which settings.

A Streamlit component of the second kind. The browser keeps time: notes are planned on the clock of Web Audio, and a bar is asked for when the
last one that it has begins to sound. The sliders are its own, so moving one runs no script; where they stand goes along with every ask.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.ui import synthesizer

_FOLDER = Path(__file__).parent
_SCRIPTS = ("live.js", "roll.js")


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "live",
    html=_source("live.html"),
    css=_source("live.css"),
    js=synthesizer.script() + "\n".join(_source(name) for name in _SCRIPTS),
)


def instrument(
    data: dict[str, Any], *, key: str, on_ask: Callable[[Any], None], on_stop: Callable[[Any], None]
) -> None:
    """Show it.

    Parameters
    ----------
    data
        ``what`` names model, key and meter; where it changes the music stops. ``pitches`` are the lowest and the highest that may come,
        ``wishes`` where the sliders stand at first. ``play``, ``bar``, ``sound`` and ``failed`` answer an ask: of which piece and bar, what sounds in
        it (None where it takes longer), and in a sentence what is wrong.
    on_ask
        Called with what the browser sent when it wants a bar, before the fragment runs again; ``services.live.heeded`` checks it.
    on_stop
        Likewise when the music has ended, with ``play`` and the number of ``bars`` that were heard.
    """

    def sent(name: str) -> Any:
        return st.session_state[key].get(name)

    _component(
        data=data, key=key,
        on_ask_change=lambda: on_ask(sent("ask")), on_stop_change=lambda: on_stop(sent("stop")),
    )  # fmt: skip
