"""The settings that the languages of events share, and what a training split teaches them: who plays, how, and words of several events."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.core.ensembles import AS_WRITTEN, ENSEMBLES
from workbench.core.errors import CannotEncode
from workbench.core.score import Score
from workbench.core.settings import setting
from workbench.core.specs import Values
from workbench.tokenizers.event_scores import placed, program_of
from workbench.tokenizers.event_words import learned_merges
from workbench.tokenizers.events import DRUMS, Played

if TYPE_CHECKING:
    from workbench.tokenizers.event_language import EventTokenizer

TEMPO_CHANGES = "Tempo"
ALL_PROGRAMS = tuple(range(DRUMS, 128))


@dataclass(frozen=True)
class Settings:
    steps_per_quarter: int = setting(
        4, choices=(2, 3, 4, 6, 8, 12), help="Grid: 4 is sixteenths, 12 holds triplets as well"
    )
    velocities: int = setting(8, low=2, high=32, help="How many degrees of loudness are told apart")
    tempo_changes: bool = setting(
        True, help="Whether changes of tempo are said, where the training music has any"
    )
    vocabulary_size: int = setting(
        0,
        low=0,
        high=4096,
        help="Events and learned words of several events together, at most; 0 learns no words",
    )
    ensemble: str = setting(
        AS_WRITTEN,
        choices=(AS_WRITTEN, *ENSEMBLES),
        help="Who plays: the instruments that the music names, those of one kind as one part; or an ensemble, a player for each"
        " part in the order of the score, the highest first, and only pieces with as many parts are learned",
    )
    merges: str = setting("", hidden=True)
    """What was learned: pairs of tokens that are joined, the first learned first, all with spaces between."""
    heard: str = setting("", hidden=True)
    """What was learned: ``Program_52`` and so on, and ``Tempo`` where tempos change; empty means all of them."""
    played: str = setting("", hidden=True)
    """What was learned: for each program ``40,55,100,3``, itself and what ``Played`` holds; empty leaves all open."""


def learned_by(kind: "type[EventTokenizer]", settings: Settings, scores: Iterable[Score]) -> Values:
    """What these scores teach a tokenizer: what sounds there, how, and, where it is asked for, words of several events."""
    scores = list(scores)  # they are read more than once
    found = heard_in(settings, scores) | {"played": played_in(settings, scores)}
    if not settings.vocabulary_size:
        return found
    plain = kind(replace(settings, heard=found["heard"]))
    merges = learned_merges(plain.events, plain.said_of(scores), settings.vocabulary_size)
    return {**found, "merges": merges}


def heard_in(settings: Settings, scores: Iterable[Score]) -> dict[str, str]:
    """The programs that sound in these scores, and whether any of them changes its tempo."""
    programs = set(range(len(ENSEMBLES.get(settings.ensemble, ()))))
    changes = False
    for score in scores:
        if settings.ensemble == AS_WRITTEN:
            programs |= {program_of(score.parts[part]) for part in np.unique(score.notes["part"])}
        changes = changes or len(score.tempos) > 1
    words = [f"Program_{program}" for program in sorted(programs)]
    return {"heard": " ".join(words + [TEMPO_CHANGES] * (changes and settings.tempo_changes))}


def played_in(settings: Settings, scores: Iterable[Score]) -> str:
    """The lowest and the highest note of each program in these scores, and how many of them sound at once, at most."""
    found: dict[int, Played] = {}
    players = ENSEMBLES.get(settings.ensemble, ())
    for score in scores:
        with suppress(CannotEncode):
            heard = placed(score, ALL_PROGRAMS, settings.steps_per_quarter, None, players)
            for number, part in enumerate(heard.parts):
                notes = heard.notes[heard.notes["part"] == number]
                if not part.is_drum and len(notes):
                    found[part.program] = _wider(found.get(part.program), notes)
    for number, player in enumerate(players):
        one = found.get(number, Played(player.low, player.high, 1))
        low, high = max(one.low, player.low), min(one.high, player.high)
        if low > high:
            low, high = player.low, player.high
        found[number] = Played(low, high, one.at_once)
    each = (f"{program},{one.low},{one.high},{one.at_once}" for program, one in sorted(found.items()))  # fmt: skip
    return " ".join(each)


def _wider(known: Played | None, notes: NDArray[np.void]) -> Played:
    """What is known of an instrument, and what it plays here."""
    begins, ends = np.sort(notes["onset"]), np.sort(notes["onset"] + notes["duration"])
    sounding = np.arange(1, len(begins) + 1) - np.searchsorted(ends, begins, side="right")
    here = Played(*(int(each) for each in (notes["pitch"].min(), notes["pitch"].max(), sounding.max())))  # fmt: skip
    if known is None:
        return here
    return Played(min(known.low, here.low), max(known.high, here.high), max(known.at_once, here.at_once))  # fmt: skip
