"""Is it new? A composition beside the pieces that its model learned from, one click away."""

import streamlit as st

from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.services import activity, originality
from workbench.ui import following, frame, passages_view
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace


def show(workspace: Workspace, made: Composition, score: Score) -> None:
    """The answer, which a worker finds once it is asked for."""
    place = f"originality.{made.id}"
    box = st.expander("Is it new?", on_change="rerun", key=place)
    if box.open:
        with box, frame.errors():
            _answer(workspace, made, score, place)


def _answer(workspace: Workspace, made: Composition, score: Score, place: str) -> None:
    notes = session().notes(place)
    if "asked" not in notes:
        notes["asked"] = originality.enqueue(workspace, made.id)
        activity.launch(workspace, notes["asked"])
        following.begin(workspace, place, notes["asked"])
    following.follow(workspace, place)
    job = activity.job(workspace, notes["asked"])
    if not job.has_ended:
        return
    if job.state != "done":
        following.failure(job)
        return
    found = originality.found(job)
    if found.borrowed is None or found.usual is None:
        st.info(
            f"The library has {amount(found.pieces, 'piece')} that its model learned from, too few to measure what people borrow from one another."
        )
        return
    passages_view.verdict(found.borrowed)
    if copied := found.borrowed.longest or found.borrowed.nearest:
        passages_view.side_by_side(
            workspace, score, copied, title=made.title or "Untitled", name=made.id, place=place
        )
    low, high = found.usual
    whose = (
        "that its model learned from"
        if found.is_complete
        else "of the collections that its model learned from, as far as they are in the library; it has not learned from all of these"
    )
    st.caption(
        f"Compared with {amount(found.pieces, 'piece')} {whose}. Passages are compared as intervals and times, so a copy in another key is found "
        f"too. Of these pieces themselves, 95 % share {low:.0f} to {high:.0f} notes in a row with another."
    )
