"""Editing a composition by hand: what was edited is kept as a composition of its own, and the one it came from stays as it is."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from workbench.core.edit_remarks import no_longer_holds
from workbench.core.editing import NO_EDITS, apply, bars_to_edit, edited, edits_between
from workbench.core.errors import InvalidSetting, WorkbenchError
from workbench.core.runs import Composition, Kept
from workbench.core.score import Bar, Score
from workbench.services import composing, models, steering
from workbench.store import open_store
from workbench.workspace import Workspace

_ENDING = ", edited"
_LONGEST_TITLE = 200


def keep(workspace: Workspace, composition: str, rows: Any) -> str:
    """Keep a composition with other notes as a new one; its id. Raises ``InvalidSetting`` as :func:`version` does."""
    return store_version(workspace, *version(workspace, composition, rows))


def store_version(workspace: Workspace, made: Composition, score: Score) -> str:
    """Put what :func:`version` gave among the compositions; its id."""
    with open_store(workspace) as store:
        store.compositions.add(made, score, None)
    return made.id


def version(workspace: Workspace, composition: str, rows: Any) -> tuple[Composition, Score]:
    """A composition with other notes as a new one that came out of it, not kept yet.

    ``rows`` are those of :func:`core.editing.edited`, and are not believed. What the new piece keeps is what has to be changed in
    what the model wrote, however often it was edited, so it can be made again where the pieces between are gone.

    Raises ``InvalidSetting`` for notes that cannot be, and where nothing was changed.
    """
    parent = composing.get(workspace, composition)
    score = composing.score(workspace, composition)
    changed = edited(score, rows, bars_of(parent, score)[-1].end)
    if changed == score:
        raise InvalidSetting("Nothing has been changed, so there is no version to keep.")
    child = replace(
        parent,
        id=secrets.token_hex(6),
        created=datetime.now(UTC).isoformat(timespec="microseconds"),
        title=parent.title.removesuffix(_ENDING)[: _LONGEST_TITLE - len(_ENDING)] + _ENDING,
        candidates=(),
        parent=parent.id,
        origin="edited",
        kept=Kept(),
        edits=edits_between(written(parent, score), changed),
    )
    return child, changed


def bars_of(made: Composition, score: Score) -> list[Bar]:
    """The bars that a person may write in: those that were composed, also where they have lost their notes."""
    return bars_to_edit(score, len(made.plan.bars))


def written(made: Composition, score: Score) -> Score:
    """What the model wrote of a composition, before anybody edited it."""
    return apply(score, made.edits.inverse)


def remarks(workspace: Workspace, made: Composition, score: Score) -> list[str]:
    """What no longer holds of an edited composition, in sentences; none of one that was not edited."""
    if made.edits == NO_EDITS:
        return []
    try:
        sung = list(steering.voices(models.get(workspace, made.request.model)).values())
    except WorkbenchError:  # the model is gone
        sung = []
    ranges = dict(enumerate(sung)) if len(sung) == len(score.parts) else {}
    return no_longer_holds(
        score, written=written(made, score), key=made.plan.key, limits=made.request.limits,
        count=len(made.plan.bars), ranges=ranges,
    )  # fmt: skip
