"""The trash: compositions that were deleted, to be taken out again or thrown away for good."""

import streamlit as st

from workbench.services import keeping
from workbench.services.keeping import Wish
from workbench.ui import composition_undo
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

PLACE = "compositions.trash"
_SHOWN = 25


def is_open(trashed: int) -> bool:
    """Whether the trash is what is looked at, which it is no longer when it is empty."""
    return bool(trashed) and session().notes(PLACE).get("open", False)


def way_in(trashed: int) -> None:
    """The button that opens the trash, where anything is in it."""
    if trashed:
        st.button(
            f"Trash ({trashed:,})", key=f"{PLACE}.open", icon=":material/delete:", type="tertiary",
            on_click=_open, args=(True,),
        )  # fmt: skip


def _open(is_open: bool) -> None:
    session().notes(PLACE)["open"] = is_open


def view(workspace: Workspace, trashed: int) -> None:
    """What lies in the trash, the newest composition first."""
    with st.container(horizontal=True):
        st.button("All compositions", icon=":material/arrow_back:", on_click=_open, args=(False,))
        if st.button("Empty the trash", key=f"{PLACE}.empty", icon=":material/delete_forever:"):
            _confirm(workspace, trashed)
    composition_undo.last_change(workspace)
    st.caption(
        f"{amount(trashed, 'composition')} in the trash. They stay here until it is emptied."
    )
    pages = -(-trashed // _SHOWN)
    bottom = st.container()
    number = 1
    if pages > 1:
        with bottom:
            number = st.pagination(pages, key=f"{PLACE}.page.{pages}")
    found, _ = keeping.find(
        workspace, Wish(is_trashed=True), limit=_SHOWN, offset=(number - 1) * _SHOWN
    )
    for made in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(made.title or 'Untitled')}**", width="stretch")
            st.caption(f"deleted {moment(made.kept.deleted)}", width="content")
            st.button(
                "Look",
                key=f"{PLACE}.look.{made.id}",
                type="tertiary",
                on_click=_look,
                args=(made.id,),
            )
            st.button(
                "Restore", key=f"{PLACE}.restore.{made.id}", icon=":material/restore_from_trash:",
                on_click=_restore, args=(workspace, made.id),
            )  # fmt: skip


def notice(workspace: Workspace, composition: str) -> None:
    """Say of an opened composition that it lies in the trash, with the way out."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(":material/delete: This composition is in the trash.", width="content")
        st.button(
            "Restore", key=f"{PLACE}.restore", type="primary", icon=":material/restore_from_trash:",
            on_click=_restore, args=(workspace, composition),
        )  # fmt: skip


def _restore(workspace: Workspace, composition: str) -> None:
    composition_undo.changed(lambda: keeping.restore(workspace, [composition]))


def _look(composition: str) -> None:
    session().composition = composition


@st.dialog("Empty the trash?")
def _confirm(workspace: Workspace, trashed: int) -> None:
    st.markdown(
        f"{amount(trashed, 'composition')} will be gone for good, with their notes, stars and feedback."
    )
    with st.container(horizontal=True):
        st.button(
            "Empty it", type="primary", key=f"{PLACE}.yes", on_click=_empty, args=(workspace,)
        )
        st.button("Keep them", key=f"{PLACE}.no")


def _empty(workspace: Workspace) -> None:
    count = keeping.empty_trash(workspace)
    session().notes(composition_undo.PLACE).pop("change", None)
    _open(False)
    st.toast(f"{amount(count, 'composition')} gone for good.", icon=":material/delete_forever:")
