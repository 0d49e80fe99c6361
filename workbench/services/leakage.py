"""Leakage: pairs of pieces that a split parts although who knows one knows the other.

For a dataset of our own, and for a split that was made elsewhere and comes as CSV: a header and one line a piece, with
``split`` and one of ``id``, ``source`` (the file's name) or ``title``.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.core.errors import InvalidSetting
from workbench.core.families import PART, Link
from workbench.metrics.similarity import signatures, similarity
from workbench.services import families
from workbench.store import Store, open_store
from workbench.workspace import Workspace

MOST_BYTES = 20_000_000  # of a CSV file
SPLIT_WORDS = {
    "train": "train", "training": "train",
    "valid": "valid", "validation": "valid", "val": "valid", "dev": "valid",
    "test": "test", "testing": "test", "eval": "test", "held-out": "test",
}  # fmt: skip
_NAMES = {"id": "id", "piece": "id", "source": "source", "file": "source", "title": "title"}


@dataclass(frozen=True)
class Leak:
    """Two pieces in different splits that belong together."""

    first: str
    second: str
    titles: tuple[str, str]
    splits: tuple[str, str]
    why: str
    """``same piece`` (in a split from outside), ``joined``, ``same tune``, ``same title`` or ``near``."""
    similarity: float
    """How alike their notes are, 0..1, whatever the reason."""


@dataclass(frozen=True)
class LeakageReport:
    """What leaks in a split."""

    pieces: int
    leaks: tuple[Leak, ...]
    """The nearest pairs first."""
    unmatched: tuple[str, ...] = ()
    """Lines of a split from outside that name no piece of the library, or several."""

    @property
    def leaking(self) -> int:
        """How many pieces outside the training split are known from another one."""
        known = set()
        for leak in self.leaks:
            sides = zip((leak.first, leak.second), leak.splits, strict=True)
            known |= {piece for piece, split in sides if split != "train"}
        return len(known)


def of_dataset(workspace: Workspace, dataset: str) -> LeakageReport:
    """What leaks in a dataset version, by what is known of its pieces now."""
    families.refresh(workspace)
    with open_store(workspace) as store:
        version = store.datasets.get(dataset)
        return _report(store, dict(zip(version.pieces, version.splits, strict=True)))


def of_csv(workspace: Workspace, text: str) -> LeakageReport:
    """What leaks in a split from outside.

    Raises ``InvalidSetting`` where the text has no such columns, or names no piece of the library.
    """
    rows, column = _rows(text)
    families.refresh(workspace)
    with open_store(workspace) as store:
        found = store.datasets.find(column, {name for name, _ in rows})
        splits: dict[str, str] = {}
        elsewhere: list[tuple[str, str]] = []
        unmatched = []
        for name, split in rows:
            ids = found.get(name.casefold(), [])
            if len(ids) != 1:
                unmatched.append(f"{name}: {len(ids) or 'no'} pieces of that {column}")
            elif split.strip().lower() not in SPLIT_WORDS:
                unmatched.append(f"{name}: {split!r} is no split")
            elif splits.setdefault(ids[0], known := SPLIT_WORDS[split.strip().lower()]) != known:
                elsewhere.append((ids[0], known))
        if not splits:
            raise InvalidSetting(
                f"None of the {len(rows)} lines names a piece of the library by its {column}; bring the music "
                "in first, or name the pieces by id, source or title."
            )
        return _report(store, splits, unmatched, dict.fromkeys(elsewhere))


def _rows(text: str) -> tuple[list[tuple[str, str]], str]:
    """(name, split) of every line, and by what the names name pieces."""
    if len(text) > MOST_BYTES:
        raise InvalidSetting(f"The split has {len(text):,} bytes; {MOST_BYTES:,} are the most.")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    try:
        columns = {name.strip().lower(): name for name in reader.fieldnames or () if name}
        named = next((name for name in _NAMES if name in columns), None)
        if named is None or "split" not in columns:
            raise InvalidSetting(
                "The split needs a header with 'split' and one of 'id', 'source' or 'title'; "
                f"it has {', '.join(columns) or 'none'}."
            )
        rows = [(row[columns[named]] or "", row[columns["split"]] or "") for row in reader]
    except csv.Error as error:
        raise InvalidSetting(f"The split is no CSV ({error}); save it as CSV in UTF-8.") from error
    return [(name.strip(), split) for name, split in rows if name.strip()], _NAMES[named]


def _report(
    store: Store, splits: Mapping[str, str], unmatched: Iterable[str] = (),
    elsewhere: Iterable[tuple[str, str]] = (),
) -> LeakageReport:  # fmt: skip
    """``elsewhere`` are pieces with the splits that they are in besides their own."""
    parted = {
        frozenset((each.first, each.second))
        for each in store.families.corrections()
        if each.kind == PART
    }
    crossing = [
        link
        for link in families.links_among(store, list(splits))
        if splits[link.first] != splits[link.second]
        and frozenset((link.first, link.second)) not in parted
    ]
    alike = _alike(store, crossing)
    both = list(elsewhere)
    titles = store.datasets.titles(
        {piece for link in crossing for piece in (link.first, link.second)} | {p for p, _ in both}
    )
    leaks = {
        frozenset((link.first, link.second)): Leak(
            link.first, link.second, (titles[link.first], titles[link.second]),
            (splits[link.first], splits[link.second]), link.why, value,
        )
        for link, value in reversed(list(zip(crossing, alike, strict=True)))
    }  # fmt: skip
    nearest = sorted(leaks.values(), key=lambda leak: (-leak.similarity, leak.first, leak.second))
    same = [
        Leak(piece, piece, (titles[piece],) * 2, (splits[piece], other), "same piece", 1.0)
        for piece, other in both
    ]
    return LeakageReport(len(splits), (*same, *nearest), tuple(unmatched))


def _alike(store: Store, found: Sequence[Link]) -> list[float]:
    """How alike the notes of linked pieces are; 1 for one tune, also where it is too short to be sketched."""
    if not found:
        return []
    firsts, seconds = [link.first for link in found], [link.second for link in found]
    sketches = store.families.sketches(sorted({*firsts, *seconds}))
    pairs = (signatures([sketches.get(each, b"") for each in side]) for side in (firsts, seconds))
    values = similarity(*pairs).tolist()
    return [
        1.0 if link.why == "same tune" else value for link, value in zip(found, values, strict=True)
    ]
