"""A piece of the library on a page: score and sound, facts, tags, where it is from, what it is part of."""

from typing import Any

import streamlit as st

from workbench.core.piece import Piece
from workbench.core.score import pitch_name
from workbench.services import families, library, previews, tagging
from workbench.ui import frame, recording_view, result, selecting
from workbench.ui.gallery import Card, gallery
from workbench.ui.state import session
from workbench.ui.words import duration, plain
from workbench.workspace import Workspace, open_workspace

FACTS = {
    "key": "Key",
    "estimated_key": "Key, judged from the notes",
    "meter": "Meter",
    "bars": "Bars",
    "form": "Form, one letter per phrase",
    "seconds": "Length",
    "tempo": "Tempo, quarters a minute",
    "notes": "Notes",
    "notes_a_quarter": "Notes per quarter",
    "notes_a_second": "Notes per second",
    "range": "Range",
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
        box = st.expander("Similar pieces", on_change="rerun", key="piece.similar")
        if box.open:  # all others are looked at for it, and their first bars engraved
            with box:
                _similar(workspace, piece)


def _similar(workspace: Workspace, piece: Piece) -> None:
    """The pieces most like it as cards with their first bars; a click opens one."""
    found = families.similar(workspace, piece.id)
    if not found:
        st.caption("No other piece is similar.")
        return
    cards = [
        Card(
            other.id,
            _thumbnail(str(workspace.home), other.id),
            other.title or "Untitled",
            f"{other.collection} · {likeness:.0%} alike",
        )
        for other, likeness in found
    ]
    opened = gallery(cards, key=f"similar.{piece.id}")
    if opened:
        session().piece = opened
        st.rerun()


@st.cache_data(max_entries=500, show_spinner=False)
def _thumbnail(home: str, piece: str) -> str:
    workspace = open_workspace(home)
    return previews.thumbnail(workspace, library.score(workspace, piece))


def _score(workspace: Workspace, piece: Piece) -> None:
    score = library.score(workspace, piece.id)
    result.music(
        workspace, score, name=piece.id, title=piece.title, credits=library.credits(workspace, piece),
        pitch_classes=piece.facts.get("pitch_classes", ()),
    )  # fmt: skip


def _close() -> None:
    session().piece = None


def _facts(facts: dict[str, Any]) -> None:
    known = facts | _derived(facts)
    rows = {
        label: _fact(name, known[name])
        for name, label in FACTS.items()
        if known.get(name) not in (None, "", [])
    }
    st.table(rows, border="horizontal", hide_header=True)


def _derived(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts that are put together of others for a reader."""
    derived = {}
    if facts.get("lowest") is not None:
        derived["range"] = f"{pitch_name(facts['lowest'])} to {pitch_name(facts['highest'])}"
    if facts.get("mixed_meter"):
        derived["meter"] = f"{facts['meter']}, with changes"
    if facts.get("estimated_key"):
        same = facts["estimated_key"] == facts.get("key")
        derived["estimated_key"] = f"{'the same' if same else facts['estimated_key']}{_lead(facts)}"
    return derived


def _lead(facts: dict[str, Any]) -> str:
    """By how much the key judged from the notes is ahead: a difference of correlations, and no share of certainty."""
    if "key_confidence" not in facts:
        return ""
    return f", ahead of the next key by {facts['key_confidence']:.2f} in correlation"


def _fact(name: str, value: Any) -> str:
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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name, value = selecting.tag_boxes(workspace, f"tag.{piece.id}")
        st.button(
            "Add tag", key=f"tag.{piece.id}.add", disabled=not (name and value),
            on_click=_tag, args=(workspace, piece.id, name, value),
        )  # fmt: skip


def _tag(workspace: Workspace, piece: str, name: str, value: str | None) -> None:
    with frame.errors():
        tagging.tag(workspace, [piece], {name: value})


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
