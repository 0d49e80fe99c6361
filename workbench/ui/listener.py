"""The listener's screen of a blind test: the question, the sound, large answers, and nothing else.

Who listens is a token in the address, so that a page that is loaded again goes on where it was. Neither a key on this page nor the name of
a sound tells whose music it is: both follow from the place in the listener's own order, and the sound's content.
"""

import time
from collections.abc import Mapping

import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.core.listening import (
    BETTER,
    CLOSED,
    CODE_LENGTH,
    FIRST,
    HUMAN,
    MACHINE,
    OPEN,
    ORIGIN,
    SECOND,
    ListeningTest,
    Question,
    tidy_code,
)
from workbench.services import listeners, listening
from workbench.ui import frame
from workbench.ui.heard import heard
from workbench.ui.state import session
from workbench.ui.words import amount, plain
from workbench.workspace import Workspace

PLACE = "listener"
TOKEN = "listener"
LONGEST_TOKEN = 40  # characters
_WAIT_SECONDS = 3.0
ASKED = {
    ORIGIN: ("Did a person or a machine write this?", {HUMAN: ("A person", "P"), MACHINE: ("A machine", "M")}),
    BETTER: ("Which of the two is better?", {FIRST: ("The first", "1"), SECOND: ("The second", "2")}),
}  # fmt: skip
"""The question, and for each answer what stands on its button and the key that presses it."""
LARGE = f"""<style>
.st-key-{PLACE}-answers button, .st-key-{PLACE}-begin button {{ min-height: 4.5rem; }}
.st-key-{PLACE}-answers button p, .st-key-{PLACE}-begin button p {{ font-size: 1.25rem; }}
@media (hover: none) {{ .st-key-{PLACE}-answers kbd, .st-key-{PLACE}-begin kbd {{ display: none; }} }}
</style>"""


def door() -> None:
    """The one field that leads to the listener's screen."""
    with st.form("join", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            "Join with a code", key="join.code", max_chars=2 * CODE_LENGTH, width=200,
            autocomplete="off", placeholder="such as KRTDW",
        )  # fmt: skip
        pressed = st.form_submit_button("Join")
    if pressed and (code := tidy_code(typed or "")):
        st.query_params[frame.LISTENER_CODE] = code
        st.rerun()


def show(workspace: Workspace) -> None:
    """What a listener sees of the test whose code stands in the address."""
    st.html(LARGE)
    try:
        test = listening.get(workspace, st.query_params[frame.LISTENER_CODE])
    except WorkbenchError:
        st.header("There is no such listening test", anchor=False)
        st.markdown("Check the code, and type it again.")
        door()
        return
    token = st.query_params.get(TOKEN, "")[:LONGEST_TOKEN]
    is_in = bool(token) and listeners.is_in(workspace, test, token)
    question = listeners.next_question(workspace, test, token) if is_in else None
    if is_in and question is None and test.state in (OPEN, CLOSED):
        _thanks(workspace, test, token)
    elif test.state == CLOSED:
        st.header("This listening test is closed", anchor=False)
        st.markdown("No more answers are taken. Thank you for coming.")
    elif test.state != OPEN:
        st.header("One moment", anchor=False)
        st.markdown("The music is being prepared. This page continues by itself.")
        st.fragment(_wait, run_every=_WAIT_SECONDS)(workspace, test.code)
    elif question is None:
        _welcome(workspace, test)
    else:
        _ask(workspace, test, token, question)


def _wait(workspace: Workspace, code: str) -> None:
    if listening.get(workspace, code).state == OPEN:
        st.rerun()


def _welcome(workspace: Workspace, test: ListeningTest) -> None:
    asked, _ = ASKED[test.spec.settings.kind]
    st.header(asked, anchor=False)
    what = "piece of music" if test.spec.settings.kind == ORIGIN else "pair of pieces"
    many = "pieces of music" if test.spec.settings.kind == ORIGIN else "pairs of pieces"
    st.markdown(
        f"You will hear {amount(test.questions, what, many)}, one after another, all with the same sound. "
        "Listen as often as you like, then tap your answer. Nobody is told who said what, and no name is needed."
    )
    with st.container(key=f"{PLACE}-begin"):
        st.button(
            "Begin", type="primary", width="stretch", shortcut="Enter",
            on_click=_join, args=(workspace, test.code),
        )  # fmt: skip


def _join(workspace: Workspace, code: str) -> None:
    with frame.errors():
        st.query_params[TOKEN] = listeners.join(workspace, code)


def _ask(workspace: Workspace, test: ListeningTest, token: str, question: Question) -> None:
    notes = session().notes(PLACE)
    notes.setdefault(f"{token}.{question.place}", time.monotonic())  # since when it is shown
    asked, answers = ASKED[test.spec.settings.kind]
    st.progress((question.place - 1) / question.of, text=f"{question.place} of {question.of}")
    st.header(asked, anchor=False)
    of_two = len(question.clips) > 1
    for (label, _), clip in zip(answers.values(), question.clips, strict=False):
        if of_two:
            st.markdown(f"**{label}**")
        alt = f"{label} of question {question.place}" if of_two else f"Question {question.place}"
        st.audio(listening.sound_file(workspace, test, clip), format="audio/mpeg", alt=alt)
    known = heard_of(token, question)
    heard(
        len(question.clips), of=f"{token}.{question.place}", key=f"{PLACE}.heard",
        on_heard=known.update,
    )  # fmt: skip
    is_heard = len(known) == len(question.clips)
    _buttons(workspace, test, token, question, answers, is_heard)
    if not is_heard:
        st.caption("Listen to both, then answer." if of_two else "Listen, then answer.")


def heard_of(token: str, question: Question) -> set[int]:
    """The clips of a question that were heard on this screen, by their places from 0."""
    heard_by_question: set[int] = session().notes(PLACE).setdefault(f"{token}.{question.place}.heard", set())  # fmt: skip
    return heard_by_question


def _buttons(
    workspace: Workspace, test: ListeningTest, token: str, question: Question, answers: Mapping[str, tuple[str, str]],
    is_heard: bool,
) -> None:  # fmt: skip
    with st.container(key=f"{PLACE}-answers"):
        for column, (said, (label, key)) in zip(st.columns(2), answers.items(), strict=True):
            column.button(
                label, key=f"{PLACE}.{question.place}.{said}", width="stretch", shortcut=key, disabled=not is_heard,
                on_click=_answer, args=(workspace, test, token, question, said),
            )  # fmt: skip


def _answer(
    workspace: Workspace, test: ListeningTest, token: str, question: Question, said: str
) -> None:
    shown = session().notes(PLACE).get(f"{token}.{question.place}", time.monotonic())
    with frame.errors():
        listeners.answer(workspace, test, token, question, said, time.monotonic() - shown)


def _thanks(workspace: Workspace, test: ListeningTest, token: str) -> None:
    own = listeners.own(workspace, test, token)
    st.progress(1.0, text=f"{amount(own.answers, 'answer')} of {test.questions}")
    st.header("Thank you!", anchor=False)
    if own.right is not None:
        st.markdown(
            f"You were right **{own.right} of {amount(own.answers, 'time')}**. Guessing is right half of the time."
        )
    elif own.for_people or own.against_people:
        total = own.for_people + own.against_people
        st.markdown(
            f"Where one of the two was by a person, you liked the person's better **{own.for_people} of {amount(total, 'time')}**."
        )
    st.caption(f"{plain(test.spec.name)}. Your answers are kept; you may close this page.")
