"""Dataset versions: fixed pieces, fixed splits, a fingerprint.

A version is never edited; a change makes a new one, with the old one as its parent. The
fingerprint depends on the music and the choices alone (not on names, dates or the machine), so two
installations can tell whether they trained on the same thing.

Splits are dealt over *families* (:mod:`workbench.core.families`), not over pieces: what somebody who knows one piece
would know of the other always falls into one split.
"""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.core.augmentation import NONE, Augmentation
from workbench.core.errors import InvalidSetting
from workbench.core.records import to_json

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
    parent: str | None
    fingerprint: str
    created: str = ""
    augmentation: Augmentation = NONE
    """Heard while training, in the training split alone."""
    stratify: str = ""
    """The fact or tag whose values every split holds in like shares."""
    least_notes: int = 0
    """Shorter pieces were left out."""
    window_bars: int = 0
    """Longer pieces are put to a model in stretches of so many bars; 0 takes them whole."""
    note: str = ""
    """What a person said of this version."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags as they were, by piece, of those that had any: for the differences between versions."""

    @property
    def id(self) -> str:
        """``name@version``, how a person and a run refer to it."""
        return f"{self.name}@{self.version}"

    def members(self, split: str) -> list[str]:
        """Ids of the pieces of one split."""
        pairs = zip(self.pieces, self.splits, strict=True)
        return [piece for piece, where in pairs if where == split]


def check_name(name: str) -> str:
    """The name without blanks around it; ``InvalidSetting`` where it cannot be a dataset's."""
    name = name.strip()
    if not name:
        raise InvalidSetting("Give the dataset a name.")
    if len(name) > 60 or not all(c.isalnum() or c in " -_." for c in name):
        raise InvalidSetting(
            f"{name!r} is no name for a dataset; use letters, digits, spaces, - and _."
        )
    return name


def parse_ratios(text: str) -> tuple[int, int, int]:
    """``"80/10/10"`` for train, valid and test; they must add up to 100."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.strip().isdecimal() for part in parts):
        raise InvalidSetting(f"{text!r} is no split; write it like 80/10/10.")
    train, valid, test = (int(part) for part in parts)
    if train + valid + test != 100 or train == 0:
        raise InvalidSetting(f"The split {text} must add up to 100 and keep something to train on.")
    return train, valid, test


def draw_splits(
    families: Mapping[str, str],
    ratios: tuple[int, int, int],
    seed: int,
    *,
    strata: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Piece id to split. Whole families are dealt, in an order that depends on ids and seed alone.

    Each family goes to the split that is furthest below its share, in its own stratum and in all, so that the
    ratios hold as nearly as families allow, also in a small set.

    Parameters
    ----------
    families
        Family of every piece.
    strata
        A value of every piece, such as its meter. A family belongs to the commonest among its members.
    kept
        Splits that stand already; new members of a family join it there.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for piece in sorted(families):
        members[families[piece]].append(piece)
    order = sorted(members.values(), key=lambda family: family[0])
    random.Random(seed).shuffle(order)
    dealing = _Dealing(ratios)
    result: dict[str, str] = {}
    waiting = []
    for family in order:
        standing = Counter(kept[piece] for piece in family if piece in kept) if kept else None
        stratum = _commonest([strata[piece] for piece in family]) if strata else ""
        if standing:
            split = _commonest(list(standing.elements()))
            dealing.put(stratum, split, len(family))
            result.update(dict.fromkeys(family, split))
        else:
            waiting.append((stratum, family))
    for stratum, family in waiting:
        split = dealing.choose(stratum, len(family))
        dealing.put(stratum, split, len(family))
        result.update(dict.fromkeys(family, split))
    return result


class _Dealing:
    """How many pieces each split has, in every stratum and in all."""

    def __init__(self, ratios: tuple[int, int, int]) -> None:
        self.shares = dict(zip(SPLITS, ratios, strict=True))
        self.counts: dict[str | None, dict[str, int]] = defaultdict(
            lambda: dict.fromkeys(SPLITS, 0)
        )

    def put(self, stratum: str, split: str, pieces: int) -> None:
        """A family went to a split."""
        self.counts[stratum][split] += pieces
        self.counts[None][split] += pieces

    def choose(self, stratum: str, pieces: int) -> str:
        """The split that would be furthest below its share with so many pieces more."""

        def lack(split: str, where: str | None) -> float:
            done = sum(self.counts[where].values()) + pieces
            return self.shares[split] * done / 100 - self.counts[where][split]

        open_ones = [split for split in SPLITS if self.shares[split]]
        return max(
            open_ones,
            key=lambda split: (lack(split, stratum) + lack(split, None), self.shares[split]),
        )


def _commonest(values: list[str]) -> str:
    counts = Counter(values)
    return max(counts, key=lambda value: (counts[value], value))


def dataset_fingerprint(
    splits: Mapping[str, str],
    fingerprints: Mapping[str, str],
    augmentation: Augmentation = NONE,
    window_bars: int = 0,
) -> str:
    """64 hex digits over every piece's notes, its split, and what a model hears of it."""
    rows = sorted((fingerprints[piece], split) for piece, split in splits.items())
    content: list = [rows, sorted({0, *augmentation.semitones})]
    if augmentation.keys or augmentation.tempos or augmentation.velocities or window_bars:
        content += [to_json(augmentation), window_bars]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class Difference:
    """What changed from one version to another, as piece ids, sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    """In both, but in another split."""
    retagged: tuple[str, ...]
    """In both, but with other tags."""


def difference(old: DatasetVersion, new: DatasetVersion) -> Difference:
    """What changed from one version to another."""
    was = dict(zip(old.pieces, old.splits, strict=True))
    now = dict(zip(new.pieces, new.splits, strict=True))
    both = sorted(was.keys() & now.keys())
    return Difference(
        added=tuple(sorted(now.keys() - was.keys())),
        removed=tuple(sorted(was.keys() - now.keys())),
        moved=tuple(piece for piece in both if was[piece] != now[piece]),
        retagged=tuple(p for p in both if old.tags.get(p, {}) != new.tags.get(p, {})),
    )
