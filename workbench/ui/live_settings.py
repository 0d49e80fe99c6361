"""What the bars of music that was played live were drawn with."""

import streamlit as st

from workbench.core.live import Turn
from workbench.core.runs import Composition
from workbench.core.score import pitch_name
from workbench.services import live
from workbench.ui.words import amount


def show(made: Composition) -> None:
    """A row for every stretch of bars between two moves of a slider; nothing where it was not played live."""
    turns = made.request.live
    if not turns:
        return
    found = live.stretches(turns)
    with st.expander(f"Played live, with {amount(len(found), 'setting')} of the sliders"):
        st.table([_row(first, last, turn) for first, last, turn in found])
        st.caption(
            "Each bar is drawn with random numbers of its own, which follow from the seed and the bar's number. *Creativity* is told as its temperature. *Notes* was added to the log-odds that a note begins. *Make again* draws all bars anew with these settings."
        )


def _row(first: int, last: int, turn: Turn) -> dict[str, str]:
    ranges = [f"{pitch_name(low)} to {pitch_name(high)}" for low, high in turn.ranges]
    end = "" if turn.left is None else ", to an end"
    return {
        "Bars": (f"{first}" if first == last else f"{first} to {last}") + end,
        "Temperature": f"{turn.temperature:g}",
        "Notes": f"{turn.density:+g}" if turn.density else "as learned",
        "Register": ", ".join(ranges) or "open",
        "Tempo": f"{turn.tempo:g}",
        "Loudness": str(turn.velocity),
    }
