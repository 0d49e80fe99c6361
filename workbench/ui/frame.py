"""The frame of every page: its heading, what is chosen, what is running, and how errors are shown.

A page is one ``with`` block, and stands alone: a link may open it in a server that has just started::

    with frame.page("library") as workspace:
        ...

Whatever the block refuses (a ``WorkbenchError``) is shown as the sentence it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workbench.core.errors import WorkbenchError
from workbench.services import activity, library, live
from workbench.store import DatabaseError
from workbench.store.jobs import Job
from workbench.ui import chosen
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace, open_workspace

PRODUCT = "Music workbench"
ICON = "🎼"
TICK_SECONDS = 1.0
_INKED = "button[data-selected='true'], [data-testid='stSliderThumbValue'], [role='tab'][aria-selected='true'], .stMarkdownBadge"
_READABLE = f"""<style>
:is({_INKED}), :is({_INKED}) * {{ color: inherit !important }}
a:focus-visible {{ outline: 2px solid currentColor !important; outline-offset: 2px }}
</style>"""
"""Chosen pills and tabs, badges, and values of sliders are written in ink: in the dark, Streamlit's primary colour has a contrast of 3 to 4
there, and no colour has both 4.5 there and under the white words of a primary button. Links have a ring where the keyboard is, as buttons have."""
_SHOWN_JOBS = 3
_THROUGH_HOME = "frame.through_home"
LISTENER_CODE = "code"
"""In an address: the code of the blind test that it invites to."""


@dataclass(frozen=True)
class Screen:
    """A page as the frame knows it: ``purpose`` is the sentence under its title."""

    title: str
    purpose: str


SCREENS = {
    "home": Screen(PRODUCT, "Real music goes in, a model learns from it, new music comes out."),
    "library": Screen("Library", "Your music: look at it, hear it, bring in more."),
    "datasets": Screen("Datasets", "Choose the pieces a model learns from, and those it is tested on."),
    "train": Screen("Train", "Let a model learn from a dataset, and watch it."),
    "runs": Screen("Runs", "Every training: its curves, its settings, and how well it did."),
    "bench": Screen("Bench", "Is it good, is it new, and which model is better? Measured against people's music."),
    "compose": Screen("Compose", "Ask a model for a new piece."),
    "live": Screen("Live", "Music that is composed while you hear it, and follows your hand."),
    "compositions": Screen("Compositions", "Everything that was composed here."),
    "listening": Screen("Listening", "Blind tests: can people hear which music a machine wrote?"),
    "check": Screen("Check", "Was this made by a model here?"),
}  # fmt: skip


def navigation() -> Any:
    """Where the links to the pages stand: on top, or nowhere for who came to listen. For Home, which has them."""
    st.session_state[_THROUGH_HOME] = True
    return "hidden" if is_for_listeners() else "top"


def is_for_listeners() -> bool:
    """Whether the address invites to a blind test, where nothing but the question is to be seen."""
    return LISTENER_CODE in st.query_params


def pages() -> list[Any]:
    """The pages of the navigation, besides Home."""
    return [
        st.Page(f"pages/{name}.py", title=screen.title)
        for name, screen in SCREENS.items()
        if name != "home"
    ]


@contextmanager
def page(name: str) -> Iterator[Workspace]:
    """Draw a page's frame, and show what its block refuses; the workspace."""
    _enter_through_home()
    screen = SCREENS[name]
    title = screen.title if name == "home" else f"{screen.title} · {PRODUCT}"
    st.set_page_config(page_title=title, page_icon=ICON, layout="wide")
    workspace = open_workspace(asker="page")
    _look_after(workspace)
    st.html(_READABLE)
    with errors():
        session()
        _status(workspace)
        st.title(screen.title, anchor=False)
        st.caption(screen.purpose)
        yield workspace


@contextmanager
def stage() -> Iterator[Workspace]:
    """A page without frame or heading, for somebody who shall see nothing but what it shows; the workspace."""
    _enter_through_home()
    st.set_page_config(page_title=PRODUCT, page_icon=ICON, layout="centered")
    workspace = open_workspace(asker="page")
    with errors():
        yield workspace


@contextmanager
def errors() -> Iterator[None]:
    """Show an error that has words for it as a sentence, and go on after the block."""
    try:
        yield
    except WorkbenchError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except (DatabaseError, OSError) as error:
        st.error(
            f"The workspace cannot be used at the moment: {plain(str(error))}. Free some space on the "
            "disk or check the folder, then reload the page.",
            icon=":material/error:",
        )


def link(name: str, label: str, *, icon: str | None = None, **choices: str) -> None:
    """A link to another page; ``choices`` such as ``run="…"`` are what it opens."""
    try:
        st.page_link(f"pages/{name}.py", label=label, icon=icon, query_params=choices or None)
    except StreamlitAPIException:  # the page runs alone, and knows of no other
        st.caption(label)


def go(name: str, **choices: str) -> None:
    """Open another page."""
    st.switch_page(f"pages/{name}.py", query_params=choices or None)


def empty(sentence: str, *, target: str = "", label: str = "") -> None:
    """What a page says where there is nothing yet, and the way to the next step."""
    with st.container(border=True):
        st.markdown(sentence)
        if target:
            link(target, label, icon=":material/arrow_forward:")


# --- what is chosen and running ---------------------------------------------------------------


def _enter_through_home() -> None:
    """Run the page again within Home's navigation, where a link opened it before Home ever ran.

    Streamlit takes a folder called ``pages`` for its older kind of navigation until ``st.navigation`` was called
    once in the process, and offers no setting to say otherwise. Several sessions may begin before that.
    """
    if runtime.exists() and _THROUGH_HOME not in st.session_state and not _runs_alone():
        PagesManager.uses_pages_directory = False
        st.rerun()


def _runs_alone() -> bool:
    """Whether the page itself is the app: ``streamlit run pages/library.py``, or a test of it."""
    context = get_script_run_ctx()
    return context is None or not context.main_script_path.endswith("Home.py")


def _look_after(workspace: Workspace) -> None:
    """Keep workers alive as long as the server lives; a script that is run without one has no use for them."""
    if runtime.exists():
        _supervise(str(workspace.home))


@st.cache_resource(show_spinner=False)
def _supervise(home: str) -> None:
    workspace = open_workspace(home)
    activity.look_after(workspace)
    activity.warm_up(workspace)
    library.bring_up_to_date(workspace)


def _status(workspace: Workspace) -> None:
    """The line on top; it renews itself while something is going on, and rests otherwise."""
    is_busy = bool(_going_on(workspace))
    st.fragment(_status_line, run_every=TICK_SECONDS if is_busy else None)(workspace, is_busy)


def _status_line(workspace: Workspace, was_busy: bool) -> None:
    with errors():
        jobs = _going_on(workspace)
        if was_busy and not jobs:
            st.rerun()  # the whole page: what it shows has changed
        dataset, model = chosen.dataset(workspace), chosen.model(workspace)
        with st.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="status"
        ):
            for job in jobs[:_SHOWN_JOBS]:
                _running(workspace, job)
            if len(jobs) > _SHOWN_JOBS:
                st.caption(f"and {len(jobs) - _SHOWN_JOBS} more", width="content")
            link("datasets", f"Dataset: {plain(dataset) if dataset else 'none yet'}")
            link("compose", f"Model: {plain(model.title) if model else 'none yet'}")


def _going_on(workspace: Workspace) -> list[Job]:
    """What is to be seen; the bars of live music come and go."""
    return [job for job in activity.current(workspace) if job.kind not in live.KINDS]


def _running(workspace: Workspace, job: Job) -> None:
    far = {"waiting": "waits", "interrupted": "interrupted"}.get(
        job.standing, f"{job.progress:.0%}"
    )
    # So narrow that the row of a usual title is one line on a phone.
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        st.progress(min(max(job.progress, 0.0), 1.0), width=56)
        st.caption(f"{plain(job.title)}: {far}", width="content")
        st.button(
            "Stop",
            key=f"status.stop.{job.id}",
            type="tertiary",
            on_click=activity.stop,
            args=(workspace, job.id),
            disabled=job.stop_requested,
        )
