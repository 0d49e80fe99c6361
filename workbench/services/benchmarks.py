"""Benchmarks: measuring a model on data that others have measured theirs on."""

from pathlib import Path

from workbench.core.errors import InvalidSetting
from workbench.jobs.benchmarks import BENCHMARKS, Benchmark
from workbench.services import activity, models
from workbench.workspace import Workspace


def available() -> list[Benchmark]:
    """Every benchmark there is."""
    return list(BENCHMARKS)


def enqueue(
    workspace: Workspace, name: str, model: str, data: Path, *, split: str = "valid"
) -> str:
    """Queue the reading of a model; the job's id. Its result holds ``reading``, with ``value`` in ``unit``."""
    ruler = BENCHMARKS.get(name)
    chosen = models.get(workspace, model)
    if not data.exists():
        raise InvalidSetting(f"There is nothing at {data}; name the file or folder of the data.")
    spec = {
        "benchmark": ruler.name,
        "model": model,
        "folder": str(chosen.folder),
        "data": str(data.resolve()),
        "split": split,
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
