"""Going on from a trained model: on another dataset, or on one that has grown; beside a full retraining."""

from dataclasses import dataclass, replace

from workbench.core.dataset import DatasetVersion
from workbench.core.specs import TrainingSettings, TrainingSpec
from workbench.core.training_settings import TUNING_FIELDS
from workbench.services import datasets, models
from workbench.services.models import WEIGHTS_FILE, Model
from workbench.store import open_store
from workbench.tokenizers import unlearned
from workbench.workspace import Workspace


@dataclass(frozen=True)
class Growth:
    """A later version of the dataset that a model was trained on, with pieces it has not heard."""

    dataset: str
    pieces: int
    """How many are new."""


def beginnings(workspace: Workspace) -> list[Model]:
    """The models that can go on learning: networks whose weights are there."""
    return [each for each in models.available(workspace) if (each.folder / WEIGHTS_FILE).exists()]


def going_on(
    workspace: Workspace, model: str, dataset: str, training: TrainingSettings
) -> TrainingSpec:
    """The training in which a model goes on learning from a dataset; it is put, and told, music as before."""
    card = models.get(workspace, model).card
    return TrainingSpec(
        dataset=dataset,
        tokenizer=replace(unlearned(card.tokenizer), controls={}),
        model=card.model,
        training=training,
        start_from=model,
        controls=tuple(card.tokenizer.controls),
    )


def from_the_beginning(spec: TrainingSpec) -> TrainingSpec:
    """The full retraining beside it: the same model on the same dataset, without what was learned before."""
    usual = {name: getattr(TrainingSettings(), name) for name in TUNING_FIELDS}
    return replace(spec, start_from=None, training=replace(spec.training, **usual))


def growth(workspace: Workspace, dataset: str) -> Growth | None:
    """The newest version that came of a dataset version and holds more pieces; None where there is none."""
    with open_store(workspace) as store:
        old = store.datasets.get(dataset)
        newest = store.datasets.get(old.name)
    new = set(newest.pieces) - set(old.pieces)
    return Growth(newest.id, len(new)) if new and _came_of(workspace, newest, old.id) else None


def _came_of(workspace: Workspace, version: DatasetVersion, ancestor: str) -> bool:
    while version.parent and version.id != ancestor:
        version = datasets.get(workspace, version.parent)
    return version.id == ancestor
