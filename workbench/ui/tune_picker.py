"""Giving a tune on the Compose page: a piece of the library, a file, or an earlier composition.

A page may have several; each goes by its name, which its widgets and what it notes carry. A tune that came in a
file, or from a composition whose settings are changed, is noted and shown by its title.
"""

from typing import Any

import streamlit as st

from workbench.core.score import Score
from workbench.services import activity, composing, giving, library
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "compose"
MOST_FOUND = 20
MOST_COMPOSITIONS = 50  # the newest, to choose among


class TunePicker:
    """One tune to be given: ``name`` for keys, ``label`` and ``help`` for people."""

    def __init__(
        self, name: str, label: str, help: str, *, with_compositions: bool = False
    ) -> None:
        self.name, self.label, self.help = name, label, help
        self.with_compositions, self._composition = with_compositions, f"{name}_composition"
        self._words, self._piece = f"{name}_words", f"{name}_piece"
        self._reading, self._uploads = f"{name}_file", f"{name}_uploads"

    @property
    def noted(self) -> dict[str, Any]:
        """What is noted of a tune that is not of the library: its title, and the job that read it or ``music``; else empty."""
        return session().notes(PLACE).get(self.name, {})

    @property
    def is_given(self) -> bool:
        """Whether there is a tune; known before the form is drawn."""
        found = session().value(PLACE, self._words, "") and session().value(
            PLACE, self._piece, None
        )
        return bool(found) or bool(self.noted)

    def take_in(self, workspace: Workspace) -> None:
        """Note a file that was read. Before the form is drawn."""
        job = following.follow(workspace, PLACE, self._reading)
        if job is None:
            return
        following.failure(job)
        if job.state == "done":
            session().notes(PLACE)[self.name] = {"job": job.id, "title": job.spec["shown"]}

    def remember(self, music: Any, title: str) -> None:
        """Note music as a request holds it, as plain values. For a callback."""
        session().notes(PLACE)[self.name] = {"music": music, "title": title}

    def forget(self) -> None:
        """Let go of what is noted. For a callback."""
        session().notes(PLACE).pop(self.name, None)

    def draw(self, workspace: Workspace) -> bool:
        """Ask for the tune; whether there is one."""
        if noted := self.noted:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/music_note: **{plain(noted['title'])}** is given.")
                st.button(
                    "Take another", key=f"{self.name}.another", icon=":material/close:",
                    on_click=self.forget,
                )  # fmt: skip
            return True
        is_found = self._found_in_library(workspace)
        return (self.with_compositions and self._of_a_composition(workspace)) or is_found

    def score(self, workspace: Workspace) -> tuple[Score, str]:
        """The music of a piece or a file, and what it is called; there must be one."""
        if "job" in self.noted:
            job = activity.job(workspace, self.noted["job"])
            return composing.primer_of(job), self.noted["title"]
        if chosen := self.composition:
            return composing.score(workspace, chosen), composing.get(workspace, chosen).title
        return giving.named(workspace, session().value(PLACE, self._piece, ""))

    @property
    def composition(self) -> str:
        """Id of the earlier composition that is chosen; empty where the tune is no composition."""
        chosen: str | None = session().value(PLACE, self._composition, None)
        return "" if "job" in self.noted else chosen or ""

    def _of_a_composition(self, workspace: Workspace) -> bool:
        """Ask for an earlier composition; whether one is chosen."""
        made, _ = composing.all(workspace, limit=MOST_COMPOSITIONS)
        titles = {each.id: each.title or "Untitled" for each in made}
        if session().value(PLACE, self._composition, None) not in titles:
            session().fill(PLACE, {self._composition: None})
        if not titles:
            return False
        chosen = st.selectbox(
            "or an earlier composition", list(titles), placeholder="the newest first",
            key=session().widget(PLACE, self._composition, None), persist_state="session",
            format_func=lambda name: titles[name],
        )  # fmt: skip
        return chosen is not None

    def _found_in_library(self, workspace: Workspace) -> bool:
        words_box, piece_box = st.columns(2, vertical_alignment="bottom")
        words = words_box.text_input(
            self.label,
            key=session().widget(PLACE, self._words, ""),
            persist_state="session",
            placeholder="a title in the library",
            help=self.help,
        )
        notes = session().notes(PLACE)
        upload = st.file_uploader("or a file", key=f"{self.name}.{notes.get(self._uploads, 0)}")
        if upload is not None:
            notes[self._uploads] = notes.get(self._uploads, 0) + 1  # an empty box for the next file
            with frame.errors():
                job = composing.read_primer(workspace, upload.name, upload.getvalue())
                following.begin(workspace, PLACE, job, self._reading)
                st.rerun()
        if not words.strip():
            return False
        found, count = library.search(workspace, words, limit=MOST_FOUND)
        if not found:
            piece_box.caption("No piece has that title.")
            session().fill(PLACE, {self._piece: None})
            return False
        titles = {piece.id: piece.title for piece in found}
        if session().value(PLACE, self._piece, None) not in titles:
            session().fill(PLACE, {self._piece: found[0].id})
        piece_box.selectbox(
            f"Pieces found: {count:,}",
            list(titles),
            key=session().widget(PLACE, self._piece, found[0].id),
            format_func=lambda piece: titles[piece],
            persist_state="session",
        )
        return True
