"""What can be done with several compositions at once: those that are ticked, or all that match."""

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from workbench.services import exporting, keeping
from workbench.services.keeping import Change, Wish
from workbench.ui import composition_export, composition_undo
from workbench.ui.state import session
from workbench.ui.words import amount
from workbench.workspace import Workspace

PLACE = "compositions.bulk"
Do = Callable[[Workspace, Sequence[str]], Change]


def ticks() -> int:
    """A number that grows whenever all ticks are taken off: part of the gallery's key."""
    return session().notes(PLACE).get("ticks", 0)


def bar(workspace: Workspace, ticked: list[str], wish: Wish, total: int) -> None:
    """One line: which ones, and what to do with them."""
    st.markdown(f"**{len(ticked)} ticked**", width="content")
    chosen = ticked
    if total > len(ticked) and st.toggle(f"All {total:,} that match", key=f"{PLACE}.all"):
        chosen = keeping.ids(workspace, wish)
    facets = keeping.facets(workspace)
    with st.popover("Tag", icon=":material/label:"):
        tag = box("Tag", facets["tag"], f"{PLACE}.tag", "a word or two")
        with st.container(horizontal=True):
            _button(
                "Put on",
                workspace,
                chosen,
                lambda w, ids: keeping.tag(w, ids, add=[tag]),
                disabled=not tag,
            )
            _button("Take away", workspace, chosen, lambda w, ids: keeping.tag(w, ids, remove=[tag]), disabled=not tag)  # fmt: skip
    with st.popover("Move", icon=":material/drive_file_move:"):
        folder = box("Folder", facets["folder"], f"{PLACE}.folder", "such as Waltzes/Sketches")
        with st.container(horizontal=True):
            _button("Move there", workspace, chosen, lambda w, ids: keeping.move(w, ids, folder), disabled=not folder)  # fmt: skip
            _button("Into no folder", workspace, chosen, lambda w, ids: keeping.move(w, ids, ""))
    with st.popover("Rate", icon=":material/star:"):
        stars = st.feedback("stars", key=f"{PLACE}.stars")
        given = 0 if stars is None else stars + 1
        _button(f"Give {amount(given, 'star')}" if given else "Take stars away", workspace, chosen, lambda w, ids: keeping.rate(w, ids, given))  # fmt: skip
    st.button(
        "Export", icon=":material/folder_zip:", on_click=composition_export.choose, args=(chosen,),
        disabled=len(chosen) > exporting.MOST_PIECES,
    )  # fmt: skip
    _button("Delete", workspace, chosen, keeping.trash, icon=":material/delete:")
    st.button("Untick", key=f"{PLACE}.untick", type="tertiary", on_click=_untick)


def _button(
    label: str, workspace: Workspace, chosen: list[str], do: Do, *, disabled: bool = False, icon: str | None = None
) -> None:  # fmt: skip
    st.button(
        label, key=f"{PLACE}.{label}", icon=icon, disabled=disabled,
        on_click=_do, args=(workspace, chosen, do),
    )  # fmt: skip


def _do(workspace: Workspace, chosen: list[str], do: Do) -> None:
    composition_undo.changed(lambda: do(workspace, chosen))
    _untick()


def _untick() -> None:
    st.session_state[f"{PLACE}.all"] = False
    session().notes(PLACE)["ticks"] = ticks() + 1


def box(
    label: str, offered: Iterable[str], key: str, placeholder: str, value: str | None = None
) -> str:
    """A box with words in use that takes new ones; among its options is what was typed."""
    typed = st.session_state.get(key) or value
    options = list(dict.fromkeys([*offered, *filter(None, [typed])]))
    chosen = st.selectbox(
        label, options, index=None if value is None or value not in options else options.index(value),
        key=key, placeholder=placeholder, accept_new_options=True,
    )  # fmt: skip
    return (chosen or "").strip()
