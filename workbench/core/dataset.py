"""Dataset versions: fixed pieces, fixed splits, a fingerprint.

A version is never edited; a change makes a new one, with the old one as its parent. The
fingerprint depends on the music and the choices alone (not on names, dates or the machine), so two
installations can tell whether they trained on the same thing.

Splits are drawn over *tunes*, not pieces: pieces with the same notes in another key or other note values
share ``Piece.tune`` and always fall into one split. So do pieces of one collection with the same title.
"""

import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.errors import InvalidSetting
from workbench.core.piece import Piece

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class DatasetVersion:
    """``pieces[i]`` belongs to ``splits[i]``; both are sorted by piece id."""

    name: str
    version: int
    pieces: tuple[str, ...]
    splits: tuple[str, ...]
    query: str
    ratios: tuple[int, int, int]
    seed: int
    transpositions: tuple[int, ...]
    """Semitones by which the training split alone is also heard; ``(0,)`` is no augmentation."""
    parent: str | None
    fingerprint: str
    created: str = ""

    @property
    def id(self) -> str:
        """``name@version``, how a person and a run refer to it."""
        return f"{self.name}@{self.version}"

    def members(self, split: str) -> list[str]:
        """Ids of the pieces of one split."""
        pairs = zip(self.pieces, self.splits, strict=True)
        return [piece for piece, where in pairs if where == split]


def parse_ratios(text: str) -> tuple[int, int, int]:
    """``"80/10/10"`` for train, valid and test; they must add up to 100."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        raise InvalidSetting(f"{text!r} is no split; write it like 80/10/10.")
    train, valid, test = (int(part) for part in parts)
    if train + valid + test != 100 or train == 0:
        raise InvalidSetting(f"The split {text} must add up to 100 and keep something to train on.")
    return train, valid, test


def draw_splits(pieces: Sequence[Piece], ratios: tuple[int, int, int], seed: int) -> dict[str, str]:
    """Piece id to split. Whole families are dealt, in an order that depends on ids and seed alone.

    Each family goes to the split that is furthest below its share, so that the ratios hold as nearly
    as families allow, also in a small set.
    """
    families = _families(pieces)
    order = sorted(families, key=lambda family: family[0])
    random.Random(seed).shuffle(order)
    shares = dict(zip(SPLITS, ratios, strict=True))
    counts = dict.fromkeys(SPLITS, 0)
    result: dict[str, str] = {}
    for family in order:
        done = len(result) + len(family)
        split = max(
            SPLITS, key=lambda name: (shares[name] * done / 100 - counts[name], shares[name])
        )
        counts[split] += len(family)
        result.update(dict.fromkeys(family, split))
    return result


def _families(pieces: Sequence[Piece]) -> list[list[str]]:
    """Groups of piece ids that share a tune or, within a collection, a title."""
    parent = {piece.id: piece.id for piece in pieces}

    def root(piece: str) -> str:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    by_label: dict[tuple[str, ...], str] = {}
    for piece in pieces:
        labels: list[tuple[str, ...]] = [("tune", piece.tune)]
        if piece.title:
            labels.append(("title", piece.collection, piece.title.casefold()))
        for label in labels:
            parent[root(piece.id)] = root(by_label.setdefault(label, piece.id))
    groups: dict[str, list[str]] = defaultdict(list)
    for member in sorted(parent):
        groups[root(member)].append(member)
    return list(groups.values())


def dataset_fingerprint(
    splits: dict[str, str], fingerprints: dict[str, str], transpositions: Sequence[int]
) -> str:
    """64 hex digits over every piece's notes, its split, and the augmentation."""
    rows = sorted((fingerprints[piece], split) for piece, split in splits.items())
    content = json.dumps([rows, sorted(transpositions)])
    return hashlib.sha256(content.encode()).hexdigest()
