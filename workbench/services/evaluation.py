"""Evaluation: how well a model foresees music it has not heard."""

import secrets
from typing import Any

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.packing import write_scores
from workbench.core.records import to_json
from workbench.jobs.encoding import write_labels
from workbench.services import activity, datasets, models, remembering
from workbench.store import open_store
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES


def enqueue(
    workspace: Workspace, model: str, dataset: str, *, split: str = "test", in_order: bool = False
) -> str:
    """Queue the scoring of one split of a dataset version with a model; the job's id.

    A model that fills holes is scored by an estimate over all orders of filling; ``in_order`` reads it from left to right, exactly,
    which takes minutes. Of an autoencoder only a bound can be had; that is refused with ``InvalidSetting``. Other models go from left to right in any case.

    The job's result holds ``evaluation``: a :class:`workbench.core.runs.Evaluation` as JSON.
    """
    chosen = models.get(workspace, model)
    if in_order and ARCHITECTURES.get(chosen.card.model.architecture).is_autoencoder:
        raise InvalidSetting(
            f"{chosen.title} has no order in which it writes, so there is only a bound on its figure; leave out --in-order."
        )
    spec = prepared(workspace, model, dataset, split) | {"in_order": in_order}
    title = f"Scoring {spec['dataset']} ({split}) with {chosen.title}"
    return activity.enqueue(workspace, "evaluate", spec, title=title)


def heard(workspace: Workspace, model: str, dataset: str, split: str) -> tuple[int, int, bool]:
    """How many pieces a split has; how many of them a model has heard, itself or by one of their family; and whether all that it has heard is known here.

    Where it is not, every piece of a collection that the model learned from counts, for it may have heard it.
    """
    pieces = datasets.get(workspace, dataset).members(split)
    known, is_complete = remembering.heard_among(workspace, [model], pieces)[model]
    return len(pieces), len(known), is_complete


def prepared(workspace: Workspace, model: str, dataset: str, split: str) -> dict[str, Any]:
    """Lay out what a worker scores: one split of a dataset version; what it is told.

    Raises ``InvalidSetting`` where the split has no pieces, ``UnknownName`` where there is no such model or dataset here.
    """
    chosen = models.get(workspace, model)
    with open_store(workspace) as store:
        version = store.datasets.get(dataset)
        if not version.members(split):
            raise InvalidSetting(f"The dataset {version.id} has no pieces in its {split} split.")
        name = f"{version.fingerprint[:16]}-{split}-train.zip"
        members = store.datasets.scores(version.id)
        wanted = (split, "train")  # the n-gram beside the model is counted in the latter
        try:
            write_scores(
                workspace.cache / name,
                ((f"{where}/{piece}", data) for piece, where, data in members if where in wanted),
            )
        except OSError as error:
            raise WorkFailed(
                f"The pieces could not be laid out ({error}); free some space."
            ) from error
    labels = ""
    if controls := chosen.card.tokenizer.controls:
        labels = f"{secrets.token_hex(8)}-labels.json"
        write_labels(workspace.cache / labels, datasets.labels(workspace, version, list(controls)))
    return {
        "model": model,
        "folder": str(chosen.folder),
        "dataset": version.id,
        "split": split,
        "scores": name,
        "window_bars": version.window_bars,
        "augmentation": to_json(version.augmentation),
        "labels": labels,
    }
