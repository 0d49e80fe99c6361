"""What a person thinks of a composition and of its bars: stars, thumbs, and a strip of the bars to choose one from."""

from collections.abc import Sequence

import streamlit as st

from workbench.core.bar_numbers import bar_labels
from workbench.core.runs import Composition
from workbench.core.score import Score, bars
from workbench.services import feedback
from workbench.ui import composition_keeping, frame
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "feedback"
SIGNS = {"up": ":material/thumb_up:", "down": ":material/thumb_down:", "star": ":material/star:"}
_STRIP = 64  # bars; of a longer piece one is chosen from a list


@st.fragment
def feedback_strip(workspace: Workspace, made: Composition, score: Score) -> None:
    """Stars and thumbs for the whole piece, and for any of its bars."""
    said = feedback.of(workspace, made.id)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{PLACE}.row"):
        st.caption("How good is it?", width="content")
        composition_keeping.stars(workspace, made)
        _thumbs(workspace, made.id, feedback.WHOLE, said)
        marked = sum(1 for bar in said if bar != feedback.WHOLE)
        with st.popover(
            f"Bars ({marked} marked)" if marked else "Bars", icon=":material/straighten:"
        ):
            labels = bar_labels(bars(score))
            if bar := _bar(made.id, labels, said):
                _thumbs(workspace, made.id, bar, said, f"Bar {labels[bar - 1]}")


def _bar(composition: str, labels: Sequence[str], said: dict[int, str]) -> int | None:
    """The bar that is chosen in a strip of them, or in a list where there are many; its place from 1."""
    question, key = "Which bar?", f"{PLACE}.bar.{composition}"
    places = range(1, len(labels) + 1)

    def label(bar: int) -> str:
        return f"{labels[bar - 1]} {SIGNS.get(said.get(bar, ''), '')}".strip()

    if len(labels) > _STRIP:
        return st.selectbox(question, places, None, label, key=key)
    return st.pills(question, places, key=key, format_func=label)


def _thumbs(
    workspace: Workspace, composition: str, bar: int, said: dict[int, str], name: str = "The whole piece"
) -> None:  # fmt: skip
    """Signs to choose from, for a piece that has stars besides but two; choosing the same again takes it back."""
    key = session().show(PLACE, f"{composition}.{bar}", said.get(bar))
    has_stars = bar == feedback.WHOLE and said.get(bar) != "star"

    def say() -> None:
        with frame.errors():
            feedback.say(workspace, composition, st.session_state[key] or "", bar=bar)

    st.segmented_control(
        name, list(SIGNS)[: 2 if has_stars else 3], key=key,
        format_func=SIGNS.__getitem__, label_visibility="collapsed", on_change=say,
    )  # fmt: skip
