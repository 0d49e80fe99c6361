"""The compositions as cards, and what can be done with one besides listening."""

import streamlit as st

from workbench.core.runs import Composition
from workbench.services import composing, models, previews
from workbench.ui.gallery import Card, gallery
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace, open_workspace

PAGE = 12


def cards(workspace: Workspace, total: int) -> None:
    """A page of cards, the newest first; a click opens one."""
    pages = -(-total // PAGE)
    place = st.container()
    number = st.pagination(pages, key="compositions.page") if pages > 1 else 1
    shown, _ = composing.all(workspace, limit=PAGE, offset=(number - 1) * PAGE)
    titles = {model.name: model.title for model in models.available(workspace)}
    with place:
        st.caption(f"{amount(total, 'composition')}, the newest first.")
        opened = gallery(
            [_card(workspace, made, titles) for made in shown], key="compositions.gallery"
        )
    if opened:
        session().composition = opened
        st.rerun()


def _card(workspace: Workspace, made: Composition, titles: dict[str, str]) -> Card:
    model = titles.get(made.request.model, made.request.model)
    length = amount(len(made.plan.bars), "bar")
    words = f"{model} · {length} · seed {made.request.seed} · {moment(made.created)}"
    return Card(made.id, _thumbnail(str(workspace.home), made.id), made.title or "Untitled", words)


@st.cache_data(max_entries=500, show_spinner=False)
def _thumbnail(home: str, composition: str) -> str:
    workspace = open_workspace(home)
    return previews.thumbnail(workspace, composing.score(workspace, composition))


def keep(workspace: Workspace, made: Composition) -> None:
    """Another title for a composition, or its end."""
    with st.container(horizontal=True):
        st.button("All compositions", icon=":material/arrow_back:", on_click=_close)
        with st.popover("Rename", icon=":material/edit:"):
            title = st.text_input(
                "Title", made.title, max_chars=200, key=f"rename.{made.id}.{made.title}"
            )
            if st.button("Save", type="primary"):
                composing.rename(workspace, made.id, title or "")
                st.rerun()
        if st.button("Delete", icon=":material/delete:"):
            _confirm(workspace, made)


@st.dialog("Delete this composition?")
def _confirm(workspace: Workspace, made: Composition) -> None:
    st.markdown(f"“{plain(made.title)}” and its files will be gone for good.")
    with st.container(horizontal=True):
        st.button(
            "Delete it", type="primary", key="delete.yes", on_click=_delete, args=(workspace, made)
        )
        st.button("Keep it", key="delete.no")


def _delete(workspace: Workspace, made: Composition) -> None:
    composing.delete(workspace, made.id)
    session().composition = None


def _close() -> None:
    session().composition = None
