"""Playing live: asking for music bar after bar, under settings that somebody moves while it sounds.

Every bar is a job of its own (``jobs.live``), asked for shortly before it is due. The composition is kept from its first bar on and grows;
nothing has to be saved. Jobs are only queued here: launch them. Its request says of every bar what it was drawn with.
"""

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from workbench.core.creativity import creativity
from workbench.core.errors import InvalidSetting
from workbench.core.live import (
    CLOSING_BARS,
    FASTEST,
    LOUDEST,
    MOST_DENSITY,
    MOST_TURNS,
    SLOWEST,
    SOFTEST,
    Turn,
)
from workbench.core.mood import part_of
from workbench.core.records import to_json
from workbench.core.specs import ComposeRequest
from workbench.jobs.live import BEGIN, END, GO_ON, KINDS, WARM
from workbench.jobs.requests import check_request, plays_live
from workbench.services import activity, composing, models, steering
from workbench.services.models import Model
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.workspace import Workspace

__all__ = ["KINDS", "MOST_TURNS"]

ONE_AFTER_ANOTHER = "Bars are played one after another; press Play to begin anew."
NARROWEST = 0.55
"""Share of a voice's range that is left where the register is moved to its end."""


@dataclass(frozen=True)
class Wishes:
    """Where the sliders stand."""

    creativity: float = 5.0
    density: float = 0.0
    register: float = 0.0
    tempo: float = 100.0
    loudness: float = 80.0


RANGES = {
    "creativity": (0.0, 10.0),
    "density": (-MOST_DENSITY, MOST_DENSITY),
    "register": (-1.0, 1.0),
    "tempo": (SLOWEST, FASTEST),
    "loudness": (float(SOFTEST), float(LOUDEST)),
}


@dataclass(frozen=True)
class Ask:
    """What a browser asks for: a bar of the piece that it calls ``play``, under its sliders."""

    play: int
    bar: int
    wishes: Wishes
    closes: bool
    """Whether an end is to be made."""


def heeded(words: Any) -> Ask:
    """What a browser said, if it can be meant. Raises ``InvalidSetting``."""
    try:
        wishes = words["wishes"]
        values = {each.name: float(wishes[each.name]) for each in fields(Wishes)}
        play, bar, closes = words["play"], words["bar"], words["closes"]
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise InvalidSetting("The browser asked for no bar; reload the page.") from error
    for name, (low, high) in RANGES.items():
        if not (math.isfinite(values[name]) and low <= values[name] <= high):
            raise InvalidSetting(f"The {name} must lie in {low:g} to {high:g}; reload the page.")
    if (
        not _is_number(play, 2**31)
        or not _is_number(bar, MOST_TURNS)
        or not isinstance(closes, bool)
    ):
        raise InvalidSetting(f"Bars 1 to {MOST_TURNS} can be asked for; press Play to begin anew.")
    return Ask(play, bar, Wishes(**values), closes)


def _is_number(value: Any, end: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < end


def models_for(available: Sequence[Model]) -> list[Model]:
    """Those that can play live."""
    return [model for model in available if plays_live(model.card)]


def warm_up(workspace: Workspace, model: Model) -> None:
    """Have the composer open a model, so that the first bar does not wait for it."""
    job = activity.enqueue(
        workspace, WARM, {"folder": str(model.folder)}, title=f"Opening {model.title}"
    )
    activity.launch(workspace, job)


def begin(workspace: Workspace, request: ComposeRequest, ask: Ask) -> tuple[str, str]:
    """Ask for the first bar of a piece; ids of the composition that grows from it, and of the job.

    Of the request model, seed, key and meter count. Raises ``WorkbenchError`` where the model cannot play so.
    """
    if ask.bar:
        raise InvalidSetting(ONE_AFTER_ANOTHER)
    model = models.get(workspace, request.model)
    turn = _turn(model, ask, None)
    request = replace(request, bars=1, tempo=turn.tempo, live=(turn,))
    plan = check_request(request, model.card, model.folder)
    composition = secrets.token_hex(6)
    with open_store(workspace) as store:
        number = store.jobs.count(BEGIN) + 1
    title = f"Live no. {number}, {plan.meter} in {plan.key}"
    begun = {"request": to_json(replace(request, live=())), "title": title}
    return composition, _enqueue(workspace, model, composition, 0, turn, begun)


def go_on(workspace: Workspace, composition: str, ask: Ask) -> str:
    """Ask for another bar; the job's id. ``InvalidSetting`` where it does not follow on what is there."""
    request = composing.get(workspace, composition).request
    if not 0 < ask.bar <= len(request.live):
        raise InvalidSetting(ONE_AFTER_ANOTHER)
    model = models.get(workspace, request.model)
    before = request.live[ask.bar - 1]
    if before.left == 0:
        raise InvalidSetting("The piece has come to its end; press Play to begin anew.")
    turn = _turn(model, ask, before)
    check_request(replace(request, live=(turn,), bars=1), model.card, model.folder)
    return _enqueue(workspace, model, composition, ask.bar, turn, {})


def end(workspace: Workspace, composition: str, bars: int) -> str:
    """Keep what was heard, the first so many bars, and nothing where none was; the job's id."""
    made = composing.get(workspace, composition)
    folder = models.folder(workspace, made.request.model)
    spec = {"composition": composition, "bars": bars, "folder": str(folder)}
    return activity.enqueue(workspace, END, spec, title=f"Keeping {made.title}")


def sound_of(job: Job) -> dict[str, Any]:
    """What a browser needs to play the bar that a job composed (``core.live.BarSound``, with its number, tempo and bars left)."""
    asked = job.spec["turn"]
    return job.result | {"tempo": asked["tempo"], "left": asked["left"]}


def pitches(model: Model) -> tuple[int, int]:
    """The lowest and the highest that the model may write."""
    spans = steering.voices(model).values()
    return min(low for low, _ in spans), max(high for _, high in spans)


def stretches(turns: Sequence[Turn]) -> list[tuple[int, int, Turn]]:
    """Bars that were drawn with the same settings, on the way to an end or not: the first and the last, counted from 1, and their turn."""
    found: list[tuple[int, int, Turn]] = []
    for number, turn in enumerate(turns, start=1):
        if found and _settings(found[-1][2]) == _settings(turn):
            found[-1] = (found[-1][0], number, turn)
        else:
            found.append((number, number, turn))
    return found


def _settings(turn: Turn) -> tuple[Turn, bool]:
    """All but how many bars are left."""
    return replace(turn, left=None), turn.left is None


def _turn(model: Model, ask: Ask, before: Turn | None) -> Turn:
    """What a bar is drawn with that follows on one drawn with ``before``."""
    wishes = ask.wishes
    left = None if before is None or before.left is None else max(before.left - 1, 0)
    if left is None and (ask.closes or ask.bar >= MOST_TURNS - CLOSING_BARS):
        left = CLOSING_BARS - 1
    voices = steering.holds_voice_leading(model.card)
    return Turn(
        **creativity(wishes.creativity), density=wishes.density, ranges=_ranges(model, wishes.register),
        tempo=wishes.tempo, velocity=round(wishes.loudness), left=left,
        no_parallels=voices, no_cross_relations=voices,
    )  # fmt: skip


def _ranges(model: Model, register: float) -> tuple[tuple[int, int], ...]:
    """The upper or the lower part of every voice's range; nothing in the middle."""
    if not register:
        return ()
    width = 1 - (1 - NARROWEST) * abs(register)
    span = (1 - width, 1.0) if register > 0 else (0.0, width)
    return tuple(part_of(low, high, span) for low, high in steering.voices(model).values())


def _enqueue(
    workspace: Workspace, model: Model, composition: str, bar: int, turn: Turn, begun: dict[str, Any]
) -> str:  # fmt: skip
    spec = {
        "composition": composition, "bar": bar, "turn": to_json(turn), "folder": str(model.folder),
    }  # fmt: skip
    kind = BEGIN if begun else GO_ON
    return activity.enqueue(workspace, kind, spec | begun, title=f"Playing bar {bar + 1}")
