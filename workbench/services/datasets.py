"""Datasets: from a query to a fixed, fingerprinted version with fair splits."""

from dataclasses import dataclass
from typing import Any

from workbench.core.dataset import (
    DatasetVersion,
    dataset_fingerprint,
    draw_splits,
    parse_ratios,
)
from workbench.core.errors import InvalidSetting
from workbench.store import open_store
from workbench.workspace import Workspace

FEWEST_PIECES = 3
SMALL_PIECES = 30
"""With fewer pieces than this a model learns them by heart rather than learning from them."""
UNTRANSPOSED = (0,)
"""Tokenizers bring every piece into one key, so copies in other keys would teach them nothing."""


@dataclass(frozen=True)
class Difference:
    """What changed from one version to another, as piece ids."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    moved: tuple[str, ...]
    """In both, but in another split."""


def create(
    workspace: Workspace, name: str, *, query: str = "", split: str = "80/10/10", seed: int = 0
) -> DatasetVersion:
    """Fix the pieces that match a query now, deal them into splits, and store the version.

    Raises
    ------
    InvalidSetting
        For a bad name or split, or a query that matches too few pieces to have a training split
        and something to test on.
    """
    name = name.strip()
    if not name or len(name) > 60 or not all(c.isalnum() or c in " -_." for c in name):
        raise InvalidSetting(
            f"{name!r} is no name for a dataset; use letters, digits, spaces, - and _."
        )
    ratios = parse_ratios(split)
    with open_store(workspace) as store:
        pieces = store.pieces.search(query)
        if len(pieces) < FEWEST_PIECES:
            raise InvalidSetting(
                f"Only {len(pieces)} pieces match; a dataset needs at least {FEWEST_PIECES}. "
                "Load a collection or widen the query."
            )
        splits = draw_splits(pieces, ratios, seed)
        fingerprints = store.pieces.fingerprints(list(splits))
        ordered = sorted(splits)
        return store.datasets.add(
            DatasetVersion(
                name=name,
                version=0,
                pieces=tuple(ordered),
                splits=tuple(splits[piece] for piece in ordered),
                query=query,
                ratios=ratios,
                seed=seed,
                transpositions=UNTRANSPOSED,
                parent=None,
                fingerprint=dataset_fingerprint(splits, fingerprints, UNTRANSPOSED),
            )
        )


def summaries(workspace: Workspace) -> list[dict[str, Any]]:
    """One row per version, the newest first: id, pieces, train, valid, test, fingerprint, created."""
    with open_store(workspace) as store:
        return store.datasets.summaries()


def get(workspace: Workspace, name: str) -> DatasetVersion:
    """``name@version``, or the newest version of ``name``."""
    with open_store(workspace) as store:
        return store.datasets.get(name)


def licences_of(workspace: Workspace, dataset: DatasetVersion) -> dict[str, int]:
    """The licences a dataset mixes, with the number of pieces under each."""
    with open_store(workspace) as store:
        return store.datasets.licences(dataset.id)


def is_shareable(workspace: Workspace, dataset: DatasetVersion) -> bool:
    """Whether a model trained on all of its pieces may be given to others."""
    with open_store(workspace) as store:
        return store.datasets.is_shareable(dataset.id)


def distribution(workspace: Workspace, dataset: DatasetVersion, fact: str) -> dict[str, dict]:
    """For each split, how often each value of ``key``, ``meter`` or ``bars`` occurs."""
    with open_store(workspace) as store:
        return store.datasets.distribution(dataset.id, fact)


def difference(workspace: Workspace, old: str, new: str) -> Difference:
    """What changed from one version to another."""
    before, after = get(workspace, old), get(workspace, new)
    was = dict(zip(before.pieces, before.splits, strict=True))
    now = dict(zip(after.pieces, after.splits, strict=True))
    return Difference(
        added=tuple(sorted(set(now) - set(was))),
        removed=tuple(sorted(set(was) - set(now))),
        moved=tuple(sorted(p for p in set(was) & set(now) if was[p] != now[p])),
    )
