"""Bringing music into the library: one's own files, places they lie, and public collections."""

import streamlit as st

from workbench.corpora import Corpus
from workbench.services import activity, importing, library
from workbench.ui import frame, import_report
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

PLACE = "library"
ADD_KEY = "library.add"
FIRST = 100
"""So many pieces are enough for a first try, and there within seconds."""
EASY = "ryans-mammoth"
"""Single melodies: what a first model learns soonest."""
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


def add_music(workspace: Workspace, *, is_empty: bool) -> None:
    """The ways in, folded away once there is music; what the last import did is below."""
    more = st.expander(
        "Add music", expanded=is_empty, icon=":material/add:", key=ADD_KEY, on_change="rerun"
    )
    if more.open:  # fifteen collections take longer to draw than the rest of the page
        with more:
            _ways_in(workspace)
    last = importing.last_import(workspace)
    if last is not None:
        import_report.last_import(workspace, last)


def _ways_in(workspace: Workspace) -> None:
    collections, files, places = st.tabs(
        ["Public collections", "Your own files", "An address or folder"]
    )
    with collections:
        _collections(workspace)
    with files:
        _files(workspace)
    with places:
        _places(workspace)


def _may_read_disk() -> bool:
    address = st.get_option("server.address")
    return importing.may_read_disk(is_own_machine=address in _OWN_MACHINE)


# --- public collections -----------------------------------------------------------------------


def _collections(workspace: Workspace) -> None:
    here = library.facets(workspace, "collection")
    installed = [corpus for corpus in importing.corpora() if corpus.is_installed]
    fetched = [corpus for corpus in importing.corpora() if not corpus.is_installed]
    st.markdown("**Ready at once**")
    with st.grid(3, min_column_width=260):
        for corpus in sorted(installed, key=lambda each: each.name != EASY):
            with st.container(border=True, height="stretch"):
                _installed(workspace, corpus, here.get(corpus.name, 0))
    st.markdown("**To download**")
    with st.grid(3, min_column_width=260):
        for corpus in fetched:
            with st.container(border=True, height="stretch"):
                _to_fetch(workspace, corpus, here.get(corpus.name, 0))


def _about(corpus: Corpus, total: int, here: int, badge: str = "") -> None:
    st.markdown(f"**{plain(corpus.title)}**{badge}")
    st.caption(plain(corpus.description))
    sharing = "" if corpus.licence.shareable else " Models trained on it should stay with you."
    st.caption(
        f"Licence: {plain(corpus.licence.name)}.{sharing} {here:,} of {amount(total, 'piece')} here."
    )
    st.space("stretch")


def _installed(workspace: Workspace, corpus: Corpus, here: int) -> None:
    total = _size(corpus.name)
    is_begin = here == 0 and corpus.name == EASY
    _about(corpus, total, here, " :primary-badge[good to begin with]" if is_begin else "")
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
    """How many pieces an installed collection has; it does not change while the app runs."""
    return next(len(each.members()) for each in importing.corpora() if each.name == corpus)


def _load(workspace: Workspace, corpus: str, limit: int | None) -> None:
    with frame.errors():
        activity.launch(workspace, importing.load_corpus(workspace, corpus, limit=limit))


def _to_fetch(workspace: Workspace, corpus: Corpus, here: int) -> None:
    _about(corpus, corpus.size or 0, here)
    with st.container(horizontal=True):
        if corpus.files:
            sizes = [file.bytes for file in corpus.files if file.bytes]
            label = f"Fetch {sum(sizes) / 1e6:,.0f} MB" if sizes else "Fetch"
            st.button(
                label,
                key=f"load.{corpus.name}.None",
                on_click=_load,
                args=(workspace, corpus.name, None),
            )
        else:
            st.link_button("Get it there", corpus.url, icon=":material/open_in_new:")
        with st.popover("I have it"):
            _local_copy(workspace, corpus)


def _local_copy(workspace: Workspace, corpus: Corpus) -> None:
    may_read = _may_read_disk()
    with st.form(f"copy.{corpus.name}", border=False):
        place = st.text_input(
            "Archive or folder on this machine, or an address" if may_read else "Address of a copy",
            placeholder="/home/anna/Downloads/archive.zip" if may_read else "https://…",
        )
        if st.form_submit_button("Load") and place:
            with frame.errors():
                importing.check_place(place, may_read_disk=may_read)
                job = importing.load_corpus(workspace, corpus.name, place=place, own_net=may_read)
                activity.launch(workspace, job)
                st.rerun()


# --- one's own --------------------------------------------------------------------------------


def _own(suffix: str) -> tuple[str, str]:
    """The collection that new music goes into, and under which licence; one for each tab."""
    with st.container(horizontal=True):
        collection = st.text_input(
            "Collection",
            key=session().widget(PLACE, f"new_collection{suffix}", "my music"),
            persist_state="session",
            help="The name of this music in the library",
        )
        licence = st.selectbox(
            "Licence",
            list(importing.LICENCES),
            format_func=lambda name: _LICENCE_WORDS.get(name, importing.LICENCES[name].name),
            key=session().widget(PLACE, f"new_licence{suffix}", "unknown"),
            persist_state="session",
            help="It stays with every piece, and decides whether a model trained on it may be given away",
        )
    return collection or "", licence


_LICENCE_WORDS = {"unknown": "Not known"}


def _files(workspace: Workspace) -> None:
    """Files are imported as soon as they have arrived: an upload is gone when the page is left."""
    collection, licence = _own("")
    notes = session().notes(PLACE)
    uploads = st.file_uploader(
        f"Scores ({', '.join(importing.score_formats())}), recordings, or zip and tar archives of them",
        accept_multiple_files=True,
        key=f"upload.{notes.get('uploads', 0)}",
    )
    if uploads:
        notes["uploads"] = notes.get("uploads", 0) + 1  # an empty box for the next files
        with frame.errors():
            sources = ((upload.name, upload.getvalue()) for upload in uploads)
            job = importing.import_files(
                workspace, sources, collection=collection, licence=importing.LICENCES[licence]
            )
            activity.launch(workspace, job)
            st.rerun()


def _places(workspace: Workspace) -> None:
    may_read = _may_read_disk()
    with st.form("place", border=False):
        place = st.text_input(
            "Folder, file or address" if may_read else "Address",
            placeholder="/home/anna/music or https://…" if may_read else "https://…/music.zip",
            help=None if may_read else "Folders on this machine are read only by the command line",
        )
        collection, licence = _own("_place")
        if st.form_submit_button("Bring in") and place:
            with frame.errors():
                importing.check_place(place, may_read_disk=may_read)
                job = importing.import_places(
                    workspace,
                    [place],
                    collection=collection,
                    licence=importing.LICENCES[licence],
                    own_net=may_read,
                )
                activity.launch(workspace, job)
                st.rerun()
