"""Versions of a composition: what came out of what, and what differs between two, to be seen and heard."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.bar_numbers import bar_numbers, by_number, place_of
from workbench.core.editing import NO_EDITS
from workbench.core.errors import InvalidSetting
from workbench.core.records import to_json
from workbench.core.runs import Composition
from workbench.core.score import Score, bars, clip
from workbench.core.score_difference import ScoreDifference, difference
from workbench.core.vocabulary import printed_numbers
from workbench.rendering.sound import encode_audio
from workbench.services import composing, previews
from workbench.store import open_store
from workbench.workspace import Workspace

BARS = 16
"""As many of each are compared at a time, so that both stand beside one another."""
_SILENCE = 0.8  # seconds between two that are heard one after the other
_LONGEST_WORDS = 80  # characters of a setting


@dataclass(frozen=True)
class Branch:
    """A composition and those that came out of it, in the order of their making."""

    made: Composition
    number: int
    """The how-manieth of its kind (``origin``) out of the same parent, from 1."""
    children: tuple["Branch", ...]


@dataclass(frozen=True)
class Comparison:
    """Two compositions from the same bar on, ``BARS`` bars of each or what there is of them."""

    scores: tuple[Score, Score]
    difference: ScoreDifference
    first_bars: tuple[int, int]
    """The numbers of the bars with which they begin."""


def tree(workspace: Workspace, composition: str) -> tuple[Branch, ...]:
    """The composition with all its kin: the ones that nothing here came before, each with what came out of it.

    They are several where what they came from is gone. What lies in the trash is among them and says so.
    """
    with open_store(workspace) as store:
        kin = store.compositions.kin(composition)
    known = {made.id for made in kin}
    children: dict[str, list[Composition]] = defaultdict(list)
    for made in kin:
        children[made.parent if made.parent in known else ""].append(made)
    return _branches("", children)


def _branches(parent: str, children: dict[str, list[Composition]]) -> tuple[Branch, ...]:
    numbers: Counter[str] = Counter()
    branches = []
    for made in children.pop(parent, []):
        numbers[made.origin] += 1
        branches.append(Branch(made, numbers[made.origin], _branches(made.id, children)))
    return tuple(branches)


def compare(workspace: Workspace, one: str, other: str, *, bar: int = 0) -> Comparison:
    """Two compositions from the bar of that number on (0, an upbeat: from where each begins), and which of these notes they share.

    Raises ``InvalidSetting`` for a bar that one of them has not.
    """
    whole = composing.score(workspace, one), composing.score(workspace, other)
    ends = [bar_numbers(bars(score))[-1] for score in whole]
    if not 0 <= bar <= min(ends):
        raise InvalidSetting(f"Bar {bar} is not in both; choose one from 0 to {min(ends)}.")
    (one_shown, one_first), (other_shown, other_first) = (_from_bar(each, bar) for each in whole)
    shown = one_shown, other_shown
    return Comparison(shown, difference(*shown), (one_first, other_first))


def shared_bars(workspace: Workspace, one: str, other: str) -> tuple[int, int]:
    """The numbers of the bars with which a comparison can begin, the first (0 where one has an upbeat) and the last; the first alone where ``BARS`` bars show all of the shorter one."""
    counted = [bar_numbers(bars(composing.score(workspace, each))) for each in (one, other)]
    first, last = min(each[0] for each in counted), min(each[-1] for each in counted)
    return first, last if min(map(len, counted)) > BARS else first


def whole_difference(workspace: Workspace, one: str, other: str) -> ScoreDifference:
    """Which notes two compositions share, from beginning to end."""
    return difference(composing.score(workspace, one), composing.score(workspace, other))


def _from_bar(score: Score, bar: int) -> tuple[Score, int]:
    """What is shown from a bar on, and the number of its first one."""
    lines = bars(score)
    numbers = bar_numbers(lines)
    first = place_of(numbers, bar) - 1
    shown = lines[first : first + BARS]
    return clip(score, shown[0].start, shown[-1].end), numbers[first]


def in_turn(workspace: Workspace, compared: Comparison) -> bytes:
    """Both, one after the other with a rest between them, as a FLAC file. They are equally loud."""
    (one, rate), (other, _) = (
        previews.samples(previews.preview(workspace, score, previews.WIDTHS[:1]))
        for score in compared.scores
    )
    channels = max(
        len(one), len(other)
    )  # one voice sounds in the middle, several from left to right
    rest = np.zeros((1, round(_SILENCE * rate)), np.float32)
    heard = [np.repeat(each, channels // len(each), axis=0) for each in (one, rest, other)]
    return encode_audio(np.concatenate(heard, axis=1), rate, "flac")


def settings_that_differ(one: Composition, other: Composition) -> dict[str, tuple[str, str]]:
    """Names of settings, with what they are in each of the two."""
    settings = [_settings(made) for made in (one, other)]
    return {
        name: (settings[0].get(name, "–"), settings[1].get(name, "–"))
        for name in dict.fromkeys([*settings[0], *settings[1]])
        if settings[0].get(name) != settings[1].get(name)
    }


def _settings(made: Composition) -> dict[str, str]:
    """All that a composition depends on, as words."""
    found: dict[str, Any] = {
        "Model": made.request.model,
        "SHA-256 of the model": made.model_fingerprint[:16],
        "Key": str(made.plan.key),
        "Meter": str(made.plan.meter),
        "Bars": len(made.plan.bars),
        "Tempo": f"{made.plan.tempo:.0f} quarters a minute",
    }
    if locked := made.request.locked:
        found["Bars that stayed"] = (
            f"{by_number(locked.bars, printed_numbers(locked.plan))} of {locked.title}"
        )
    said = {"model", "key", "meter", "bars", "tempo", "locked"}
    for name, value in to_json(made.request).items():
        if name not in said and value not in (None, "", {}):
            found[name.replace("_", " ").capitalize()] = value
    if made.edits != NO_EDITS:
        found["Edited by hand"] = made.edits.words
    for package, version in made.versions.items():
        found[f"Version of {package}"] = version
    return {name: _words(value) for name, value in found.items()}


def _words(value: Any) -> str:
    if isinstance(value, dict) and "title" in value:
        return value["title"] or "given"
    words = f"{value:g}" if isinstance(value, float) else value
    words = words if isinstance(words, str) else json.dumps(words, ensure_ascii=False)
    return words if len(words) <= _LONGEST_WORDS else f"{words[:_LONGEST_WORDS]} …"
