"""A square to set a mood on: gladness across, energy up, and a point that is dragged, or moved by the arrow keys.

A Streamlit component of the second kind. What it says is sent while the point moves, so that what goes with the mood is seen to move
with it. For a screen reader the square is two sliders.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.core import mood

_FOLDER = Path(__file__).parent


def _source(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "mood_pad",
    html=_source("mood_pad.html"),
    css=_source("mood_pad.css"),
    js=_source("mood_pad.js"),
)


def mood_pad(
    valence: float, energy: float, *, key: str, on_move: Callable[[float, float], None]
) -> None:
    """Show the point at a mood, both numbers in -1 to 1; ``on_move`` is called with another before the script runs again."""

    def moved() -> None:
        found = point(st.session_state[key].get("mood"))
        if found is not None:
            on_move(*found)

    _component(
        data={"valence": valence, "energy": energy, "words": mood.WORDS},
        key=key,
        on_mood_change=moved,
    )


def point(sent: Any) -> tuple[float, float] | None:
    """Valence and energy as a browser sent them, each from -1 to 1; None where it sent something else."""
    if not isinstance(sent, list | tuple) or len(sent) != 2:
        return None
    if not all(isinstance(each, int | float) and math.isfinite(each) for each in sent):
        return None
    valence, energy = (round(min(max(float(each), -1.0), 1.0), 2) for each in sent)
    return valence, energy
