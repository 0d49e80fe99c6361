"""Editing a composition on a page, and what is told of one that was edited or of which bars stayed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import streamlit as st

from workbench.core.bar_numbers import by_number
from workbench.core.editing import NO_EDITS
from workbench.core.errors import WorkbenchError
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.vocabulary import printed_numbers
from workbench.services import composing, editing, locking, models
from workbench.ui import following, frame
from workbench.ui.note_editor import note_editor
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "edit"


def edit(workspace: Workspace, made: Composition, score: Score, *, place: str) -> None:
    """The expander with the note editor; what is kept is opened in place of the composition."""
    expander = st.expander("Edit the notes", on_change="rerun", key=f"{PLACE}.{made.id}")
    if expander.open:
        with expander, frame.errors():
            _editor(workspace, made, score, place)


def told(workspace: Workspace, made: Composition, score: Score) -> None:
    """What a person did with a composition, and what no longer holds since."""
    if notes := session().notes(PLACE).pop("said", ""):
        st.toast(notes, icon=":material/check:")
    if locked := made.request.locked:
        named = by_number(locked.bars, printed_numbers(locked.plan))
        stayed = f"Bar {named} stayed as it was" if named.isdigit() else f"Bars {named} stayed as they were"  # fmt: skip
        words = [f"{stayed} in {locked.title or 'an earlier piece'}; the model composed the others."]  # fmt: skip
        with suppress(WorkbenchError):  # what it came out of may be gone
            before = composing.get(workspace, made.parent).request
            words += locking.what_is_left_open(before, made.request)
        st.caption(plain(" ".join(words)))
    if made.edits == NO_EDITS:
        return
    remarks = editing.remarks(workspace, made, score)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**Edited by hand**: {made.edits.words}. What the model wrote is unchanged in the piece it came from.")  # fmt: skip
        if remarks:
            st.caption("These no longer hold; you decide whether they should:")
            st.markdown("\n".join(f"- {plain(remark)}" for remark in remarks))


@st.fragment
def _editor(workspace: Workspace, made: Composition, score: Score, place: str) -> None:
    notes = session().notes(PLACE)
    if job := notes.pop("job", None):
        following.begin(workspace, place, job)
        st.rerun()
    if notes.pop("went", False):
        st.rerun()

    def keep(sent: Any) -> None:
        with _refusal(notes):
            session().composition = editing.keep(workspace, made.id, _of(sent, "notes"))
            notes.update(went=True, said="Kept as a separate version.")

    def rest(sent: Any) -> None:
        with _refusal(notes):
            notes["job"] = locking.compose_rest(
                workspace, made.id, _of(sent, "bars"), _of(sent, "notes")
            )

    note_editor(
        score, editing.bars_of(made, score), key=f"{PLACE}.notes.{made.id}", name=made.id,
        why_not=_why_not(workspace, made), refused=notes.get("count", 0), on_keep=keep, on_rest=rest,
    )  # fmt: skip
    if words := notes.pop("refused", ""):
        st.error(plain(words), icon=":material/error:")


def _of(sent: Any, name: str) -> Any:
    return sent.get(name) if isinstance(sent, dict) else None


@contextmanager
def _refusal(notes: dict[str, Any]) -> Iterator[None]:
    """Remember what is refused in a callback, for the fragment to show."""
    try:
        yield
    except WorkbenchError as error:
        notes.update(refused=str(error), count=notes.get("count", 0) + 1)


def _why_not(workspace: Workspace, made: Composition) -> str:
    """Why no bars of a composition can be locked; empty where they can."""
    try:
        model = models.get(workspace, made.request.model)
    except WorkbenchError:
        return "The model is no longer here, so it cannot compose the rest again."
    if locking.keeps_bars(model):
        return ""
    return f"{model.title} does not write in steps, so it cannot keep bars and compose the rest."
