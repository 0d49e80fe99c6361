"""Bringing music into the library: public collections, one's own files, and the report of what came of it."""

import pandas as pd
import streamlit as st

from workbench import formats
from workbench.corpora import Corpus
from workbench.services import activity, importing, library
from workbench.store.jobs import Job
from workbench.ui import following, frame
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

PLACE = "library"
FIRST = 100
"""So many pieces are enough for a first try, and there within seconds."""
EASY = "ryans-mammoth"
"""Single melodies: what a first model learns soonest."""
REPORT_ROWS = 1000


def add_music(workspace: Workspace, *, is_empty: bool) -> None:
    """Both ways in, folded away once there is music; what the last import did is below."""
    with st.expander("Add music", expanded=is_empty, icon=":material/add:"):
        collections, files = st.tabs(["Public collections", "Your own files"])
        with collections:
            _collections(workspace)
        with files:
            _files(workspace)
    last = importing.last_import(workspace)
    if last is not None:
        _last_import(workspace, last)


def _collections(workspace: Workspace) -> None:
    here = library.facets(workspace, "collection")
    with st.grid(3, min_column_width=260):
        for corpus in importing.corpora():
            with st.container(border=True, height="stretch"):
                _collection(workspace, corpus, here.get(corpus.name, 0))


def _collection(workspace: Workspace, corpus: Corpus, here: int) -> None:
    total = _size(corpus.name)
    is_begin = here == 0 and corpus.name == EASY
    badge = " :primary-badge[good to begin with]" if is_begin else ""
    st.markdown(f"**{plain(corpus.title)}**{badge}")
    st.caption(plain(corpus.description))
    st.caption(f"Licence: {plain(corpus.licence.name)}. {here:,} of {amount(total, 'piece')} here.")
    st.space("stretch")
    with st.container(horizontal=True):
        for label, limit in ((f"Load {FIRST}", FIRST), (f"Load all {total:,}", None)):
            if limit is None or limit < total:
                st.button(
                    label,
                    key=f"load.{corpus.name}.{limit}",
                    type="primary" if is_begin and limit else "secondary",
                    on_click=_load,
                    args=(workspace, corpus.name, limit),
                )


@st.cache_data(show_spinner=False)
def _size(corpus: str) -> int:
    """How many pieces a collection has; it does not change while the app runs."""
    return next(len(each.members()) for each in importing.corpora() if each.name == corpus)


def _load(workspace: Workspace, corpus: str, limit: int | None) -> None:
    with frame.errors():
        activity.launch(workspace, importing.load_corpus(workspace, corpus, limit=limit))


def _files(workspace: Workspace) -> None:
    """Files are imported as soon as they have arrived: an upload is gone when the page is left."""
    suffixes = [*formats.suffixes(), ".zip"]
    collection = st.text_input(
        "Collection",
        key=session().widget(PLACE, "new_collection", "my music"),
        persist_state="session",
        help="The name under which these files stand in the library",
    )
    notes = session().notes(PLACE)
    uploads = st.file_uploader(
        f"MIDI, MusicXML or ABC files, or zip archives of them ({' '.join(suffixes)})",
        accept_multiple_files=True,
        key=f"upload.{notes.get('uploads', 0)}",
    )
    if uploads:
        notes["uploads"] = notes.get("uploads", 0) + 1  # an empty box for the next files
        with frame.errors():
            sources = [(upload.name, upload.getvalue()) for upload in uploads]
            activity.launch(
                workspace, importing.import_files(workspace, sources, collection=collection or "")
            )
            st.rerun()


# --- what came of it --------------------------------------------------------------------------


def _last_import(workspace: Workspace, job: Job) -> None:
    if not job.has_ended:
        following.watch(workspace, job)
        return
    counts = importing.counts(workspace, job.id)
    words = ", ".join(f"{counts[name]:,} {name}" for name in _OUTCOMES if counts.get(name))
    label = f"{job.title}, {moment(job.ended)}: {words or 'nothing was read'}"
    report = st.expander(
        plain(label), key=f"report.{job.id}", on_change="rerun", icon=_ICONS.get(job.state)
    )
    if report.open:
        with report:
            following.failure(job)
            _report(workspace, job)


_OUTCOMES = ("imported", "duplicate", "refused")
_ICONS = {
    "failed": ":material/error:",
    "stopped": ":material/stop_circle:",
    "done": ":material/check:",
}


def _report(workspace: Workspace, job: Job) -> None:
    rows = importing.report(workspace, job.id)
    if not rows:
        st.caption("Every file of it was in the library already.")
        return
    if len(rows) > REPORT_ROWS:
        st.caption(f"The first {REPORT_ROWS:,} of {len(rows):,} files, refused ones first.")
    table = pd.DataFrame(rows[:REPORT_ROWS])[["name", "outcome", "pieces", "reason", "remedy"]]
    st.dataframe(
        table.rename(columns=str.capitalize),
        hide_index=True,
        key=f"report.table.{job.id}",
        column_config={"Reason": st.column_config.TextColumn(width="large")},
        alt="What became of each file",
    )
