"""What a person thinks of a composition and of its bars: stars, thumbs, and a strip of the bars to choose one from."""

import streamlit as st

from workbench.core.runs import Composition
from workbench.core.score import Score, bars
from workbench.services import feedback
from workbench.ui import composition_keeping, frame
from workbench.ui.state import session
from workbench.workspace import Workspace

PLACE = "feedback"
SIGNS = {"up": ":material/thumb_up:", "down": ":material/thumb_down:", "star": ":material/star:"}
_STRIP = 64  # bars; of a longer piece a bar is named by its number


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
            if bar := _bar(made.id, len(bars(score)), said):
                _thumbs(workspace, made.id, bar, said)


def _bar(composition: str, count: int, said: dict[int, str]) -> int | None:
    """The bar that is chosen in a strip of them."""
    key = f"{PLACE}.bar.{composition}"
    if count > _STRIP:
        return st.number_input("Which bar?", 1, count, None, key=key)
    return st.pills(
        "Which bar?", range(1, count + 1), key=key,
        format_func=lambda bar: f"{bar} {SIGNS.get(said.get(bar, ''), '')}".strip(),
    )  # fmt: skip


def _thumbs(workspace: Workspace, composition: str, bar: int, said: dict[int, str]) -> None:
    """Signs to choose from, for a piece that has stars besides but two; choosing the same again takes it back."""
    key = session().show(PLACE, f"{composition}.{bar}", said.get(bar))
    has_stars = bar == feedback.WHOLE and said.get(bar) != "star"

    def say() -> None:
        with frame.errors():
            feedback.say(workspace, composition, st.session_state[key] or "", bar=bar)

    st.segmented_control(
        "The whole piece" if bar == feedback.WHOLE else f"Bar {bar}", list(SIGNS)[: 2 if has_stars else 3], key=key,
        format_func=SIGNS.__getitem__, label_visibility="collapsed", on_change=say,
    )  # fmt: skip
