"""Families of pieces: finding them, showing them, correcting them by hand."""

from collections.abc import Sequence

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.families import JOIN, PART, Correction, Link, group, links
from workbench.core.piece import Piece
from workbench.metrics.similarity import near_pairs, signatures, similarity, sketch
from workbench.store import Store, open_store
from workbench.workspace import Workspace

FAINT = 0.1
"""Pieces less alike than this have in common what all music has."""
SCANNED = 10_000
_SKETCHED_AT_ONCE = 500


def refresh(workspace: Workspace) -> int:
    """Compare the pieces that came since with all others, if any; how many families of two and more there are.

    A library of 100,000 pieces takes some seconds (``docs/benchmarks.md``); one without new pieces none.
    """
    with open_store(workspace) as store:
        if store.families.waiting():
            _compare(store)
        return store.families.count()[0]


def waiting(workspace: Workspace) -> int:
    """How many pieces were not compared with the others yet."""
    with open_store(workspace) as store:
        return len(store.families.waiting())


def groups(store: Store, pieces: Sequence[str]) -> dict[str, str]:
    """Family of each of these pieces, by what links them with one another alone."""
    kin = store.families.kin(pieces)
    corrections = store.families.corrections()
    return group(kin, links(kin, store.families.pairs(), corrections), corrections)


def links_among(store: Store, pieces: Sequence[str]) -> list[Link]:
    """What links these pieces, the surest first."""
    return links(store.families.kin(pieces), store.families.pairs(), store.families.corrections())


# --- showing ------------------------------------------------------------------------------------


def family_of(workspace: Workspace, piece_id: str) -> list[Piece]:
    """A piece's family, itself among them; itself alone where nothing is known to be near."""
    with open_store(workspace) as store:
        members = store.families.members(store.pieces.get(piece_id).id)
        return [store.pieces.get(each) for each in members]


def similar(workspace: Workspace, piece_id: str, limit: int = 8) -> list[tuple[Piece, float]]:
    """The pieces most like one, the nearest first, with how alike they are (0..1); none below ``FAINT``.

    In a library of more than ``SCANNED`` pieces only those that were found near, for looking at all takes long.
    """
    with open_store(workspace) as store:
        piece = store.pieces.get(piece_id).id
        if store.families.sketched() > SCANNED:
            found = store.families.near(piece, limit)
        else:
            found = _scanned(store.families.sketches(), piece, limit)
        return [(store.pieces.get(other), value) for other, value in found]


def _scanned(sketches: dict[str, bytes], piece: str, limit: int) -> list[tuple[str, float]]:
    """The pieces most like one among all."""
    own = sketches.pop(piece, b"")
    if not own or not sketches:
        return []
    alike = similarity(signatures([own])[0], signatures(list(sketches.values())))
    ids = list(sketches)
    best = np.argsort(-alike, kind="stable")[:limit]
    return [(ids[i], float(alike[i])) for i in best if alike[i] >= FAINT]


def families(workspace: Workspace, *, offset: int = 0, limit: int = 50) -> list[list[Piece]]:
    """Families of two pieces and more, the largest first, a page at a time."""
    with open_store(workspace) as store:
        return [
            [store.pieces.get(each) for each in members]
            for members in store.families.largest(offset=offset, limit=limit)
        ]


def counts(workspace: Workspace) -> tuple[int, int]:
    """How many families of two and more there are, and how many pieces belong to one."""
    with open_store(workspace) as store:
        return store.families.count()


def corrections(workspace: Workspace) -> list[Correction]:
    """What was said by hand, the oldest first."""
    with open_store(workspace) as store:
        return store.families.corrections()


# --- correcting ---------------------------------------------------------------------------------


def join(workspace: Workspace, pieces: Sequence[str]) -> list[Piece]:
    """Say that pieces are of one family; the family that follows. Holds until it is said otherwise."""
    return _correct(workspace, JOIN, pieces)


def part(workspace: Workspace, pieces: Sequence[str]) -> list[Piece]:
    """Say that the first piece is no kin of the others; its family that follows."""
    return _correct(workspace, PART, pieces)


def withdraw(workspace: Workspace, first: str, second: str) -> None:
    """Take back what was said of two pieces."""
    with open_store(workspace) as store, store.db.atomic():
        store.families.withdraw(store.pieces.get(first).id, store.pieces.get(second).id)
        _regroup(store, store.families.compared())


def _correct(workspace: Workspace, kind: str, pieces: Sequence[str]) -> list[Piece]:
    refresh(workspace)
    with open_store(workspace) as store:
        first, *others = dict.fromkeys(store.pieces.get(each).id for each in pieces)
        if not others:
            raise InvalidSetting("A correction needs two different pieces.")
        with store.db.atomic():
            for other in others:
                store.families.correct(Correction(kind, first, other))
            _regroup(store, store.families.compared())
    return family_of(workspace, first)


# --- computing ----------------------------------------------------------------------------------


def _sketch(store: Store, pieces: Sequence[str]) -> None:
    """Sketch pieces that came before there were sketches."""
    for start in range(0, len(pieces), _SKETCHED_AT_ONCE):
        scores = store.pieces.scores(pieces[start : start + _SKETCHED_AT_ONCE])
        store.families.add_sketches({piece: sketch(score) for piece, score in scores.items()})


def _compare(store: Store) -> None:
    """Compare all pieces that there are now with one another. What comes meanwhile goes on waiting."""
    present = [piece.id for piece in store.families.kin()]
    _sketch(store, store.families.unsketched(store.families.waiting()))
    sketches = store.families.sketches(present)
    ids = list(sketches)
    found = near_pairs(signatures(list(sketches.values())))
    places = zip(found.first.tolist(), found.second.tolist(), strict=True)
    alike = found.similarity.tolist()
    pairs = [(ids[a], ids[b], value) for (a, b), value in zip(places, alike, strict=True)]
    with store.db.atomic():
        if not set(store.families.compared()).issubset(present):
            return  # Somebody began later and knows more; what they compared holds these as well.
        still = {piece.id for piece in store.families.kin(present)}
        store.families.set_pairs((a, b, value) for a, b, value in pairs if {a, b} <= still)
        _regroup(store, present)


def _regroup(store: Store, compared: Sequence[str]) -> None:
    """Families of these pieces, which were compared with one another; the others go on waiting."""
    store.families.set_families(groups(store, compared))
