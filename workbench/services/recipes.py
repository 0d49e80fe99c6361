"""Recipes: a training done again from a file, and how near it comes to its figure."""

from dataclasses import dataclass

from workbench.core.dataset import DatasetVersion
from workbench.core.errors import InvalidSetting
from workbench.core.recipe import TOLERANCE, DatasetRecipe, Recipe
from workbench.core.runs import TrainingRun
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


def of_run(workspace: Workspace, run: TrainingRun) -> Recipe:
    """How a run is made again: its collections as a whole, its dataset, its settings and its figure.

    Raises ``InvalidSetting`` where it went on from other weights, of which a recipe knows nothing.
    """
    spec = run.spec
    if spec.start_from:
        raise InvalidSetting(
            f"{run.id} went on from {spec.start_from}, and a recipe begins without weights; use --from."
        )
    version = datasets.get(workspace, spec.dataset)
    with open_store(workspace) as store:
        pieces = [store.pieces.get(piece) for piece in version.pieces]
    # In the order they were loaded: of music that two collections have, the first one's title counts, and titles make families.
    pieces.sort(key=lambda piece: piece.created)
    dataset = DatasetRecipe(
        version.name, dict.fromkeys((piece.collection for piece in pieces), 0), version.query,
        "/".join(map(str, version.ratios)), version.seed, version.stratify, version.least_notes, version.window_bars,
        version.augmentation, version.fingerprint,
    )  # fmt: skip
    figure = run.evaluation.get("test", {}).get("nats_per_quarter")
    return Recipe(
        dataset, spec.model, spec.tokenizer, spec.training, spec.controls,
        None if figure is None else round(figure, 3),
    )  # fmt: skip


def load_collections(workspace: Workspace, recipe: Recipe) -> list[str]:
    """Queue the reading of every collection that the recipe asks for; the jobs' ids. What is there is not read again, and nothing
    where its dataset is here.
    """
    if _is_here(workspace, recipe):
        return []
    return [
        importing.load_corpus(workspace, name, limit=limit or None)
        for name, limit in recipe.dataset.collections.items()
    ]


def make_dataset(workspace: Workspace, recipe: Recipe) -> DatasetVersion:
    """The dataset of a recipe: the one that is there already with its fingerprint, else a new version."""
    asked = recipe.dataset
    if known := _is_here(workspace, recipe):
        return datasets.get(workspace, known)
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


def _is_here(workspace: Workspace, recipe: Recipe) -> str:
    """The dataset version with the fingerprint that the recipe speaks of; empty where there is none."""
    wanted = recipe.dataset.fingerprint
    if not wanted:
        return ""
    with open_store(workspace) as store:
        return next(iter(store.datasets.with_fingerprint(wanted)), "")


def spec_of(recipe: Recipe, dataset: DatasetVersion) -> TrainingSpec:
    """The training that a recipe tells, on its dataset as it is here."""
    return TrainingSpec(
        dataset=dataset.id,
        tokenizer=recipe.tokenizer,
        model=recipe.model,
        training=recipe.training,
        controls=recipe.controls,
    )


def outcome(workspace: Workspace, recipe: Recipe, run: str) -> Outcome:
    """How near a run came to the recipe it was made from."""
    record = training.get(workspace, run)
    wanted = recipe.dataset.fingerprint
    return Outcome(
        recipe.nats_per_quarter,
        record.evaluation.get("test", {}).get("nats_per_quarter"),
        record.dataset_fingerprint == wanted if wanted else None,
    )
