"""Locking bars of a composition and composing the rest again: the same model writes what is not locked, and keeps what is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import spans
from workbench.core.editing import NO_EDITS, NoteEdits
from workbench.core.errors import InvalidSetting
from workbench.core.frames import FIRST_PITCH, HOLD
from workbench.core.limits import NO_LIMITS
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.sections import end_ticks
from workbench.core.specs import FREE, ComposeRequest, Locked, TokenizerSpec
from workbench.core.vocabulary import Plan
from workbench.jobs.requests import check_request
from workbench.services import composing, editing, models, wording
from workbench.services.models import Model
from workbench.tokenizers.grid import step_ticks
from workbench.tokenizers.locked_cells import KeepsBars
from workbench.workspace import Workspace


def keeps_bars(model: Model) -> bool:
    """Whether a model can write the rest of a piece of which some bars stay: it writes melodies or chorales in steps."""
    return isinstance(_language(model), KeepsBars)


def _language(model: Model) -> object:
    return wording.made(_spec(model))


def _spec(model: Model) -> TokenizerSpec:
    """What a model writes in, without controls."""
    return TokenizerSpec(model.card.tokenizer.name, model.card.tokenizer.settings)


def with_locked(workspace: Workspace, composition: str, bars: Sequence[int]) -> ComposeRequest:
    """:func:`around` the bars of a composition that is here."""
    made = composing.get(workspace, composition)
    return around(workspace, made, composing.score(workspace, composition), bars)


def around(
    workspace: Workspace, made: Composition, score: Score, bars: Sequence[int]
) -> ComposeRequest:
    """The request of a composition, with its seed, by which these of its bars stay, note for note, and the others are written anew.

    Bars are places, counted from 1, an upbeat as well. A note that is tied into such a bar or out of it stays whole. Voices that were given from
    beginning to end stay everywhere. What stays may go beyond the limits; what is written keeps to them, but for a form, which is left open, and for a shortest
    note that is longer than one that stays.

    The piece ends on its tonic where that was asked for and nothing of its close stays.

    Raises ``InvalidSetting`` where no bars or all are named, where the model cannot keep bars, and where the last one stays and is silent.
    """
    request, plan = made.request, made.plan
    model = models.get(workspace, request.model)
    language = _language(model)
    if not isinstance(language, KeepsBars):
        raise InvalidSetting(
            f"{model.title} does not write in steps, so no bars can stay; edit the notes, or choose a model of melodies or chorales in steps."
        )
    count = len(plan.bars)
    if not bars or set(bars) >= set(range(1, count + 1)):
        raise InvalidSetting(
            "Lock some of the bars and leave some, so that there is a rest to compose."
        )
    if not all(1 <= bar <= count for bar in bars):
        raise InvalidSetting(f"The piece has the bars 1 to {count}; lock some of these.")
    stays = _stays(request, plan, bars, len(score.parts))
    cells, exact = language.locked(score, plan, stays)
    per_quarter = language.settings.steps_per_quarter
    shortest = min(request.limits.shortest, _shortest(cells) / per_quarter)
    close = end_ticks(plan.meter) // step_ticks(per_quarter)
    if not (request.limits.closes and (cells[-close:] == FREE).all()):
        close = 0
    locked = Locked(
        replace(plan, limits=NO_LIMITS, controls=()), tuple(cells.reshape(-1).tolist()), spans(bars),
        made.title, _is_by_hand(made, exact, stays, per_quarter), exact, _spec(model),
    )  # fmt: skip
    return replace(
        request, locked=locked, given=None, primer="", returning=False, bars=count, key=str(plan.key),
        meter=str(plan.meter), tempo=plan.tempo,
        limits=replace(request.limits, form="", ends_on_tonic=close > 0, close=close / per_quarter, shortest=shortest),
    )  # fmt: skip


def compose_rest(
    workspace: Workspace, composition: str, bars: Sequence[int], rows: Any = None
) -> str:
    """Compose what is not locked, with a seed that nobody has chosen; the job's id.

    Where ``rows`` of edited notes are given, they are kept as a version first, out of which the new piece comes. They are not
    believed, nor are ``bars``.
    """
    if not isinstance(bars, Sequence) or not all(
        type(bar) in (int, float) and bar % 1 == 0 for bar in bars
    ):
        raise InvalidSetting(
            "The locked bars did not arrive; load the page again and lock them once more."
        )
    is_edited = rows is not None
    made, score = (
        editing.version(workspace, composition, rows)
        if is_edited
        else (composing.get(workspace, composition), composing.score(workspace, composition))
    )
    request = composing.reseeded(around(workspace, made, score, [int(bar) for bar in bars]))
    model = models.get(workspace, request.model)
    check_request(request, model.card, model.folder)  # before anything is kept
    if is_edited:
        editing.store_version(workspace, made, score)
    return composing.compose(workspace, request, parent=made.id, origin="rest")


def _stays(
    request: ComposeRequest, plan: Plan, bars: Sequence[int], voices: int
) -> NDArray[np.bool_]:
    """(T, V) which cells stay: those of the bars, and of the voices that were given from beginning to end."""
    is_locked = np.isin(np.arange(1, len(plan.bars) + 1), list(bars))
    steps = np.repeat(is_locked, [bar.steps for bar in plan.bars])
    stays = np.repeat(steps[:, np.newaxis], voices, axis=1)
    if request.given:
        stays |= (np.array(request.given.states).reshape(stays.shape) != FREE).all(axis=0)
    return stays


def _shortest(cells: NDArray[np.int32]) -> float:
    """Steps of the shortest note among cells that stay; endless where there is none."""
    lengths = [np.inf]
    for voice in cells.T.tolist():
        for place, cell in enumerate(voice):
            if cell >= FIRST_PITCH:
                end = next(
                    (i for i in range(place + 1, len(voice)) if voice[i] != HOLD), len(voice)
                )
                lengths.append(end - place)
    return float(min(lengths))


def _is_by_hand(
    made: Composition, exact: NoteEdits, stays: NDArray[np.bool_], steps_per_quarter: int
) -> bool:
    """Whether anything that stays was edited by a person: a note put in or taken out, or what stayed before."""
    step = step_ticks(steps_per_quarter)

    def is_there(note: tuple[int, ...]) -> bool:
        onset, duration, part = note[0], note[1], note[4]
        return bool(stays[onset // step : -(-(onset + duration) // step), part].any())

    before = made.request.locked
    return (
        exact != NO_EDITS
        or (before is not None and before.by_hand)
        or any(map(is_there, [*made.edits.put, *made.edits.taken]))
    )


def what_is_left_open(request: ComposeRequest, rest: ComposeRequest) -> list[str]:
    """What the rest is not held to of what the piece was asked for, and what the model could not hear, in sentences."""
    was, now = request.limits, rest.limits
    found = []
    if request.given and not request.locked:
        found.append("Voices that were given from beginning to end stay, too.")
    if was.form and not now.form:
        found.append(
            f"The form {was.form} is left open: sections cannot return around bars that stay."
        )
    if request.returning:
        found.append(
            "No form of a tune is drawn: phrases return as the bars that stay and the model have it."
        )
    is_held = now.no_parallels or now.no_cross_relations
    if is_held and not rest.rewrites:  # what fills holes hears the bar that stays
        found.append(
            "Where a new bar leads into one that stays, voices may go in parallels or contradict one another."
        )
    if now.shortest < was.shortest:
        found.append("The shortest note is as short as one that stays.")
    if rest.locked and rest.locked.exact != NO_EDITS:
        found.append(
            "Some of what stayed the model has no way to say; it heard the nearest that it can."
        )
    return found
