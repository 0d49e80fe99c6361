"""What came of a blind listening test: counts while it lasts, figures with their intervals, and all answers as a table."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.listening import (
    ANSWERS,
    BETTER,
    FIRST,
    HUMAN,
    ORIGIN,
    Answer,
    Clip,
    ListeningTest,
)
from workbench.core.records import to_json
from workbench.core.spreadsheets import FORMS, write_sheet
from workbench.metrics.listening import (
    NOTHING,
    Estimate,
    Share,
    agreement,
    bradley_terry,
    share,
)
from workbench.services.listeners import is_right
from workbench.store import open_store
from workbench.workspace import Workspace

FEW_LISTENERS = 10
CHANCE = 0.5
COLUMNS = (
    "test", "listener", "question", "first_source", "second_source", "first_title", "second_title", "answer",
    "preferred", "right", "seconds", "answered",
)  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Who is there, and how far they are."""

    listeners: int
    finished: int
    answers: int


@dataclass(frozen=True)
class SourceResult:
    """Of a source: how often its clips were taken for people's, or preferred to others."""

    source: str
    share: Share
    strength: Estimate
    """Bradley-Terry, in log-odds about the mean of all sources; NaN where the question was another."""


@dataclass(frozen=True)
class ClipResult:
    """How often a clip was taken for people's, or preferred."""

    clip: Clip
    share: Share


@dataclass(frozen=True)
class Results:
    """All that can be said so far."""

    kind: str
    counts: Counts
    right: Share | None
    """Answers that were true, beside ``CHANCE``; None where there is no true answer."""
    sources: tuple[SourceResult, ...]
    """People, then the models."""
    against_people: tuple[tuple[str, Share], ...]
    """How often each model was preferred to people under the same plan."""
    agreement: Estimate
    clips: tuple[ClipResult, ...]
    """Those of machines that were most often taken for people's first; or those most often preferred."""


def counts(workspace: Workspace, test: ListeningTest) -> Counts:
    """How many are there and how far; cheap enough to ask every second."""
    with open_store(workspace) as store:
        given = store.listening.counts(test.code)
    return Counts(len(given), sum(number >= test.questions for number in given), sum(given))


def results(workspace: Workspace, test: ListeningTest) -> Results:
    """The figures of all answers so far, those of listeners who stopped half-way among them."""
    with open_store(workspace) as store:
        answers = store.listening.answers(test.code)
    kind, right = test.spec.settings.kind, None
    against: tuple[tuple[str, Share], ...] = ()
    if kind == ORIGIN:
        right = share(sum(is_right(test, each) for each in answers), len(answers))
        sources = _taken(test, answers)
    else:
        sources, against = _preferred(test, answers)
    return Results(
        kind=kind,
        counts=counts(workspace, test),
        right=right,
        sources=sources,
        against_people=against,
        agreement=agreement(_by_answer(test, answers)) if answers else NOTHING,
        clips=_clips(test, answers),
    )


def _by_answer(test: ListeningTest, answers: Sequence[Answer]) -> np.ndarray:
    """(N, 2) how many gave which answer to each question."""
    table = np.zeros((len(test.trials), 2), np.int64)
    names = ANSWERS[test.spec.settings.kind]
    for each in answers:
        table[each.trial, names.index(each.answer)] += 1
    return table


def _taken(test: ListeningTest, answers: Sequence[Answer]) -> tuple[SourceResult, ...]:
    """How often each source was taken for people."""
    asked, taken = Counter[str](), Counter[str]()
    for each in answers:
        (source,) = test.sources_of(test.trials[each.trial])
        asked[source] += 1
        taken[source] += each.answer == HUMAN
    return tuple(
        SourceResult(source, share(taken[source], asked[source]), NOTHING)
        for source in test.spec.sources
    )


def _preferred(
    test: ListeningTest, answers: Sequence[Answer]
) -> tuple[tuple[SourceResult, ...], tuple[tuple[str, Share], ...]]:
    """Wins and strengths of the sources, and how the models did against people."""
    places = {source: place for place, source in enumerate(test.spec.sources)}
    wins = np.zeros((len(places), len(places)), np.int64)
    for each in answers:
        one, other = test.sources_of(test.trials[each.trial])
        winner, loser = (one, other) if each.answer == FIRST else (other, one)
        wins[places[winner], places[loser]] += 1
    strengths = bradley_terry(wins) if answers else [NOTHING] * len(places)
    sources = tuple(
        SourceResult(
            source,
            share(int(wins[place].sum()), int(wins[place].sum() + wins[:, place].sum())),
            strengths[place],
        )
        for source, place in places.items()
    )
    people = places[HUMAN]
    against = tuple(
        (source, share(int(wins[place, people]), int(wins[place, people] + wins[people, place])))
        for source, place in places.items()
        if source != HUMAN
    )
    return sources, against


def _clips(test: ListeningTest, answers: Sequence[Answer]) -> tuple[ClipResult, ...]:
    heard, won = Counter[int](), Counter[int]()
    for each in answers:
        trial = test.trials[each.trial]
        if trial.second is None:
            heard[trial.first] += 1
            won[trial.first] += each.answer == HUMAN
        else:
            heard.update((trial.first, trial.second))
            won[trial.first if each.answer == FIRST else trial.second] += 1
    found = [
        ClipResult(clip, share(won[clip.number], heard[clip.number]))
        for clip in test.clips
        if heard[clip.number]
    ]
    is_better = test.spec.settings.kind == BETTER

    def rank(each: ClipResult) -> tuple[bool, float, int]:
        is_last = each.clip.source == HUMAN and not is_better
        return is_last, -each.share.value, -each.share.of

    return tuple(sorted(found, key=rank))


# --- giving out -----------------------------------------------------------------------------------


def rows(workspace: Workspace, test: ListeningTest) -> list[dict[str, Any]]:
    """One row an answer, the earliest first. Listeners are numbered as they came; their tokens stay here."""
    with open_store(workspace) as store:
        answers = store.listening.answers(test.code)
    numbers: dict[str, int] = defaultdict(lambda: len(numbers) + 1)
    return [_row(test, each, numbers[each.listener]) for each in answers]


def _row(test: ListeningTest, answer: Answer, listener: int) -> dict[str, Any]:
    trial = test.trials[answer.trial]
    numbers = [trial.first] if trial.second is None else [trial.first, trial.second]
    one, other = ([test.clips[number] for number in numbers] + [None])[:2]
    preferred: str | None = None
    if other is not None and one is not None:
        preferred = (one if answer.answer == FIRST else other).source
    return {
        "test": test.code, "listener": listener, "question": trial.number + 1,
        "first_source": one and one.source, "second_source": other and other.source,
        "first_title": one and one.title, "second_title": other and other.title,
        "answer": answer.answer, "preferred": preferred,
        "right": None if other else is_right(test, answer),
        "seconds": round(answer.seconds, 1), "answered": answer.created,
    }  # fmt: skip


def export(workspace: Workspace, test: ListeningTest, form: str) -> bytes:
    """All answers as ``csv``, or as ``json`` with the test and its figures. ``InvalidSetting`` for another form."""
    found = rows(workspace, test)
    if form == "csv":
        return write_sheet(found, COLUMNS, form)
    if form != "json":
        raise InvalidSetting(f"There is no form {form!r}; choose one of {', '.join(FORMS)}.")
    document = {
        "test": to_json(test),
        "results": document_of(results(workspace, test)),
        "answers": found,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()


def document_of(found: Results) -> dict[str, Any]:
    """The figures as plain JSON values; what is not known is null."""
    return _finite(to_json(found))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
