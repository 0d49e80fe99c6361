"""A piece of the library on a page: score and sound, facts, tags, where it is from, what it is part of."""

from typing import Any

import streamlit as st

from workbench.core.piece import Piece
from workbench.services import families, library
from workbench.ui import frame, recording_view, result
from workbench.ui.state import session
from workbench.ui.words import duration, plain
from workbench.workspace import Workspace

FACTS = {
    "key": "Key",
    "estimated_key": "Key, judged by ear",
    "meter": "Meter",
    "bars": "Bars",
    "seconds": "Length",
    "tempo": "Tempo, quarters a minute",
    "notes": "Notes",
    "notes_a_second": "Notes a second",
    "parts": "Parts",
    "instruments": "Instruments",
    "polyphony": "Notes at once, at most",
    "loudness": "Loudness, LUFS",
    "sample_rate": "Sample rate, Hz",
    "channels": "Channels",
}


def view(workspace: Workspace, piece: Piece) -> None:
    """The piece, with the way back to the list."""
    st.button("All music", icon=":material/arrow_back:", on_click=_close, key="piece.close")
    st.subheader(plain(piece.title), anchor=False)
    if piece.composer:
        st.caption(plain(piece.composer))
    if piece.kind == "recording":
        recording_view.music(workspace, piece)
    else:
        _score(workspace, piece)
    facts, source = st.columns(2, gap="large")
    with facts:
        st.markdown("##### Facts")
        _facts(piece.facts)
    with source:
        st.markdown("##### Tags")
        _tags(workspace, piece)
        st.markdown("##### Source")
        _source(workspace, piece)
    if piece.kind == "score":
        _similar(workspace, piece)


def _similar(workspace: Workspace, piece: Piece) -> None:
    found = families.similar(workspace, piece.id)
    if found:
        st.markdown("##### Similar pieces")
    for other, likeness in found:
        label = f"{plain(other.title)} ({plain(other.collection)}): {likeness:.0%} alike"
        frame.link("library", label, piece=other.id)


def _score(workspace: Workspace, piece: Piece) -> None:
    score = library.score(workspace, piece.id)
    result.music(workspace, score, name=piece.id, title=piece.title)
    result.downloads(workspace, score, name=piece.id, title=piece.title, composer=piece.composer)


def _close() -> None:
    session().piece = None


def _facts(facts: dict[str, Any]) -> None:
    rows = {label: _fact(name, facts[name]) for name, label in FACTS.items() if name in facts}
    st.table(rows, border="horizontal", hide_header=True)


def _fact(name: str, value: Any) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, list):
        return plain(", ".join(value))
    if name == "seconds":
        return duration(value)
    return plain(f"{value:,.4g}" if isinstance(value, float) else str(value))


def _tags(workspace: Workspace, piece: Piece) -> None:
    """A person's own words on a piece; they can be searched for."""
    for name, value in piece.tags.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":blue-badge[{plain(name)}: {plain(value)}]", width="content")
            st.button(
                "Remove", key=f"tag.{piece.id}.{name}", type="tertiary",
                on_click=_tag, args=(workspace, piece.id, name, None),
            )  # fmt: skip
    with (
        st.form(f"tag.{piece.id}", clear_on_submit=True, border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input("Tag", placeholder="mood", max_chars=40)
        value = st.text_input("Value", placeholder="calm", max_chars=200)
        added = st.form_submit_button("Add tag")
    if added:
        with frame.errors():
            library.tag(workspace, [piece.id], {(name or "").strip(): (value or "").strip()})
            st.rerun()


def _tag(workspace: Workspace, piece: str, name: str, value: str | None) -> None:
    library.tag(workspace, [piece], {name: value})


def _source(workspace: Workspace, piece: Piece) -> None:
    licence = plain(piece.licence.name)
    if piece.licence.url:
        licence = f"[{licence}]({piece.licence.url})"
    sharing = (
        "A model that learned from it may be given to others."
        if piece.licence.shareable
        else "It is not known to allow giving away a model that learned from it."
    )
    st.markdown(
        f"Collection **{plain(piece.collection)}**, from `{piece.source.replace('`', '')}`.  \n"
        f"Licence: {licence}. {sharing}"
    )
    for remark in library.remarks(workspace, piece.id):
        st.caption(plain(remark))
    holding = library.datasets_holding(workspace, piece.id)
    for dataset, split in holding:
        frame.link("datasets", f"In the dataset {dataset}: {split}", dataset=dataset)
    if not holding:
        st.caption("No dataset holds it yet.")
