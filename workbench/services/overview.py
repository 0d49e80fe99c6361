"""What is here, at a glance."""

from dataclasses import dataclass

from workbench.services import models
from workbench.services.models import Model
from workbench.store import open_store
from workbench.workspace import Workspace

GREETING_TOKENIZER = "melody-steps"


@dataclass(frozen=True)
class Counts:
    """How much a workspace holds."""

    pieces: int
    datasets: int
    runs: int
    compositions: int


def counts(workspace: Workspace) -> Counts:
    """How many pieces, dataset versions, runs and compositions there are."""
    with open_store(workspace) as store:
        return Counts(
            pieces=store.pieces.count(),
            datasets=store.datasets.count(),
            runs=store.runs.count(),
            compositions=store.compositions.count(),
        )


def first_model(workspace: Workspace) -> Model | None:
    """The model to greet people with: one that sings melodies and is bundled, as far as there is one."""
    ranked = sorted(
        models.bundled(workspace) or models.available(workspace),
        key=lambda model: model.card.tokenizer.name != GREETING_TOKENIZER,
    )
    return next(iter(ranked), None)
