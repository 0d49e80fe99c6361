"""Asking of a file whether a model made it: the upload, and the answer in words."""

import streamlit as st

from workbench.core.provenance import MARK
from workbench.services import checking
from workbench.services.checking import Checked
from workbench.ui import following
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "check"
_MEGABYTES = 200


def ask(workspace: Workspace) -> None:
    """The upload, and what came of it. A file is looked into at once; nothing else needs to be pressed."""
    uploaded = st.file_uploader(
        "A score, sound, PDF, SVG or share page", key="check.file", max_upload_size=_MEGABYTES,
    )  # fmt: skip
    st.caption(f"Choose {checking.KINDS}. It is examined, then deleted.")
    place = st.empty()
    notes = session().notes(PLACE)
    if uploaded is None:
        notes.clear()
    elif notes.get("file") != uploaded.file_id:
        notes.clear()
        notes["file"], notes["name"] = uploaded.file_id, uploaded.name
        job = checking.begin(workspace, uploaded.name, uploaded.getvalue())
        with place:  # where another file's answer stood: it goes at once
            following.begin(workspace, PLACE, job)
    with place.container():
        _result(workspace)
    with st.expander("What is looked for, and how sure it is"):
        st.markdown(_HOW)


def _result(workspace: Workspace) -> None:
    notes = session().notes(PLACE)
    job_ended = following.follow(workspace, PLACE)
    if job_ended is not None:
        following.failure(job_ended)
        if job_ended.state == "done":
            notes["checked"] = job_ended.result
    if "checked" in notes:
        _answer(checking.read(notes["checked"]), notes["name"])


def _answer(checked: Checked, name: str) -> None:
    sentence = f"**{plain(name)}**: {plain(checking.words(checked))}"
    if checked.is_made_by_model:
        st.success(sentence, icon=":material/smart_toy:")
    else:
        st.info(sentence, icon=":material/help:")
    for statement in checked.statements:
        st.markdown(f"> {plain(statement)}")
    if checked.strength is not None:
        st.caption(
            f"The mark stands {checked.strength:.1f} standard deviations above chance; {checking.THRESHOLD:g} or more counts as found."
        )


_HOW = f"""
- **A statement.** Every file of a composition says *{MARK}*, with the model and the seed: as a text event in MIDI, under
  *identification* in MusicXML, as a note (`N:`) in ABC, among the tags of sound, as the subject of a PDF, as the description of an
  SVG or a share page. Programs that write a file anew may leave it out, and a PDF printed from a browser does not have it.
- **A mark in sound.** Under the music lies a noise so soft that the music hides it. It survives MP3 at 128 kbit/s, another
  loudness, another sampling rate and a cut, but not another tempo or pitch. The longer the sound, the surer the answer: a few
  seconds may not be enough.
- **Nothing found proves nothing.** A statement can be deleted, and other programs leave none.
"""
