"""What a person thinks of compositions and their bars: thumbs and stars, kept so that a model can learn from them later."""

import json
from collections.abc import Iterator
from typing import Any

from workbench.core.bar_numbers import bar_labels, bar_numbers
from workbench.core.errors import InvalidSetting
from workbench.core.records import to_json
from workbench.core.score import TICKS_PER_QUARTER, Score, bars, clip
from workbench.store import open_store
from workbench.store.feedback import WHOLE
from workbench.workspace import Workspace

VALUES = {"up": "good", "down": "weak", "star": "outstanding"}
"""The words that can be said, and what each means."""

__all__ = ["WHOLE"]


def say(
    workspace: Workspace, composition: str, value: str, *, bar: int = WHOLE, who: str = "local"
) -> None:
    """Say one of ``VALUES`` about a bar, counted from 1 with every part of one, or the ``WHOLE`` piece; an empty one takes back what was said.

    Raises ``InvalidSetting`` for another word and for a bar that the piece has not, ``UnknownName`` for a piece that is not
    there.
    """
    if value and value not in VALUES:
        raise InvalidSetting(
            f"{value!r} cannot be said of music; choose one of {', '.join(VALUES)}."
        )
    with open_store(workspace) as store:
        count = len(bars(store.compositions.score(composition)))
        if not 0 <= bar <= count:
            raise InvalidSetting(f"There is no bar {bar}; the piece has the bars 1 to {count}.")
        store.feedback.say(composition, bar, value, who)


def of(workspace: Workspace, composition: str) -> dict[int, str]:
    """What was said of a composition, by bar; the ``WHOLE`` piece is bar 0."""
    with open_store(workspace) as store:
        return store.feedback.of(composition)


def by_name(workspace: Workspace, composition: str) -> dict[str, str]:
    """:func:`of`, by what a bar is called (``8``, ``upbeat``); the piece is ``whole``."""
    labels = ["whole", *_labels(workspace, composition)]
    return {labels[bar]: value for bar, value in of(workspace, composition).items()}


def bar_named(workspace: Workspace, composition: str, name: str) -> int:
    """The bar that is called so, as :func:`say` counts; ``InvalidSetting`` where none is."""
    labels = _labels(workspace, composition)
    if name not in labels:
        raise InvalidSetting(f"There is no bar {name}; the piece has the bars {labels[0]} to {labels[-1]}.")  # fmt: skip
    return labels.index(name) + 1


def _labels(workspace: Workspace, composition: str) -> list[str]:
    with open_store(workspace) as store:
        return bar_labels(bars(store.compositions.score(composition)))


def lines(workspace: Workspace) -> Iterator[str]:
    """All feedback as JSON, an object a line.

    Each says the composition, its ``bar`` as the score numbers it (0 an upbeat, null the whole piece), the value, when and who; the stars of the piece; model
    and its SHA-256, request, plan, tokens and what was edited by hand; and the notes that are meant: ``[onset, duration, pitch, part]``, times in
    quarter notes from the beginning of the bar or the piece.
    """
    with open_store(workspace) as store:
        verdicts = store.feedback.all()
        for verdict in verdicts:
            made = store.compositions.get(verdict.composition)
            score = store.compositions.score(verdict.composition)
            yield json.dumps(
                {
                    "composition": made.id, "title": made.title, "bar": _number(score, verdict.bar),
                    "value": verdict.value, "created": verdict.created, "who": verdict.who,
                    "stars": made.kept.rating, "model": made.request.model,
                    "model_sha256": made.model_fingerprint, "origin": made.origin,
                    "parent": made.parent or None, "request": to_json(made.request),
                    "plan": to_json(made.plan), "tokens": made.tokens, "edits": to_json(made.edits),
                    "notes": _notes(score, verdict.bar),
                },
                ensure_ascii=False,
            )  # fmt: skip


def _number(score: Score, bar: int) -> int | None:
    return None if bar == WHOLE else bar_numbers(bars(score))[bar - 1]


def _notes(score: Score, bar: int) -> list[list[Any]]:
    if bar != WHOLE:
        meant = bars(score)[bar - 1]
        score = clip(score, meant.start, meant.end)
    return [
        [note["onset"] / TICKS_PER_QUARTER, note["duration"] / TICKS_PER_QUARTER, int(note["pitch"]), int(note["part"])]
        for note in score.notes
    ]  # fmt: skip
