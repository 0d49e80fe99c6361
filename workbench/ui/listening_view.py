"""The teacher's screen of a blind test: how to join, who is there, and what to do with it; and the list of all tests."""

from urllib.parse import urlsplit

import segno
import streamlit as st

from workbench.core.listening import CLOSED, HUMAN, KINDS, OPEN, PREPARING, ListeningTest
from workbench.services import listening, listening_results
from workbench.ui import following, frame, listening_results_view, rows
from workbench.ui.state import session
from workbench.ui.words import amount, moment, plain
from workbench.workspace import Workspace

TICK_SECONDS = 1.5
QR_PIXELS = 220
STATES = {PREPARING: "being prepared", OPEN: "open", CLOSED: "closed"}
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


def all_tests(workspace: Workspace) -> None:
    """Every test, the newest first; a click opens one."""
    found = listening.all(workspace)
    if not found:
        return
    st.subheader("Tests", anchor=False)
    rows.table(
        [
            {
                "Name": each["name"], "Code": each["code"], "State": STATES[each["state"]],
                "Listeners": each["listeners"], "Answers": each["answers"], "Made": moment(each["created"]),
            }
            for each in found
        ],
        [each["code"] for each in found],
        key="listening.tests", alt="Blind tests with their codes, states and numbers of answers",
        columns={}, on_open=_open,
    )  # fmt: skip


def _open(code: str) -> None:
    session().test = code


def _close() -> None:
    session().test = None


def show(workspace: Workspace, test: ListeningTest) -> None:
    """One test: being prepared, joined, answered, or closed; and its figures."""
    _bar(workspace, test)
    st.subheader(plain(test.spec.name), anchor=False)
    st.caption(_described(test))
    if test.state == PREPARING:
        _preparing(workspace, test)
        return
    if test.state == OPEN:
        _invitation(test)
        st.fragment(_live, run_every=TICK_SECONDS)(workspace, test)
    else:
        _live(workspace, test)
        st.caption(
            "The test is closed: nobody can answer. If you open it again, new answers are added to these."
        )
    listening_results_view.show(workspace, test)


def _described(test: ListeningTest) -> str:
    settings = test.spec.settings
    words = [
        KINDS[settings.kind],
        f"{amount(len(test.clips), 'clip')} of {amount(settings.bars, 'bar')}",
        f"{amount(test.questions, 'question')} per listener",
        f"people's music from {plain(test.spec.dataset)}",
        _known(test),
    ]
    return " · ".join(words)


def _known(test: ListeningTest) -> str:
    """How much of people's music the models may remember."""
    known = [clip.is_heard for clip in test.clips if clip.source == HUMAN]
    new, heard = known.count(False), known.count(True)
    if new == len(known):
        return "no model has heard any of it"
    if heard:
        return f"models have heard, or may have heard, {heard} of its {amount(len(known), 'piece')}"
    return "not known here whether the models have heard it"


# --- joining ----------------------------------------------------------------------------------------


def _invitation(test: ListeningTest) -> None:
    """The code, the link and the picture of it, large enough to be read from the last row."""
    link = invitation(test.code)
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
        if link:
            st.image(_picture(link), width=QR_PIXELS, alt=f"QR code that leads to {link}")
        with st.container(width="stretch"):
            st.markdown(f"# {test.code}")
            if link:
                st.markdown("Point a phone's camera at the QR code, or open this address:")
                st.code(link, language=None, wrap_lines=True)
                st.link_button(
                    "Hear it as a listener", link, icon=":material/headphones:",
                    help="Your answers count like any listener's",
                )  # fmt: skip
            st.caption(
                "Or open this page on the phone and type the code into *Join with a code*. No names are asked for."
            )
            if urlsplit(link).hostname in OWN_MACHINE:
                st.warning(
                    "This address works on this computer only. For a class, start the workbench with "
                    "`make run ADDRESS=0.0.0.0` and open this page at the computer's address on the network."
                )


def invitation(code: str) -> str:
    """The address that leads straight to the listener's screen; empty where no browser has said its own."""
    here = st.context.url
    return f"{here.partition('?')[0]}?{frame.LISTENER_CODE}={code}" if here else ""


@st.cache_data(max_entries=20, show_spinner=False)
def _picture(link: str) -> str:
    """An SVG, dark on white with its white margin, so that cameras read it in dark mode too."""
    return segno.make(link, error="m").svg_inline(scale=4, border=3, light="white")


# --- meanwhile --------------------------------------------------------------------------------------


def _preparing(workspace: Workspace, test: ListeningTest) -> None:
    job = listening.job(workspace, test)
    if job.has_ended:
        following.failure(job)
        st.button(
            "Prepare it again",
            type="primary",
            on_click=listening.prepare,
            args=(workspace, test.code),
        )
    else:
        st.markdown(
            "Models compose, and all clips get the same sound and loudness. This takes about a second a clip."
        )
        following.watch(workspace, job)


def _live(workspace: Workspace, test: ListeningTest) -> None:
    """Counts that renew themselves."""
    with frame.errors():
        now = listening_results.counts(workspace, test)
        asked = now.listeners * test.questions
        with st.container(horizontal=True, gap="medium"):
            st.metric("Listeners", now.listeners, width="content")
            st.metric("Finished", now.finished, width="content")
            st.metric("Answers", f"{now.answers:,} of {asked:,}" if asked else 0, width="content")
        if asked:
            st.progress(min(now.answers / asked, 1.0))


# --- what can be done with it -----------------------------------------------------------------------


def _bar(workspace: Workspace, test: ListeningTest) -> None:
    with st.container(horizontal=True):
        st.button("All tests", icon=":material/arrow_back:", on_click=_close)
        if test.state == OPEN:
            st.button(
                "Close the test", icon=":material/lock:", on_click=listening.set_open,
                args=(workspace, test.code, False), help="Nobody can answer until you open it again",
            )  # fmt: skip
        elif test.state == CLOSED:
            st.button(
                "Open it again", icon=":material/lock_open:", on_click=listening.set_open,
                args=(workspace, test.code, True),
            )  # fmt: skip
        is_under_way = test.state == PREPARING and not listening.job(workspace, test).has_ended
        if not is_under_way and st.button("Delete", icon=":material/delete:"):
            _confirm(workspace, test)


@st.dialog("Delete this blind test?")
def _confirm(workspace: Workspace, test: ListeningTest) -> None:
    now = listening_results.counts(workspace, test)
    st.markdown(
        f"“{plain(test.spec.name)}”, its sound and {amount(now.answers, 'answer')} of {amount(now.listeners, 'listener')} "
        "will be gone for good."
    )
    with st.container(horizontal=True):
        st.button(
            "Delete it",
            type="primary",
            key="listening.delete.yes",
            on_click=_delete,
            args=(workspace, test.code),
        )
        st.button("Keep it", key="listening.delete.no")


def _delete(workspace: Workspace, code: str) -> None:
    listening.delete(workspace, code)
    session().test = None
