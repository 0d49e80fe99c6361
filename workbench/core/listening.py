"""Blind listening tests: what is asked, what is heard, and in which order each listener hears it.

A *clip* is a few bars of one *source*: of people (``HUMAN``) or of a model. A *trial* is a question about one clip (is it a
person's or a machine's?) or about two under the same plan (which is better?). A *listener* is a token that nobody can guess, and no
name; the order of the trials follows from it, so whoever comes back goes on where they were.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, zip_longest
from typing import Any, TypeVar

import numpy as np

from workbench.core.score import Score, bars, clip
from workbench.core.settings import setting

HUMAN = "human"
"""The source of what people wrote."""
MACHINE = "machine"
FIRST, SECOND = "first", "second"

ORIGIN, BETTER = "origin", "better"
KINDS = {ORIGIN: "Human or machine?", BETTER: "Which is better?"}
ANSWERS = {ORIGIN: (HUMAN, MACHINE), BETTER: (FIRST, SECOND)}

PREPARING, OPEN, CLOSED = "preparing", "open", "closed"

LETTERS = "BCDFGHJKMNPQRTVWXY"
"""Of codes: none that looks like another or like a figure, and no vowels, which make words."""
CODE_LENGTH = 5
MOST_LISTENERS = 5000

INSTRUMENTS = {
    "piano": 0, "organ": 19, "accordion": 21, "guitar": 24, "violin": 40, "flute": 73,
}  # fmt: skip
"""General MIDI programs, counted from 0."""

FORM = "mp3"  # every phone plays it
SCORES_FILE = "people.scores"
"""In a test's folder: the notes of people's clips."""
FEWEST_NOTES = 4
"""Music of fewer is none."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Settings:
    """What a person chooses of a listening test besides music and models."""

    kind: str = setting(
        ORIGIN, choices=tuple(KINDS),
        help="origin: one clip a question, by a person or a machine? better: two clips under the same plan, which is better?",
    )  # fmt: skip
    pieces: int = setting(6, low=1, high=50, help="Clips of each model, and as many by people")
    bars: int = setting(8, low=1, high=32, help="Length of a clip in whole bars")
    questions: int = setting(
        12,
        low=0,
        high=200,
        help="Most questions that one listener is asked, drawn evenly; 0 for all",
    )
    temperature: float = setting(
        1.0, low=0.1, high=2.0, help="How adventurous the models are; 1 is as they learned it", advanced=True
    )  # fmt: skip
    instrument: str = setting(
        "piano", choices=tuple(INSTRUMENTS), help="The one sound of all clips", advanced=True
    )
    split: str = setting(
        "test", choices=("test", "valid", "train", "all"), advanced=True,
        help="Which pieces of the dataset people's clips are taken from",
    )  # fmt: skip
    seed: int = setting(
        0, low=0, high=2**31 - 1, help="Another seed draws other pieces and composes others", advanced=True
    )  # fmt: skip


@dataclass(frozen=True)
class ListeningSpec:
    """What was asked for."""

    name: str
    dataset: str
    models: tuple[str, ...]
    settings: Settings = Settings()

    @property
    def sources(self) -> tuple[str, ...]:
        """People, then the models."""
        return (HUMAN, *self.models)


@dataclass(frozen=True)
class Clip:
    """A few bars of music as they are heard."""

    number: int
    source: str
    """``HUMAN``, or a model's name."""
    title: str
    """What it is, for the teacher."""
    piece: str
    """Id of the piece it is taken from; of a model's clip the one whose plan it has."""
    file: str
    """Name of the sound file, which says nothing."""
    request: dict[str, Any] | None = None
    """Of a model's clip, the :class:`workbench.core.specs.ComposeRequest` that made it, as JSON."""
    is_heard: bool | None = None
    """Of people's: whether one of the models knew the piece or its family; None where that is not known."""
    seconds: float = 0.0
    lufs: float = 0.0


@dataclass(frozen=True)
class Trial:
    """A question: about one clip, or about two of which ``first`` belongs to the earlier source."""

    number: int
    first: int
    second: int | None = None


@dataclass(frozen=True)
class ListeningTest:
    """A test with its clips and questions. ``state`` is ``PREPARING``, ``OPEN`` or ``CLOSED``."""

    code: str
    spec: ListeningSpec
    state: str
    job: str
    created: str
    clips: tuple[Clip, ...]
    trials: tuple[Trial, ...]

    @property
    def questions(self) -> int:
        """How many one listener is asked."""
        most = self.spec.settings.questions
        return min(most or len(self.trials), len(self.trials))

    def sources_of(self, trial: Trial) -> tuple[str, ...]:
        """Whose clips a question is about."""
        numbers = (trial.first,) if trial.second is None else (trial.first, trial.second)
        return tuple(self.clips[number].source for number in numbers)


@dataclass(frozen=True)
class Answer:
    """What one listener said of one trial."""

    listener: str
    trial: int
    answer: str
    """One of ``ANSWERS``; ``first`` and ``second`` as the trial has them, whichever was heard first."""
    seconds: float
    """Between the question's being shown and the answer."""
    created: str


@dataclass(frozen=True)
class Question:
    """A trial as one listener meets it: ``clips`` in the order in which they are heard."""

    trial: int
    place: int
    """From 1."""
    of: int
    clips: tuple[int, ...]
    is_swapped: bool


def tidy_code(text: str) -> str:
    """A code as somebody typed it, without blanks and hyphens, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[: 2 * CODE_LENGTH]


def make_trials(spec: ListeningSpec, clips: Sequence[Clip]) -> tuple[Trial, ...]:
    """One question about every clip, or one about every two sources under every plan."""
    if spec.settings.kind == ORIGIN:
        return tuple(Trial(number, each.number) for number, each in enumerate(clips))
    plans: dict[str, dict[str, int]] = defaultdict(dict)
    for each in clips:
        plans[each.piece][each.source] = each.number
    pairs = [
        (plan[one], plan[other])
        for plan in plans.values()
        for one, other in combinations(spec.sources, 2)
    ]
    return tuple(Trial(number, *pair) for number, pair in enumerate(pairs))


def questions_for(test: ListeningTest, listener: str) -> tuple[Question, ...]:
    """What a listener is asked, in the listener's own order.

    Of more trials than are asked, each listener has a share in which the sources, or the pairs of them, come as evenly as the number
    allows; of people's and machines' there are as many of each. Which of two is heard first alternates.
    """
    rng = random.Random(hashlib.sha256(f"{test.code} {listener}".encode()).digest())
    groups: dict[tuple[str, ...], list[Trial]] = defaultdict(list)
    for trial in test.trials:
        groups[test.sources_of(trial)].append(trial)
    dealt = [rng.sample(group, len(group)) for group in groups.values()]
    if test.spec.settings.kind == ORIGIN:
        people = dealt[list(groups).index((HUMAN,))]
        machines = [group for group in dealt if group is not people]
        halves = [people, _in_turn(rng.sample(machines, len(machines)))]
        chosen = _in_turn(rng.sample(halves, 2))
    else:
        chosen = _in_turn(rng.sample(dealt, len(dealt)))
    chosen = chosen[: test.questions]
    rng.shuffle(chosen)
    start = rng.randrange(2)
    return tuple(
        _question(trial, place, len(chosen), trial.second is not None and (place + start) % 2 == 0)
        for place, trial in enumerate(chosen, 1)
    )


def _question(trial: Trial, place: int, of: int, is_swapped: bool) -> Question:
    clips = (trial.first,) if trial.second is None else (trial.first, trial.second)
    return Question(trial.number, place, of, clips[::-1] if is_swapped else clips, is_swapped)


def _in_turn(groups: Iterable[Sequence[Item]]) -> list[Item]:
    """The first of every group, then the second of every group, and so on."""
    missing = object()
    rows = zip_longest(*groups, fillvalue=missing)
    return [item for item in chain.from_iterable(rows) if item is not missing]  # type: ignore[misc]


def opening(score: Score, length: int) -> Score:
    """The first bars, without drums, which no other instrument can play."""
    first = clip(score, 0, bars(score)[:length][-1].end)
    drums = np.array([part.is_drum for part in first.parts])[first.notes["part"]]
    return replace(first, notes=first.notes[~drums])
