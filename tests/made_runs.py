"""Runs put into the store as a training leaves them, in no time: for what lists and compares them. Nothing was trained."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.core.dataset import DatasetVersion
from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.store import Store

MACHINE = {"system": "Linux", "processor": "made up", "cores": 2, "memory_bytes": 4_000_000_000}
BASELINE = 1.9


def add_dataset(store: Store, name: str = "tunes") -> DatasetVersion:
    """A dataset version of no pieces, with a fingerprint of its own."""
    return store.datasets.add(
        DatasetVersion(name, 0, (), (), "", (80, 10, 10), 3, None, fingerprint=f"{name:0<64}")
    )


def add_run(
    store: Store,
    dataset: DatasetVersion,
    *,
    run: str = "",
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    losses: Sequence[float] = (2.0, 1.5, 1.6),
    held_out: float | None = 1.4,
    steps: int = 0,
    cpu_seconds: float = 30.0,
    state: str = "done",
) -> str:
    """A run with its history and figures, in whatever state; its id."""
    spec = TrainingSpec(
        dataset.id,
        TokenizerSpec("melody-steps", {"steps_per_quarter": 4}),
        ModelSpec("lstm", dict(settings or {"units": 32})),
        TrainingSettings(epochs=len(losses), seed=seed),
    )
    run = run or f"lstm-{store.runs.count():06x}"
    with store.db.atomic():
        job = store.jobs.add("train", "train", {"run": run}, title=f"Training {run}")
        store.runs.add(run, spec, job=job, dataset_fingerprint=dataset.fingerprint)
        if state == "waiting":
            return run
        held = store.jobs.claim("train", "made", job=job)
        for epoch, loss in enumerate(losses, 1):
            metrics = EpochMetrics(epoch, loss - 0.1, loss, 0.6, 1e-3, 15e3, 2.5)
            store.runs.add_epoch(run, metrics)
        for step in range(steps):
            data = {"step": step, "epoch": len(losses) * step / steps, "loss": 1.5}
            store.runs.add_step(run, step, data | {"learning_rate": 1e-3})
        best = min(losses)
        epoch = losses.index(best) + 1
        store.runs.add_checkpoint(Checkpoint(run, "best", epoch, best, f"runs/{run}/best.keras"))
        store.runs.add_cpu_seconds(run, cpu_seconds)
        if state == "running":
            return run
        store.runs.set_result(
            run, parameters=32_000, versions={"keras": "3"}, machine=MACHINE,
            evaluation=_evaluation(held_out),
        )  # fmt: skip
        store.jobs.finish(held, state, result={"run": run})
    return run


def _evaluation(held_out: float | None) -> dict[str, Any]:
    if held_out is None:
        return {"skipped": 0}
    test = {"pieces": 3, "quarters": 96.0, "nats_per_token": held_out / 2, "accuracy": 0.6, "estimate": ""}  # fmt: skip
    return {
        "skipped": 0,
        "test": test | {"nats_per_quarter": held_out},
        "baseline": test | {"nats_per_quarter": BASELINE},
    }
