"""Controls: what a person may tell a model of a piece beforehand. One file each, found by discovery.

A control gives every piece of a dataset one *label*, or None where nothing is known: read from a fact (such as the density
of notes) or from a person's tag (such as the mood). A model that is trained with it is told the label beside every
token, and a person chooses one, or leaves it open, when composing. Key, meter and length need no control: they
are in every plan.

The labels of a tag are those that the training split knows; those of a fact are named ranges that its file states, so
that they mean the same in every model.
"""

import inspect
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.core.piece import Piece
from workbench.core.registry import Registry

MOST_LABELS = 24
FEWEST_PIECES = 3
"""A label that fewer pieces of the training split have is nothing to learn from."""

Labels = dict[str, tuple[str, ...]]
"""Labels by control, the commonest first, or in the order of their range."""


@dataclass(frozen=True)
class Control:
    """One thing that can be told."""

    name: str
    title: str
    description: str
    label: Callable[[Piece], str | None]
    ranges: tuple[str, ...] = ()
    """All labels in their order where they are named ranges; empty where the pieces bring their own."""


CONTROLS: Registry[Control] = Registry("control", "workbench.controls")

Read = Callable[[Piece], str | None]


def control(name: str, *, title: str, ranges: Sequence[str] = ()) -> Callable[[Read], Read]:
    """Register the decorated function, which gives a piece its label; its docstring describes the control."""

    def register(label: Read) -> Read:
        description = " ".join((inspect.getdoc(label) or "").split("\n\n")[0].split())
        CONTROLS.register(name, Control(name, title, description, label, tuple(ranges)))
        return label

    return register


def within(value: float | None, edges: Sequence[float], names: Sequence[str]) -> str | None:
    """The name of the range that a number lies in; a number on an edge belongs to the range above."""
    return None if value is None else names[bisect_right(edges, value)]


def labels_of(piece: Piece, names: Iterable[str]) -> dict[str, str]:
    """The labels of a piece under some controls, those left out of which nothing is known."""
    found = {name: CONTROLS.get(name).label(piece) for name in names}
    return {name: label for name, label in found.items() if label}


def counted(pieces: Iterable[Mapping[str, str]]) -> dict[str, dict[str, int]]:
    """Pieces by control and label, from the labels of each; labels in the order of :data:`Labels`."""
    counts: dict[str, Counter[str]] = {}
    for labels in pieces:
        for name, label in labels.items():
            counts.setdefault(name, Counter())[label] += 1
    return {name: _ordered(CONTROLS.get(name), found) for name, found in counts.items()}


def learnable(counts: Mapping[str, Mapping[str, int]]) -> Labels:
    """The labels a model can learn: known well enough, and at least two, for one alone says nothing."""
    found = {
        name: tuple(label for label, pieces in labels.items() if pieces >= FEWEST_PIECES)
        for name, labels in counts.items()
    }
    return {name: labels[:MOST_LABELS] for name, labels in found.items() if len(labels) > 1}


def _ordered(control: Control, counts: Counter[str]) -> dict[str, int]:
    if control.ranges:
        return {label: counts[label] for label in control.ranges if counts[label]}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
