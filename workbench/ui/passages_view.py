"""A passage that two pieces have in common, side by side: seen in both scores, and heard."""

import streamlit as st

from workbench.core.bench import Borrowed, Copied
from workbench.core.errors import WorkbenchError
from workbench.core.score import Score
from workbench.services import library
from workbench.services.passages import Excerpt, excerpt
from workbench.ui import frame, result
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace


def verdict(borrowed: Borrowed) -> None:
    """In a sentence what a piece is, and what it shares."""
    copied = borrowed.longest or borrowed.nearest
    if not copied:
        st.success("Not even four of its notes in a row are found in training.")
        return
    st.markdown(
        f"**{borrowed.verdict.capitalize()}**: {amount(copied.notes, 'note')} in a row are found in a training piece"
        f"{_interval(copied.semitones)}. The notes they share stand out in both."
    )


def side_by_side(
    workspace: Workspace, score: Score, copied: Copied, *, title: str, name: str, place: str
) -> None:
    """The passage in a score, whose ``name`` tells it from all others, and in the training piece; ``place`` names the place on the page."""
    left, right = st.columns(2)
    with left:
        _passage(
            workspace, excerpt(score, copied.line, copied.start, copied.notes), title,
            name=f"{name}.{copied.start}", place=f"{place}.left",
        )  # fmt: skip
    with right, frame.errors():
        try:
            piece, theirs = library.piece(workspace, copied.piece), library.score(workspace, copied.piece)  # fmt: skip
        except WorkbenchError:
            st.info("The training piece is no longer in the library, so it cannot be shown.")
            return
        _passage(
            workspace, excerpt(theirs, copied.piece_line, copied.piece_start, copied.notes), piece.title,
            name=f"{copied.piece}.{copied.piece_start}.{copied.notes}", place=f"{place}.right",
        )  # fmt: skip
        frame.link("library", "Open in the library", piece=copied.piece)


def _passage(workspace: Workspace, found: Excerpt, title: str, *, name: str, place: str) -> None:
    st.markdown(f"**{plain(title)}** · bars {found.first_bar} to {found.last_bar}")
    result.music(
        workspace, found.score, name=f"passage.{name}", title=title, key=place, marked=found.marked,
        with_views=False, first_bar=found.first_bar,
    )  # fmt: skip


def _interval(semitones: int) -> str:
    if not semitones:
        return ", at the same pitch"
    way = "higher" if semitones > 0 else "lower"
    return f", here {amount(abs(semitones), 'semitone')} {way}"
