"""What a fine-tuning may forget: held-out music of its old and of its new dataset, known to neither model.

A piece counts as known where it, or one of its family, was in the training or validation split of the model to start from, of those
that one went on from, or (for the old music) of the new dataset: what is learned anew shall not pass for what was remembered.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.core.dataset import DatasetVersion, dataset_fingerprint
from workbench.core.errors import UnknownName, WorkbenchError
from workbench.core.packing import write_scores
from workbench.core.recipe import DatasetRecipe
from workbench.jobs.forgetting import NEW, OLD, REMEMBERED_FILE
from workbench.services import datasets, families, models
from workbench.store import Store, open_store
from workbench.workspace import Workspace

HEARD = ("train", "valid")


def lay_out(
    workspace: Workspace, start_from: str, new: DatasetVersion, folder: Path
) -> dict[str, Any]:
    """Write what is measured before and after into a run's folder; which datasets it is of, for the job.

    ``complete`` says whether all that the model had heard is known here.
    """
    families.refresh(workspace)
    with open_store(workspace) as store:
        known, complete = _heard_before(workspace, store, start_from)
        versions = {NEW: new} | ({OLD: known[start_from]} if start_from in known else {})
        pieces = sorted({p for v in (new, *known.values()) for p in v.pieces})
        kin = families.groups(store, pieces)
        before = {kin[p] for version in known.values() for p in _heard(version) if p in kin}
        tuned = before | {kin[p] for p in _heard(new) if p in kin}
        scores = (
            (f"{name}/{piece}", data)
            for name, version in versions.items()
            for piece, split, data in store.datasets.scores(version.id)
            if split == "test" and kin.get(piece) not in (tuned if name == OLD else before)
        )
        write_scores(folder / REMEMBERED_FILE, scores)
    return {
        "complete": complete,
        "datasets": {
            name: {"id": version.id, "window_bars": version.window_bars}
            for name, version in versions.items()
        },
    }


def heard_among(
    workspace: Workspace, names: Sequence[str], pieces: Sequence[str]
) -> dict[str, tuple[set[str], bool]]:
    """Which of some pieces each model knows, itself or by one of their family; and whether all that it has heard is known here.

    Of a bundled model whose dataset is not here, and of what went on from one, it is only known from which collections it learned: of these it may have heard
    any piece, so all of them count.
    """
    families.refresh(workspace)
    with open_store(workspace) as store:
        heard, complete = {}, {}
        for name in names:
            heard[name], complete[name] = _learned_from(workspace, store, name)
        kin = families.groups(
            store, sorted({*pieces, *(p for each in heard.values() for p in each)})
        )
    found = {}
    for name in names:
        known = {kin[piece] for piece in heard[name] if piece in kin}
        found[name] = {piece for piece in pieces if kin.get(piece) in known}, complete[name]
    return found


def learned_from(workspace: Workspace, name: str) -> tuple[set[str], bool]:
    """The pieces of the library that a model has heard in training or validation, and whether these are all; see :func:`heard_among`."""
    with open_store(workspace) as store:
        return _learned_from(workspace, store, name)


def _learned_from(workspace: Workspace, store: Store, name: str) -> tuple[set[str], bool]:
    versions, is_complete = _heard_before(workspace, store, name)
    found = {piece for version in versions.values() for piece in _heard(version)}
    if not is_complete:
        line, _ = _line(store, name)
        for collection in {each for model in line for each in _collections(workspace, model)}:
            found.update(store.pieces.ids(f"collection:{collection}"))
    return found, is_complete


def is_of_split(workspace: Workspace, name: str, version: DatasetVersion) -> bool:
    """Whether a model learned from the training split of a dataset, in whatever keys or stretches, and from nothing else."""
    with open_store(workspace) as store:
        found, is_complete = _heard_before(workspace, store, name)
    own = set(version.members("train"))
    return is_complete and [set(each.members("train")) for each in found.values()] == [own]


def _dealt_as(store: Store, asked: DatasetRecipe) -> list[str]:
    """Ids of the versions with the pieces and splits of a recipe's dataset; where none is the same, also those without its augmentation or stretches."""
    if not asked.fingerprint:
        return []
    return store.datasets.with_fingerprint(asked.fingerprint) or [
        name for name in store.datasets.ids() if _is_dealt_as(store, name, asked)
    ]


def _is_dealt_as(store: Store, name: str, asked: DatasetRecipe) -> bool:
    version = store.datasets.get(name)
    splits = dict(zip(version.pieces, version.splits, strict=True))
    notes = store.pieces.fingerprints(version.pieces)
    heard = asked.augmentation, asked.window_bars
    return (
        len(notes) == len(splits)
        and dataset_fingerprint(splits, notes, *heard) == asked.fingerprint
    )


def _line(store: Store, name: str) -> tuple[list[str], bool]:
    """A model and those that it went on from; whether that comes to an end."""
    found: list[str] = []
    before: str | None = name
    while before:
        if before in found:  # a run from elsewhere may say what it likes
            return found, False
        found.append(before)
        run = before.partition("@")[0]
        before = store.runs.get(run).spec.start_from if store.runs.known(run) else None
    return found, True


def _collections(workspace: Workspace, name: str) -> Sequence[str]:
    """What the recipe of a bundled model names; nothing of a run."""
    try:
        recipe = models.get(workspace, name).card.recipe
    except WorkbenchError:
        return ()
    return list(recipe.dataset.collections) if recipe else ()


def labels(
    workspace: Workspace, start_from: str, names: Sequence[str]
) -> dict[str, dict[str, str]]:
    """What the pieces of the old dataset carry; nothing where it is not known here."""
    with open_store(workspace) as store:
        known, _ = _heard_before(workspace, store, start_from)
    old = known.get(start_from)
    return datasets.labels(workspace, old, names) if old else {}


def _heard(version: DatasetVersion) -> Iterable[str]:
    return (piece for split in HEARD for piece in version.members(split))


def _heard_before(
    workspace: Workspace, store: Store, start_from: str
) -> tuple[dict[str, DatasetVersion], bool]:
    """Datasets of a model and of those it went on from, by their names, as far as they are here; whether that is all."""
    line, is_whole = _line(store, start_from)
    same = {name: _learned_versions(workspace, store, name) for name in line}
    found = {name: store.datasets.get(ids[0]) for name, ids in same.items() if ids}
    return found, is_whole and len(found) == len(line)


def _learned_versions(workspace: Workspace, store: Store, name: str) -> list[str]:
    """Ids of the versions that hold what a run or a bundled model learned from; none where it is not known here."""
    run = name.partition("@")[0]
    if store.runs.known(run):
        return store.datasets.with_fingerprint(store.runs.get(run).dataset_fingerprint)
    try:
        recipe = models.get(workspace, name).card.recipe
    except UnknownName:  # one that a run from elsewhere went on from
        return []
    return _dealt_as(store, recipe.dataset) if recipe else []
