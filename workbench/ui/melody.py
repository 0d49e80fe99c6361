"""The part of the Compose form for models that fill holes: which music they are given, and what of it stays."""

from dataclasses import replace
from typing import Any

import streamlit as st

from workbench.core.records import from_json, to_json
from workbench.core.specs import ComposeRequest, Given
from workbench.services import activity, composing, giving, library
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "compose"
MELODY = "melody"
"""The note of music that came in a file, or from a composition whose settings are changed."""
READING = "melody_file"
MOST_FOUND = 20


def take_in(workspace: Workspace) -> None:
    """Note a file that was read. Before the form is drawn."""
    job = following.follow(workspace, PLACE, READING)
    if job is None:
        return
    following.failure(job)
    if job.state == "done":
        session().notes(PLACE)[MELODY] = {"job": job.id, "title": job.spec["shown"]}


def remembered(request: ComposeRequest) -> None:
    """Put what a request gives into the form, or nothing where it gives nothing. For a callback."""
    _forget()
    if request.given:
        title = request.given.title or "The music of that composition"
        session().notes(PLACE)[MELODY] = {"given": to_json(request.given), "title": title}


def is_given() -> bool:
    """Whether the form names music; known before it is drawn."""
    found = session().value(PLACE, "melody_words", "") and session().value(
        PLACE, "melody_piece", None
    )
    return bool(found) or MELODY in session().notes(PLACE)


def melody_form(workspace: Workspace) -> None:
    """Ask for the melody, and for what of it stays."""
    noted = session().notes(PLACE).get(MELODY)
    if noted:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/music_note: **{plain(noted['title'])}** is given.")
            st.button("Take another", icon=":material/close:", on_click=_forget)
        if "given" not in noted:
            _what_stays()
    elif _found_in_library(workspace):
        _what_stays()


def with_melody(workspace: Workspace, request: ComposeRequest) -> ComposeRequest:
    """The request with the music that the form names; it composes freely where it names none."""
    noted: dict[str, Any] = session().notes(PLACE).get(MELODY, {})
    if "given" in noted:
        given = from_json(Given, noted["given"])
        return replace(request, given=given, bars=len(given.plan.bars))
    voices = "".join(session().value(PLACE, "voices", ["S"]))
    bars = session().value(PLACE, "fill_bars", "")
    if "job" in noted:
        score = composing.primer_of(activity.job(workspace, noted["job"]))
        return giving.with_given(
            workspace, request, score, title=noted["title"], voices=voices, bars=bars
        )
    if not is_given():
        return request
    piece = session().value(PLACE, "melody_piece", None)
    return giving.with_given_named(workspace, request, piece, voices=voices, bars=bars)


def _forget() -> None:
    session().notes(PLACE).pop(MELODY, None)


def _found_in_library(workspace: Workspace) -> bool:
    """A piece of the library, or a file."""
    words_box, piece_box = st.columns(2, vertical_alignment="bottom")
    words = words_box.text_input(
        "Melody to harmonise",
        key=session().widget(PLACE, "melody_words", ""),
        persist_state="session",
        placeholder="a title in the library",
        help="The model keeps the melody and writes the other voices. Left empty, it composes freely.",
    )
    notes = session().notes(PLACE)
    upload = st.file_uploader(
        "or a file (MIDI, MusicXML, ABC)", key=f"melody.{notes.get('melodies', 0)}"
    )
    if upload is not None:
        notes["melodies"] = notes.get("melodies", 0) + 1  # an empty box for the next file
        with frame.errors():
            job = composing.read_primer(workspace, upload.name, upload.getvalue())
            following.begin(workspace, PLACE, job, READING)
            st.rerun()
    if not words.strip():
        return False
    found, count = library.search(workspace, words, limit=MOST_FOUND)
    if not found:
        piece_box.caption("No piece is called so.")
        session().fill(PLACE, {"melody_piece": None})
        return False
    titles = {piece.id: piece.title for piece in found}
    if session().value(PLACE, "melody_piece", None) not in titles:
        session().fill(PLACE, {"melody_piece": found[0].id})
    piece_box.selectbox(
        f"Pieces found: {count:,}",
        list(titles),
        key=session().widget(PLACE, "melody_piece", found[0].id),
        format_func=lambda piece: titles[piece],
        persist_state="session",
    )
    return True


def _what_stays() -> None:
    voices_box, bars_box = st.columns(2, vertical_alignment="bottom")
    names = dict(zip(giving.LETTERS, giving.VOICES, strict=True))
    voices_box.segmented_control(
        "Voices that stay",
        list(names),
        selection_mode="multi",
        key=session().widget(PLACE, "voices", ["S"]),
        format_func=lambda letter: names[letter].title(),
        persist_state="session",
        help="Of a score in four voices; a melody is the one voice that you choose.",
    )
    bars_box.text_input(
        "Bars to write anew",
        key=session().widget(PLACE, "fill_bars", ""),
        persist_state="session",
        placeholder="none, or 5-8,12",
        help="In these bars no voice stays. Keep all four voices to have nothing else changed.",
    )
