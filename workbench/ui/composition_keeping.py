"""What a person says of one composition: title, stars, thumbs, tags, folder and note; and its way to the trash."""

import streamlit as st

from workbench.core.runs import Composition
from workbench.services import composing, keeping
from workbench.ui import composition_trash, composition_undo, frame
from workbench.ui.composition_bulk import box
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace

PLACE = "compositions.one"


def keep(workspace: Workspace, made: Composition) -> None:
    """The line above a composition: back, title, folder and tags, delete."""
    if made.kept.deleted:
        st.button("All compositions", icon=":material/arrow_back:", on_click=_close)
        composition_trash.notice(workspace, made.id)
        return
    with st.container(horizontal=True):
        st.button("All compositions", icon=":material/arrow_back:", on_click=_close)
        with st.popover("Rename", icon=":material/edit:"):
            title = st.text_input(
                "Title", made.title, max_chars=200, key=f"rename.{made.id}.{made.title}"
            )
            if st.button("Save", type="primary"):
                composing.rename(workspace, made.id, title or "")
                st.rerun()
        with st.popover("Tags, folder, note", icon=":material/label:"):
            _said(workspace, made)
        st.button(
            "Delete", icon=":material/delete:", help="Into the trash, from where it can be taken out again",
            on_click=_trash, args=(workspace, made.id),
        )  # fmt: skip
    said = [made.kept.folder, *made.kept.tags]
    if any(said):
        st.caption(plain(" · ".join(filter(None, said))))
    if made.kept.note:
        st.markdown("  \n".join(map(plain, made.kept.note.splitlines())))


def _said(workspace: Workspace, made: Composition) -> None:
    facets, key = keeping.facets(workspace), f"{PLACE}.{made.id}"
    tags = st.multiselect(
        "Tags", list(dict.fromkeys([*made.kept.tags, *facets["tag"]])), list(made.kept.tags),
        key=f"{key}.tags", accept_new_options=True, placeholder="a word or two",
    )  # fmt: skip
    folder = box(
        "Folder", facets["folder"], f"{key}.folder", "such as Waltzes/Sketches",
        made.kept.folder or None,
    )  # fmt: skip
    note = st.text_area(
        "Note", made.kept.note, key=f"{key}.note", max_chars=keeping.LONGEST_NOTE,
        placeholder="What you hear in it, what to try next",
    )  # fmt: skip
    if st.button("Keep", key=f"{key}.keep", type="primary"):
        with frame.errors():
            before, after = set(made.kept.tags), set(tags)
            if before != after:
                keeping.tag(
                    workspace, [made.id], add=sorted(after - before), remove=sorted(before - after)
                )
            keeping.move(workspace, [made.id], folder)
            keeping.annotate(workspace, made.id, note or "")
            st.rerun()


def stars(workspace: Workspace, made: Composition) -> None:
    """The stars of a composition, to be seen and given."""
    key = session().show(
        PLACE, f"stars.{made.id}", made.kept.rating - 1 if made.kept.rating else None
    )

    def give() -> None:
        given = st.session_state[key]
        with frame.errors():
            keeping.rate(workspace, [made.id], 0 if given is None else given + 1)

    st.feedback("stars", key=key, on_change=give)


def _trash(workspace: Workspace, composition: str) -> None:
    composition_undo.changed(lambda: keeping.trash(workspace, [composition]))
    _close()


def _close() -> None:
    session().composition = None
