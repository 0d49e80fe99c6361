"""Many compositions as one zip: which ones, which files of each; made by a worker, then there to download."""

from functools import partial

import streamlit as st

from workbench.services import activity, composing, exporting, keeping, previews
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

PLACE = "compositions"
_JOB, _ASKED, _READY = "export", "export asked", "exported"
_NEWEST = 500


def export(workspace: Workspace) -> None:
    """The expander below the cards."""
    box = st.expander(
        "Export many as a zip", icon=":material/folder_zip:", on_change="rerun", key=f"{PLACE}.export"
    )  # fmt: skip
    _follow(workspace)
    if box.open:
        with box, frame.errors():
            _form(workspace)


def choose(compositions: list[str]) -> None:
    """Open the expander with these chosen; for a callback."""
    st.session_state[f"{PLACE}.export"] = True
    st.session_state[f"{PLACE}.chosen"] = compositions


def _form(workspace: Workspace) -> None:
    found, total = composing.all(workspace, limit=_NEWEST)
    found += keeping.among(
        workspace, set(st.session_state.get(f"{PLACE}.chosen", ())) - {made.id for made in found}
    )
    titles = {made.id: f"{made.title or 'Untitled'}, seed {made.request.seed}" for made in found}
    chosen = st.multiselect(
        "Compositions", list(titles), format_func=titles.__getitem__, key=f"{PLACE}.chosen",
        placeholder=f"All {amount(len(found), 'composition')}" if total <= _NEWEST else f"The newest {_NEWEST}",
    )  # fmt: skip
    kinds = [suffix.lstrip(".") for suffix, _ in previews.downloads().values()]
    names = dict(zip(kinds, previews.downloads(), strict=True))
    wanted = st.pills(
        "Files of each", kinds, default=list(exporting.USUAL), selection_mode="multi",
        format_func=names.__getitem__, key=f"{PLACE}.kinds",
    )  # fmt: skip
    st.caption(
        "A manifest comes with them: request, model and its SHA-256, seed, and the licences of what the model learned from."
    )
    notes = session().notes(PLACE)
    made = chosen or list(titles)[:_NEWEST]
    with st.container(horizontal=True):
        if st.button(
            f"Make a zip of {amount(len(made), 'composition')}", key=f"{PLACE}.make", type="primary",
            disabled=not wanted or _JOB in notes,
        ):  # fmt: skip
            notes.pop(_READY, None)
            notes[_ASKED] = (made, wanted)
            job = exporting.prepare(workspace, made, wanted)
            activity.launch(workspace, job)
            following.begin(workspace, PLACE, job, _JOB)
            st.rerun()
        if _READY in notes and notes[_ASKED] == (made, wanted):
            stored, files = notes[_READY]
            st.download_button(
                f"Download {amount(files, 'file')}", partial(_read, workspace, stored),
                file_name="compositions.zip", mime="application/zip", key=f"{PLACE}.download",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def _read(workspace: Workspace, stored: str) -> bytes:
    return exporting.made(workspace, stored).read_bytes()


def _follow(workspace: Workspace) -> None:
    """Show the making while it lasts; offer the zip when it is there."""
    job = following.follow(workspace, PLACE, _JOB)
    if job is None:
        return
    following.failure(job)
    if job.state == "done" and job.result:
        session().notes(PLACE)[_READY] = (job.result["stored"], job.result["files"])
        st.toast(plain(f"{job.title}: done."), icon=":material/check:")
