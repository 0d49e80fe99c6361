"""Evaluation: how well a model foresees music it has not heard."""

import secrets
from typing import Any

from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.packing import write_scores
from workbench.core.records import to_json
from workbench.jobs.encoding import write_labels
from workbench.services import activity, datasets, models
from workbench.store import open_store
from workbench.workspace import Workspace


def enqueue(workspace: Workspace, model: str, dataset: str, *, split: str = "test") -> str:
    """Queue the scoring of one split of a dataset version with a model; the job's id.

    The job's result holds ``evaluation``: a :class:`workbench.core.runs.Evaluation` as JSON.
    """
    spec = prepared(workspace, model, dataset, split)
    title = f"Scoring {spec['dataset']} ({split}) with {models.get(workspace, model).title}"
    return activity.enqueue(workspace, "evaluate", spec, title=title)


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
