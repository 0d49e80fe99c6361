"""A blind listening test as a listener meets it: coming in, the next question, answering, what one has said.

Nobody's name is asked for. A listener is a random token; who has it goes on where they were, on any device.
"""

import secrets
from dataclasses import dataclass

from workbench.core.errors import InvalidSetting
from workbench.core.listening import (
    ANSWERS,
    HUMAN,
    ORIGIN,
    Answer,
    ListeningTest,
    Question,
    questions_for,
    tidy_code,
)
from workbench.store import open_store
from workbench.store.database import now
from workbench.workspace import Workspace

_LONGEST_SECONDS = 3600.0


@dataclass(frozen=True)
class Own:
    """What a listener has said, once all is said."""

    answers: int
    right: int | None
    """Where there is right and wrong."""
    for_people: int
    against_people: int
    """Of two of which one was people's: how often it was preferred, and how often the other."""


def join(workspace: Workspace, code: str) -> str:
    """Let somebody in; their token. ``WorkbenchError`` where there is no such test, or it is not open."""
    token = secrets.token_urlsafe(12)
    with open_store(workspace) as store:
        store.listening.add_listener(token, tidy_code(code))
    return token


def is_in(workspace: Workspace, test: ListeningTest, token: str) -> bool:
    """Whether a token is that of a listener of this test."""
    with open_store(workspace) as store:
        return store.listening.is_listener(token, test.code)


def next_question(workspace: Workspace, test: ListeningTest, token: str) -> Question | None:
    """The first question that this listener has not answered; None where all are."""
    with open_store(workspace) as store:
        answered = {answer.trial for answer in store.listening.answers(test.code, token)}
    questions = questions_for(test, token)
    return next((each for each in questions if each.trial not in answered), None)


def answer(
    workspace: Workspace, test: ListeningTest, token: str, question: Question, said: str, seconds: float = 0.0
) -> bool:  # fmt: skip
    """Keep an answer, ``said`` of the clips in the order in which they were heard; False where there is one already.

    Raises ``InvalidSetting`` for an answer that is none, somebody who is no listener, or a test that is closed.
    """
    known = ANSWERS[test.spec.settings.kind]
    if said not in known:
        raise InvalidSetting(f"{said!r} is no answer; choose {' or '.join(known)}.")
    if question not in questions_for(test, token):
        raise InvalidSetting("This question is not asked here; reload the page.")
    if question.is_swapped:
        said = known[1 - known.index(said)]
    spent = min(max(seconds, 0.0), _LONGEST_SECONDS)
    with open_store(workspace) as store:
        if not store.listening.is_listener(token, test.code):
            raise InvalidSetting("You are no longer in this test; join it again with its code.")
        return store.listening.add_answer(
            test.code, Answer(token, question.trial, said, spent, now())
        )


def own(workspace: Workspace, test: ListeningTest, token: str) -> Own:
    """What this listener has said."""
    with open_store(workspace) as store:
        answers = store.listening.answers(test.code, token)
    if test.spec.settings.kind == ORIGIN:
        right = sum(is_right(test, each) for each in answers)
        return Own(len(answers), right, 0, 0)
    pairs = [
        (test.sources_of(test.trials[each.trial]), each)
        for each in answers
    ]  # fmt: skip
    with_people = [each for sources, each in pairs if sources[0] == HUMAN]  # people come first
    for_people = sum(each.answer == "first" for each in with_people)
    return Own(len(answers), None, for_people, len(with_people) - for_people)


def is_right(test: ListeningTest, answer: Answer) -> bool:
    """Whether an answer to "human or machine?" is true."""
    (source,) = test.sources_of(test.trials[answer.trial])
    return (source == HUMAN) == (answer.answer == HUMAN)
