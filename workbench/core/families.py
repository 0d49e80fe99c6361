"""Families: pieces that a split must not separate, because who has heard one half knows the other.

Pieces are kin where

1. a person joined them;
2. they are the same music in another key or other note values (``Piece.tune``);
3. they have one title within one collection. A number that catalogues them does not count: chorales called
   *Nun ruhen alle Wälder (BWV 13.6)* and *(BWV 392)* are one family, harmonised twice. Titles that
   very many pieces share, such as *Reel*, are no names and join nothing;
4. they are near (:mod:`workbench.metrics.similarity`): settings of one tune, or one melody harmonised twice.

A family is what such links hold together. Links are followed from the surest to the weakest, and one is *not* followed
where it would bring together what a person parted, or where a near pair would make a family of more than
``LARGEST_FAMILY``: a chain of likenesses says little about its two ends.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

JOIN, PART = "join", "part"
LARGEST_FAMILY = 40
MOST_OF_ONE_TITLE = 20

_CATALOGUE_NUMBER = re.compile(r"\s*\([^()]*\d[^()]*\)\s*$")


@dataclass(frozen=True)
class Kin:
    """What families look at in a piece."""

    id: str
    tune: str
    title: str
    collection: str


@dataclass(frozen=True)
class Link:
    """Two pieces that belong together, why, and how alike they are (0..1; 1 where the why is no likeness)."""

    first: str
    second: str
    why: str
    """``joined``, ``same tune``, ``same title`` or ``near``."""
    similarity: float = 1.0


@dataclass(frozen=True)
class Correction:
    """What a person said of two pieces: ``join`` or ``part``."""

    kind: str
    first: str
    second: str


Near = tuple[str, str, float]
"""Two pieces, and how alike they are."""


def links(
    pieces: Sequence[Kin], near: Iterable[Near], corrections: Iterable[Correction] = ()
) -> list[Link]:
    """Every link among the pieces, the surest first. What names other pieces is left out."""
    known = {piece.id for piece in pieces}
    found = [
        Link(each.first, each.second, "joined")
        for each in corrections
        if each.kind == JOIN and each.first in known and each.second in known
    ]
    ordered = sorted(pieces, key=lambda piece: piece.id)
    found += _chained(((piece.tune,), piece.id) for piece in ordered)
    titled = [(_name(piece), piece.id) for piece in ordered if piece.title]
    found += _chained(titled, most=MOST_OF_ONE_TITLE)
    alike = sorted((-value, a, b) for a, b, value in near if a in known and b in known)
    return found + [Link(a, b, "near", -value) for value, a, b in alike]


def group(
    pieces: Sequence[Kin], found: Iterable[Link], parted: Iterable[Correction] = ()
) -> dict[str, str]:
    """Family of every piece: the smallest id among its members.

    ``found`` in the order of :func:`links`.
    """
    members = {piece.id: [piece.id] for piece in pieces}  # by root
    root = {piece.id: piece.id for piece in pieces}
    enemies: dict[str, set[str]] = defaultdict(set)
    for each in parted:
        if each.kind == PART and each.first in root and each.second in root:
            enemies[each.first].add(each.second)
            enemies[each.second].add(each.first)
    for link in found:
        large, small = root[link.first], root[link.second]
        if large == small:
            continue
        if len(members[large]) < len(members[small]):
            large, small = small, large
        size = len(members[large]) + len(members[small])
        if link.why == "near" and size > LARGEST_FAMILY:
            continue
        if any(root[enemy] == large for each in members[small] for enemy in enemies.get(each, ())):
            continue
        for member in members[small]:
            root[member] = large
        members[large] += members.pop(small)
    return {piece: min(family) for family in members.values() for piece in family}


def _name(piece: Kin) -> tuple[str, ...]:
    return (piece.collection, _CATALOGUE_NUMBER.sub("", piece.title).casefold())


def _chained(
    labelled: Iterable[tuple[tuple[str, ...], str]], most: int | None = None
) -> list[Link]:
    """Each piece linked to the one before it with the same label."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for label, piece in labelled:
        groups[label].append(piece)
    why = "same tune" if most is None else "same title"
    return [
        Link(first, second, why)
        for alike in groups.values()
        if most is None or len(alike) <= most
        for first, second in itertools.pairwise(alike)
    ]
