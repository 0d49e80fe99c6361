"""Datasets: from a query and a person's choice to a fixed, fingerprinted version with fair splits."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from workbench.controls import CONTROLS, labels_of
from workbench.core import dataset as dataset_rules
from workbench.core.augmentation import NONE, Augmentation
from workbench.core.dataset import (
    SPLITS,
    DatasetVersion,
    Difference,
    check_name,
    dataset_fingerprint,
    draw_splits,
    parse_ratios,
)
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.score import TICKS_PER_QUARTER
from workbench.services import families
from workbench.store import Store, open_store
from workbench.workspace import Workspace

FEWEST_PIECES = 3
ID_LENGTH = 16  # of a whole id; shorter ones are looked up
SMALL_PIECES = 30
"""With fewer pieces than this a model learns them by heart rather than learning from them."""
ONLY_PICKED = "id:none"
"""The query of a dataset whose pieces were all picked by hand: it finds nothing."""


def create(
    workspace: Workspace,
    name: str,
    *,
    query: str = "",
    add: Sequence[str] = (),
    without: Sequence[str] = (),
    least_notes: int = 0,
    split: str = "80/10/10",
    seed: int = 0,
    stratify: str = "",
    augmentation: Augmentation = NONE,
    window_bars: int = 0,
    note: str = "",
) -> DatasetVersion:
    """Fix the pieces chosen now, deal their families into splits, and store the version.

    Parameters
    ----------
    query
        Which pieces; ``ONLY_PICKED`` for none but those of ``add``.
    add, without
        Ids of pieces picked by hand, and of pieces to be left out.
    least_notes
        Shorter pieces are left out, also those picked by hand.
    stratify
        A fact or tag whose values every split is to hold in like shares.

    Raises
    ------
    InvalidSetting
        For a bad name or split, or a choice of too few pieces to have a training split
        and something to test on.
    UnknownName
        For a piece that the library does not hold.
    """
    name = check_name(name)
    ratios = parse_ratios(split)
    if window_bars < 0 or least_notes < 0:
        raise InvalidSetting("A length is a number of bars or notes, or 0 for none.")
    with open_store(workspace) as store:
        pieces = _enough(_choose(store, query, add, without, least_notes))
        families.refresh(workspace)
        splits = draw_splits(
            families.groups(store, pieces), ratios, seed,
            strata=store.datasets.values(pieces, stratify) if stratify else None,
        )  # fmt: skip
        draft = DatasetVersion(
            name=name, version=0, pieces=(), splits=(), query=query, ratios=ratios,
            seed=seed, parent=store.datasets.latest(name), fingerprint="",
            augmentation=augmentation, stratify=stratify,
            least_notes=least_notes, window_bars=window_bars, note=note.strip()[:500],
        )  # fmt: skip
        return _stored(store, draft, splits)


def change(
    workspace: Workspace,
    dataset: str,
    *,
    add: Sequence[str] = (),
    without: Sequence[str] = (),
    move: Mapping[str, str] | None = None,
    augmentation: Augmentation | None = None,
    note: str = "",
) -> DatasetVersion:
    """A new version, with this one as its parent: pieces that stay keep their splits, new ones join their families.

    Parameters
    ----------
    move
        Piece id to the split it is to be in; its family goes with it.
    """
    with open_store(workspace) as store:
        old = store.datasets.get(dataset)
        moves = {store.pieces.get(piece).id: split for piece, split in (move or {}).items()}
        for split in moves.values():
            if split not in SPLITS:
                raise InvalidSetting(f"{split!r} is no split; choose one of {', '.join(SPLITS)}.")
        pieces = _enough(_choose(store, ONLY_PICKED, (*old.pieces, *add), without, old.least_notes))
        families.refresh(workspace)
        kin = families.groups(store, pieces)
        moved = {kin[piece]: split for piece, split in moves.items() if piece in kin}
        kept = {
            piece: moved.get(kin[piece], split)
            for piece, split in zip(old.pieces, old.splits, strict=True)
            if piece in kin
        }
        strata = store.datasets.values(pieces, old.stratify) if old.stratify else None
        splits = draw_splits(kin, old.ratios, old.seed, strata=strata, kept=kept)
        draft = replace(
            old, parent=old.id, created="", note=note.strip()[:500],
            augmentation=old.augmentation if augmentation is None else augmentation,
        )  # fmt: skip
        return _stored(store, draft, splits)


def chosen(
    workspace: Workspace,
    query: str,
    *,
    add: Sequence[str] = (),
    without: Sequence[str] = (),
    least_notes: int = 0,
) -> list[str]:
    """Ids of the pieces that :func:`create` would take now, sorted."""
    with open_store(workspace) as store:
        return _choose(store, query, add, without, least_notes)


def _enough(pieces: list[str]) -> list[str]:
    if len(pieces) < FEWEST_PIECES:
        raise InvalidSetting(
            f"Only {len(pieces)} pieces match; a dataset needs at least {FEWEST_PIECES}. "
            "Load a collection or widen the query."
        )
    return pieces


def _choose(
    store: Store, query: str, add: Sequence[str], without: Sequence[str], least_notes: int
) -> list[str]:
    picked = {store.pieces.get(piece).id if len(piece) < ID_LENGTH else piece for piece in add}
    left = {store.pieces.get(piece).id for piece in without}
    if missing := store.datasets.unknown(picked):
        raise UnknownName(f"There is no piece {missing[0]!r} in the library.")
    return sorted(set(store.datasets.matching(query, picked, least_notes)) - left)


def _stored(store: Store, draft: DatasetVersion, splits: Mapping[str, str]) -> DatasetVersion:
    ordered = sorted(splits)
    return store.datasets.add(
        replace(
            draft,
            pieces=tuple(ordered),
            splits=tuple(splits[piece] for piece in ordered),
            tags=store.datasets.tags(ordered),
            fingerprint=dataset_fingerprint(
                splits, store.pieces.fingerprints(ordered), draft.augmentation, draft.window_bars
            ),
        )
    )


# --- looking ------------------------------------------------------------------------------------


def summaries(workspace: Workspace) -> list[dict[str, Any]]:
    """One row per version, the newest first: id, pieces, train, valid, test, fingerprint, created."""
    with open_store(workspace) as store:
        return store.datasets.summaries()


def ids(workspace: Workspace) -> list[str]:
    """Ids of all versions, the newest first."""
    with open_store(workspace) as store:
        return store.datasets.ids()


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


def distribution(workspace: Workspace, dataset: DatasetVersion, field: str) -> dict[str, dict]:
    """For each split, how often each value of a fact, or of the tag of that name, occurs."""
    with open_store(workspace) as store:
        return store.datasets.distribution(dataset.id, field)


def labels(
    workspace: Workspace,
    dataset: DatasetVersion,
    names: Sequence[str] | None = None,
    *,
    split: str | None = None,
) -> dict[str, dict[str, str]]:
    """What each piece carries under some controls, or under all: label by control, by piece.

    Of the pieces of one split, or of all; pieces of which nothing is known are left out.
    """
    asked = [control.name for control in CONTROLS] if names is None else names
    with open_store(workspace) as store:
        pieces = store.pieces.many(dataset.members(split) if split else dataset.pieces)
    found = {piece.id: labels_of(piece, asked) for piece in pieces}
    return {piece: told for piece, told in found.items() if told}


def strata(workspace: Workspace) -> list[str]:
    """Facts and tags that splits can be stratified by."""
    with open_store(workspace) as store:
        return ["meter", "key", "collection", "composer", "parts", *store.datasets.tag_names()]


def counted(workspace: Workspace, pieces: Sequence[str], field: str) -> dict[str, int]:
    """How many of some pieces have which value of a fact or tag; ``tags`` for all tags together."""
    with open_store(workspace) as store:
        if field == "tags":
            return store.datasets.tag_counts(pieces)
        return store.datasets.counted(pieces, field)


@dataclass(frozen=True)
class Sounding:
    """What sounds in some pieces: shares of all notes, in per cent."""

    pitch_classes: dict[str, float]
    """From C upwards."""
    note_values: dict[str, float]
    """By length in quarter notes, the commonest first."""
    heard: int
    """How many pieces were looked at."""


def sounding(workspace: Workspace, pieces: Sequence[str], *, most: int = 300) -> Sounding:
    """Pitch classes and note values of some pieces; of many, of a sample that is always the same."""
    some = sorted(random.Random(0).sample(list(pieces), most)) if len(pieces) > most else pieces
    with open_store(workspace) as store:
        scores = store.pieces.scores(some).values()
    classes, values = np.zeros(12), Counter[int]()
    for score in scores:
        drums = np.array([part.is_drum for part in score.parts])[score.notes["part"]]
        classes += np.bincount(score.notes["pitch"][~drums] % 12, minlength=12)
        values.update(score.notes["duration"].tolist())
    notes = max(values.total(), 1)
    return Sounding(
        dict(zip(_PITCH_CLASSES, (100 * classes / max(classes.sum(), 1)).tolist(), strict=True)),
        {str(Fraction(v, TICKS_PER_QUARTER).limit_denominator(96)): 100 * n / notes for v, n in values.most_common(12)},
        len(scores),
    )  # fmt: skip


_PITCH_CLASSES = ("C", "C#/Db", "D", "D#/Eb", "E", "F", "F#/Gb", "G", "G#/Ab", "A", "A#/Bb", "B")


def difference(workspace: Workspace, old: str, new: str) -> Difference:
    """What changed from one version to another."""
    return dataset_rules.difference(get(workspace, old), get(workspace, new))
