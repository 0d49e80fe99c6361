"""The last change of compositions in this tab, and Undo."""

from collections.abc import Callable

import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.services import keeping
from workbench.services.keeping import Change
from workbench.ui import frame
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "compositions.undo"


def changed(make: Callable[[], Change]) -> None:
    """Make a change, or show why it cannot be; for a callback."""
    notes = session().notes(PLACE)
    notes.pop("refused", None)
    try:
        notes["change"] = make()
    except WorkbenchError as error:
        notes["refused"] = str(error)


def last_change(workspace: Workspace) -> None:
    """What was changed just now, with Undo; why something was refused; else nothing."""
    notes = session().notes(PLACE)
    if refused := notes.pop("refused", ""):
        st.error(plain(refused), icon=":material/error:")
    change: Change | None = notes.get("change")
    if change is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"{PLACE}.row"):
        st.markdown(f":material/check: {plain(change.words)}.", width="content")
        st.button(
            "Undo", key=PLACE, icon=":material/undo:", type="tertiary",
            on_click=_undo, args=(workspace, change),
        )  # fmt: skip


def _undo(workspace: Workspace, change: Change) -> None:
    session().notes(PLACE).pop("change", None)
    with frame.errors():
        keeping.undo(workspace, change)
        st.toast(f"Undone: {plain(change.words)}.", icon=":material/undo:")
