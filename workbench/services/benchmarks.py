"""Benchmarks: measuring a model on data that others have measured theirs on."""

from pathlib import Path

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.jobs.benchmarks import BENCHMARKS, Benchmark
from workbench.services import activity, models
from workbench.services.models import Model
from workbench.store import open_store
from workbench.workspace import Workspace


def available() -> list[Benchmark]:
    """Every benchmark there is."""
    return list(BENCHMARKS)


MOST_KEYS = 11


def enqueue(
    workspace: Workspace, name: str, model: str, data: Path, *, split: str = "valid", keys: int = 1, recall: bool = False,
) -> str:  # fmt: skip
    """Queue the reading of a model, in so many keys at once, with a memory of the piece beside it or not; the job's id.

    Its result holds ``reading``, with ``value`` in ``unit``.
    """
    ruler = BENCHMARKS.get(name)
    if keys != 1 and not ruler.in_keys:
        raise InvalidSetting(f"The benchmark {name} reads pieces in their own key alone; leave the keys out.")  # fmt: skip
    if recall and not ruler.recalls:
        raise InvalidSetting(f"The benchmark {name} has no memory beside the model; leave recall out.")  # fmt: skip
    if recall and split == "train":
        raise InvalidSetting("A memory is counted on the training split, so it would know the pieces that it reads; read another split, or leave recall out.")  # fmt: skip
    if keys % 2 == 0 or not 0 < keys <= MOST_KEYS:
        raise InvalidSetting(
            f"{keys} keys are none: a piece is read in its own and in as many below as above, so choose 1, 3, 5 … {MOST_KEYS}."
        )
    chosen = models.get(workspace, model)
    if not data.exists():
        raise InvalidSetting(f"There is nothing at {data}; name the file or folder of the data.")
    spec = {
        "benchmark": ruler.name,
        "model": model,
        "folder": str(chosen.folder),
        "data": str(data.resolve()),
        "split": split,
        "keys": keys,
        "recall": recall,
        "warnings": _warnings(workspace, ruler, chosen),
    }
    title = f"Benchmark {ruler.name} with {chosen.title}"
    return activity.enqueue(workspace, "benchmark", spec, title=title)


def enqueue_self_test(workspace: Workspace, name: str, data: Path | None = None) -> str:
    """Queue a benchmark's test of itself, on its data or, without, on music that is installed; the job's id.

    Its result holds ``checks``.
    """
    ruler = BENCHMARKS.get(name)
    if data and not data.exists():
        raise InvalidSetting(f"There is nothing at {data}; name the file or folder of the data.")
    spec = {"benchmark": ruler.name, "folder": "", "data": str(data.resolve()) if data else ""}
    return activity.enqueue(
        workspace, "benchmark", spec, title=f"Self-test of the benchmark {ruler.name}"
    )


def _warnings(workspace: Workspace, ruler: Benchmark, model: Model) -> list[str]:
    """What there is to say where a model may have heard what the benchmark holds out."""
    heard = _heard(workspace, model)
    if heard is None:
        return ["What this model was trained on is not known; it may have heard what is held out."]
    seen = sum(ruler.held_out(*piece) for piece in heard)
    if not seen:
        return []
    return [
        f"Of what this model was trained on, {seen} of {len(heard)} are or may be held out here, so it may have heard the"
        " answers; for a figure that counts, train on the benchmark's training split alone."
    ]


def _heard(workspace: Workspace, model: Model) -> list[tuple[str, str]] | None:
    """Collection and title of every piece that a model was trained on, or collections alone; None where nobody knows."""
    if model.is_bundled:
        recipe = model.card.recipe
        return [(name, "") for name in recipe.dataset.collections] if recipe else None
    with open_store(workspace) as store:
        try:
            dataset = store.datasets.get(store.runs.get(model.name).spec.dataset)
            pieces = store.pieces.many(dataset.members("train"))
        except UnknownName:  # the run came from elsewhere, or pieces of it were deleted
            return None
    return [(piece.collection, piece.title) for piece in pieces]
