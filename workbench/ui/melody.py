"""The part of the Compose form for music in voices: what of the given music stays."""

from dataclasses import replace

import streamlit as st

from workbench.core.records import from_json
from workbench.core.specs import ComposeRequest, Given
from workbench.services import giving
from workbench.ui.beginning import Beginning
from workbench.ui.state import session
from workbench.ui.tune_picker import PLACE
from workbench.workspace import Workspace

NAMES = dict(zip(giving.LETTERS, giving.VOICES, strict=True))


def melody_form(task: str) -> None:
    """Ask for what stays, as far as the task leaves it open."""
    if task == "part":
        st.segmented_control(
            "Voices that stay", list(NAMES), selection_mode="multi", persist_state="session",
            key=session().widget(PLACE, "voices", ["S"]), format_func=lambda letter: NAMES[letter].title(),
            help="For a score in four voices; a melody becomes the one voice you choose. The others are written.",
        )  # fmt: skip
    elif task == "fill":
        st.text_input(
            "Bars to rewrite", key=session().widget(PLACE, "fill_bars", ""), persist_state="session",
            placeholder="such as 5-8,12", help="Every voice is rewritten in these bars; the rest stays. For music in four voices",
        )  # fmt: skip


def with_melody(
    workspace: Workspace, request: ComposeRequest, found: Beginning, task: str
) -> ComposeRequest:
    """The request with the music that stays."""
    if found.score is None:
        given = from_json(Given, found.music)
        return giving.closing(workspace, replace(request, given=given, bars=len(given.plan.bars)))
    voices = {"harmonise": "S", "fill": giving.LETTERS}.get(task)
    voices = voices or "".join(session().value(PLACE, "voices", ["S"]))
    bars = session().value(PLACE, "fill_bars", "") if task == "fill" else ""
    return giving.with_given(
        workspace, request, found.score, title=found.title, voices=voices, bars=bars
    )
