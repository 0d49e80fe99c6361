"""Before a training: how long it will take and whether it will fit, from a short trial in the trainer."""

import secrets

from workbench.core.errors import InvalidSetting
from workbench.core.packing import pack, write_scores
from workbench.core.records import from_json, to_json
from workbench.core.specs import TrainingSpec
from workbench.core.trials import Estimate
from workbench.jobs.encoding import DATASET_FILE, LABELS_FILE, write_labels
from workbench.services import activity, datasets, training
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

PIECES = {"train": 48, "valid": 16}
"""That are tried at most, evenly over each split."""


def begin(workspace: Workspace, spec: TrainingSpec) -> str:
    """Queue the trial of a spec; the job's id. :func:`estimate` is what it comes to.

    Raises
    ------
    WorkbenchError
        For whatever a training would be refused for, and for a model that only counts.
    """
    asked = training.checked(workspace, spec)
    architecture = ARCHITECTURES.get(asked.spec.model.architecture)
    if not architecture.is_network:
        raise InvalidSetting(
            f"The {architecture.name} model only counts, which takes seconds; start it without an estimate."
        )
    folder = workspace.cache / "trials" / secrets.token_hex(6)
    folder.mkdir(parents=True)
    sample, times = {}, {}
    for split, most in PIECES.items():
        members = asked.dataset.members(split)
        sample[split] = members[:: -(-len(members) // most)]
        times[split] = len(members) / max(len(sample[split]), 1)
    with open_store(workspace) as store:
        named = ((f"{split}/{piece}", piece) for split, some in sample.items() for piece in some)
        scores = ((name, pack(store.pieces.score(piece))) for name, piece in named)
        write_scores(folder / DATASET_FILE, scores)
    if asked.spec.controls:
        labels = datasets.labels(workspace, asked.dataset, asked.spec.controls)
        write_labels(folder / LABELS_FILE, labels)
    job_spec = {
        "folder": str(folder.relative_to(workspace.home)),
        "spec": to_json(asked.spec),
        "augmentation": to_json(asked.dataset.augmentation),
        "window_bars": asked.dataset.window_bars,
        "of_train": times["train"],
        "of_valid": times["valid"],
    }
    return activity.enqueue(workspace, "trial", job_spec, title=f"Trying {architecture.title}")


def estimate(job: Job) -> Estimate | None:
    """What a trial came to; None where it was stopped or failed."""
    found = (job.result or {}).get("estimate")
    return from_json(Estimate, found) if found and job.state == "done" else None
