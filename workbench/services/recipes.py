"""Recipes: a training done again from a file, and how near it comes to its figure."""

from dataclasses import dataclass

from workbench.core.dataset import DatasetVersion
from workbench.core.recipe import TOLERANCE, Recipe
from workbench.core.specs import TrainingSpec
from workbench.services import datasets, importing, training
from workbench.store import open_store
from workbench.workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What a recipe gave again."""

    expected: float | None
    """Nats per quarter note that the recipe speaks of."""
    reads: float | None
    """What the new run has on its test split; None where it was stopped or has none."""
    same_dataset: bool | None
    """Whether the dataset has the fingerprint that the recipe speaks of; None where it speaks of none."""

    @property
    def difference(self) -> float | None:
        """Nats per quarter note that the new run has more."""
        if self.expected is None or self.reads is None:
            return None
        return self.reads - self.expected

    @property
    def holds(self) -> bool | None:
        """Whether the figure is the recipe's, within ``TOLERANCE``."""
        return None if self.difference is None else abs(self.difference) <= TOLERANCE


def load_collections(workspace: Workspace, recipe: Recipe) -> list[str]:
    """Queue the reading of every collection that the recipe asks for; the jobs' ids. What is there is not read again."""
    return [
        importing.load_corpus(workspace, name, limit=limit or None)
        for name, limit in recipe.dataset.collections.items()
    ]


def make_dataset(workspace: Workspace, recipe: Recipe) -> DatasetVersion:
    """The dataset of a recipe: the one that is there already with its fingerprint, else a new version."""
    asked = recipe.dataset
    if asked.fingerprint:
        with open_store(workspace) as store:
            for known in store.datasets.with_fingerprint(asked.fingerprint):
                return store.datasets.get(known)
    return datasets.create(
        workspace,
        asked.name,
        query=asked.where,
        least_notes=asked.least_notes,
        split=asked.split,
        seed=asked.seed,
        stratify=asked.stratify,
        augmentation=asked.augmentation,
        window_bars=asked.window_bars,
    )


def start(workspace: Workspace, recipe: Recipe, dataset: DatasetVersion) -> str:
    """Queue the training; the run's id."""
    spec = TrainingSpec(
        dataset=dataset.id,
        tokenizer=recipe.tokenizer,
        model=recipe.model,
        training=recipe.training,
        controls=recipe.controls,
    )
    return training.start(workspace, spec)


def outcome(workspace: Workspace, recipe: Recipe, run: str) -> Outcome:
    """How near a run came to the recipe it was made from."""
    record = training.get(workspace, run)
    wanted = recipe.dataset.fingerprint
    return Outcome(
        recipe.nats_per_quarter,
        record.evaluation.get("test", {}).get("nats_per_quarter"),
        record.dataset_fingerprint == wanted if wanted else None,
    )
