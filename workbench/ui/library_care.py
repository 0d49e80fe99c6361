"""Looking after the library: the last change and its undoing, history, tidying of tags, spreadsheets."""

from functools import partial

import streamlit as st

from workbench.services import tagging
from workbench.services.tagging import Change
from workbench.ui import frame
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

PLACE = "library.care"
SHOWN = 20
SPREADSHEETS = {"CSV": ("csv", "text/csv"), "JSON": ("json", "application/json")}


# --- the last change --------------------------------------------------------------------------


def noted(workspace: Workspace) -> None:
    """Remember the newest change as this person's, so that it can be taken back."""
    newest = tagging.history(workspace, limit=1)
    session().notes(PLACE)["change"] = newest[0] if newest else None


def edition() -> int:
    """A number that grows with every undoing, so that tables that keep cells renew them."""
    return session().notes(PLACE).get("edition", 0)


def last_change(workspace: Workspace) -> None:
    """What was changed just now, and Undo; nothing before the first change of this tab."""
    change: Change | None = session().notes(PLACE).get("change")
    if change is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="library.last_change"):
        st.markdown(f":material/check: {_sentence(change)}", width="content")
        st.button(
            "Undo", key=f"{PLACE}.undo", icon=":material/undo:", type="tertiary",
            on_click=_undo, args=(workspace, change.id),
        )  # fmt: skip


def _undo(workspace: Workspace, change: int) -> None:
    notes = session().notes(PLACE)
    with frame.errors():
        undone = tagging.undo(workspace, change)
        notes["edition"] = edition() + 1
        notes["change"] = None
        st.toast(f"Undone: {plain(undone.words)}.", icon=":material/undo:")


def _sentence(change: Change) -> str:
    return plain(change.words[:1].upper() + change.words[1:]) + "."


# --- folded away ------------------------------------------------------------------------------


def care(workspace: Workspace, query: str) -> None:
    """History, tidying and spreadsheets, one click away."""
    box = st.expander(
        "History, tidy tags, spreadsheet", icon=":material/history_edu:", on_change="rerun",
        key=f"{PLACE}.box",
    )  # fmt: skip
    if not box.open:
        return
    with box:
        history, tidy, sheet = st.tabs(
            ["History", "Tidy tags", "Spreadsheet"], on_change="rerun", key=f"{PLACE}.tabs"
        )
        for tab, draw in ((history, _history), (tidy, _tidy)):
            if tab.open:
                with tab, frame.errors():
                    draw(workspace)
        if sheet.open:
            with sheet, frame.errors():
                _spreadsheet(workspace, query)


def _history(workspace: Workspace) -> None:
    changes = tagging.history(workspace, limit=SHOWN)
    if not changes:
        st.caption("Nothing has been tagged or edited yet.")
    for change in changes:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_sentence(change), width="stretch")
            st.caption(f"{plain(change.who)}, {moment(change.when)}", width="content")
            st.button(
                "Undone" if change.is_undone else "Undo",
                key=f"{PLACE}.undo.{change.id}",
                type="tertiary",
                disabled=change.is_undone,
                on_click=_undo,
                args=(workspace, change.id),
            )


def _tidy(workspace: Workspace) -> None:
    names = tagging.tag_names(workspace)
    if not names:
        st.caption("No piece has a tag yet.")
        return
    left, right = st.columns(2, gap="large")
    with left, st.form(f"{PLACE}.rename", border=False):
        st.markdown("**Rename a tag**, or merge it with another")
        name = st.selectbox("Tag", list(names), key=f"{PLACE}.name")
        new = st.text_input("New name", placeholder="mood", max_chars=40)
        st.caption("Where a piece has both, the tag already there stays.")
        if st.form_submit_button("Rename") and new:
            _done(workspace, tagging.rename_tag(workspace, name, new.strip()))
    with right:
        st.markdown("**Change a value everywhere**, or merge it with another")
        name = st.selectbox("Tag", list(names), key=f"{PLACE}.values_of")
        with st.form(f"{PLACE}.merge", border=False):
            old = st.selectbox(
                "Value", list(names[name]), key=f"{PLACE}.old.{name}",
                format_func=lambda value: f"{value} ({names[name][value]:,})",
            )  # fmt: skip
            new = st.text_input("New value", placeholder="calm", max_chars=200)
            if st.form_submit_button("Change") and old and new:
                _done(workspace, tagging.merge_values(workspace, name, old, new.strip()))


def _spreadsheet(workspace: Workspace, query: str) -> None:
    """Titles, composers and tags as a file, out and in."""
    scope = "the pieces that match" if query.strip() else "all pieces"
    st.caption(
        f"Download the titles, composers and tags of {scope}, change them in any spreadsheet, and bring them back. An empty cell removes a tag; what is not in the file stays as it is."
    )
    with st.container(horizontal=True):
        for label, (form, mime) in SPREADSHEETS.items():
            st.download_button(
                label,
                partial(tagging.metadata, workspace, query, form=form),
                file_name=f"library.{form}",
                mime=mime,
                icon=":material/download:",
                key=f"{PLACE}.out.{form}",
                on_click="ignore",
            )
    notes = session().notes(PLACE)
    number = notes.get("files", 0)
    uploaded = st.file_uploader("Bring one back", type=["csv", "json"], key=f"{PLACE}.in.{number}")
    if uploaded and st.button("Read it", key=f"{PLACE}.read"):
        changed = tagging.read_metadata(workspace, uploaded.getvalue(), uploaded.name)
        notes["files"] = number + 1  # an empty box for the next file
        _done(workspace, changed)


def _done(workspace: Workspace, changed: int) -> None:
    if changed:
        noted(workspace)
        session().notes(PLACE)["edition"] = edition() + 1
    st.toast(f"{amount(changed, 'piece')} changed.", icon=":material/check:")
    st.rerun()
