"""The part of the Compose form about chances: creativity, and the numbers that it moves."""

from typing import Any

import streamlit as st

from workbench.core.creativity import HIGHEST, NAMES, USUAL, creativity
from workbench.core.specs import ComposeRequest
from workbench.ui.state import session

PLACE = "compose"
MOVED = "chances_moved"
"""Noted once somebody moved the slider or a number."""
STARTS: dict[str, Any] = {**creativity(USUAL), "top_k": 0}


def creativity_slider(usual: float) -> None:
    """The one slider that moves all numbers below. As long as nobody moved any of them, it stands where it is ``usual`` for the model."""
    if not session().notes(PLACE).get(MOVED):
        session().fill(PLACE, {"creativity": usual, **creativity(usual)})
    best = "" if usual == USUAL else f", {usual:g} where this model comes nearest to people's music"
    st.slider(
        "Creativity", 0.0, 10.0, step=0.5, format="%g", key=session().widget(PLACE, "creativity", usual),
        persist_state="session", on_change=_moved,
        help=f"Low: cautious, repeats itself. High: adventurous, stumbles. 5 is as the model learned it{best}. It moves the "
        "numbers under Sampling.",
    )  # fmt: skip


def remembered(request: ComposeRequest, usual: float) -> None:
    """Put what a request draws with into the form; ``usual`` is its model's creativity. For a callback."""
    chances = {name: getattr(request, name) for name in NAMES}
    levels = [half / 2 for half in range(int(2 * HIGHEST) + 1)]
    level = next((each for each in levels if creativity(each) == chances), usual)
    session().fill(PLACE, {"top_k": request.top_k, "creativity": level, **chances})
    session().notes(PLACE)[MOVED] = chances != creativity(usual)


def _moved_one() -> None:
    session().notes(PLACE)[MOVED] = True


def _moved() -> None:
    _moved_one()
    session().fill(PLACE, creativity(session().value(PLACE, "creativity", USUAL)))


def sampling_form(has_penalty: bool) -> dict[str, Any]:
    """The numbers, by the names of a request; a penalty only where it means something."""
    with st.grid(4, min_column_width=170, vertical_alignment="bottom"):
        _slider(
            "temperature",
            "Temperature",
            0.1,
            2.0,
            "Below 1 favours the likely, above 1 the unlikely",
        )
        top_k = st.number_input(
            "Top k", 0, 1000, key=session().widget(PLACE, "top_k", 0), persist_state="session",
            help="Draw only from the k likeliest symbols; 0 is all",
        )  # fmt: skip
        _slider("top_p", "Top p", 0.05, 1.0, "Draw from the likeliest symbols that together reach this probability; 1 is all")  # fmt: skip
        _slider("min_p", "Min p", 0.0, 0.5, "Leave out symbols less likely than this share of the likeliest one; 0 is none", 0.01)  # fmt: skip
        if has_penalty:
            _slider("repetition_penalty", "Repetition penalty", 1.0, 2.0, "How much less likely recent notes become; 1 is no penalty")  # fmt: skip
    found = {name: float(session().value(PLACE, name, start)) for name, start in STARTS.items()}
    if not has_penalty:
        found["repetition_penalty"] = 1.0
    return found | {"top_k": int(top_k or 0)}


def _slider(name: str, label: str, low: float, high: float, help: str, step: float = 0.05) -> None:
    st.slider(
        label, low, high, step=step, format="%g", key=session().widget(PLACE, name, STARTS[name]),
        persist_state="session", on_change=_moved_one, help=help,
    )  # fmt: skip
