"""Bringing a job's events home: from ``report`` into the database, under the job's lease.

Every event becomes rows in one transaction that only the holder of the lease can make. A thread renews the
lease and watches for a request to stop, so the work itself may take as long as it likes between two
events.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any

from workbench.core.explanation import Explanation
from workbench.core.piece import Piece
from workbench.core.recording import Recording
from workbench.core.records import from_json
from workbench.core.run_bundle import GRAPH_FILE, WEIGHTS_FILE
from workbench.core.runs import (
    BROUGHT,
    RUNNING,
    Checkpoint,
    Composition,
    EpochMetrics,
    TrainingRun,
)
from workbench.core.score import Score
from workbench.core.specs import TrainingSpec
from workbench.core.sweeps import Sweep
from workbench.jobs import TRAIN, outcomes
from workbench.jobs.capacity import most_workers
from workbench.store import DatabaseError, Store, open_store
from workbench.store.jobs import LEASE_SECONDS, Job, LeaseLost
from workbench.workspace import Workspace

_RENEW_SECONDS = 1.0
_PROGRESS_SECONDS = 0.2


class HomeReport:
    """A :class:`workbench.core.report.Report` that writes into the store. Use it as a context."""

    def __init__(self, workspace: Workspace, job: Job) -> None:
        self.workspace = workspace
        self.job = job
        self.store = open_store(workspace)
        self.stop_requested = job.stop_requested
        self.lease_lost = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_lease, daemon=True)
        self._last_progress = 0.0
        self._counted = time.process_time()
        self._counting = threading.Lock()

    def __enter__(self) -> "HomeReport":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if error is not None:  # it was broken off, as by Ctrl+C, and this process may live on
            with suppress(DatabaseError):
                self.store.jobs.let_go(self.job)
        self.store.db.close()

    @property
    def spec(self) -> dict[str, Any]:
        """The job's spec; on a second attempt with what the first has dealt with under ``skip``."""
        done = self.store.imports.names(self.job.id) if self.job.attempt > 1 else set()
        if not done:
            return self.job.spec
        return self.job.spec | {"skip": sorted(done.union(self.job.spec.get("skip", ())))}

    def progress(self, done: float, text: str) -> None:
        """How far the work is, from 0 to 1. Passed on at most a few times a second."""
        moment = time.monotonic()
        if moment - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = moment
            self.store.jobs.report_progress(self.job, done, text)

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Something happened that is to be kept; see ``EVENTS``."""
        with self.store.jobs.held(self.job):
            EVENTS[kind](self.store, self.job, data)

    def known(self, checksums: Sequence[str]) -> set[str]:
        """Which of some files, by their checksum, the library has already."""
        return self.store.pieces.known_checksums(checksums)

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """The next pieces by id whose facts are older than a version, with their music."""
        return self.store.pieces.outdated(version, after, limit)

    def sweep(self, sweep: str) -> Sweep:
        """A sweep as it is now; side by side it may train as many trials as there may be trainers."""
        return replace(self.store.sweeps.get(sweep), at_once=most_workers(self.store, "trainer"))

    def composition(self, composition: str) -> tuple[Composition, Explanation | None]:
        """A composition as it is now, and what its tokens were drawn among."""
        here = self.store.compositions
        return here.get(composition), here.explanation(composition)

    def should_stop(self) -> bool:
        """Whether somebody asked for a stop, or the job is no longer ours."""
        return self.stop_requested or self.lease_lost

    def holding(self) -> AbstractContextManager[object]:
        """A transaction under the lease; ``LeaseLost`` where it is another's."""
        return self.store.jobs.held(self.job)

    def finish(self, state: str, **words: Any) -> None:
        """End the job; silently does nothing when the lease has gone to another worker."""
        try:
            with self.store.jobs.held(self.job):
                self._count_time(self.store)
                self.store.jobs.finish(self.job, state, **words)
        except LeaseLost:
            self.lease_lost = True

    def _count_time(self, store: Store) -> None:
        """Add what the processor has done since the last time to the run that is trained.

        A trainer does one thing at a time, so the process's time is the run's. Other workers do several.
        """
        if self.job.kind != "train":
            return
        with self._counting:
            spent = time.process_time() - self._counted
            self._counted += spent
        store.runs.add_cpu_seconds(self.job.spec["run"], spent)

    def _keep_lease(self) -> None:
        lost_at = time.monotonic() + LEASE_SECONDS
        with open_store(self.workspace) as store:
            while not self._ended.wait(_RENEW_SECONDS):
                try:
                    with store.jobs.held(self.job):
                        asked = store.jobs.renew(self.job)
                        self._count_time(store)
                    self.stop_requested = asked or self.stop_requested
                    lost_at = time.monotonic() + LEASE_SECONDS
                except LeaseLost:
                    self.lease_lost = True
                    return
                except DatabaseError:  # a busy or full disk: try again until the lease is over
                    if time.monotonic() > lost_at:
                        self.lease_lost = True
                        return


def _imported(store: Store, job: Job, data: dict[str, Any]) -> None:
    """A batch of files, each a :class:`workbench.jobs.outcomes.Brought`: what is new of it, the library says."""
    for file in data["files"]:
        outcome = file.outcome
        if outcome is None:
            added = sum(_add(store, *music) for music in file.pieces)
            if added:
                outcome = outcomes.imported(file.name, added, file.remarks)
            else:
                outcome = outcomes.duplicate(file.name, outcomes.SAME_MUSIC)
        store.imports.add(job.id, outcome)


def _add(
    store: Store, piece: Piece, music: Score | Recording, remarks: tuple[str, ...], sketch: bytes
) -> bool:
    if isinstance(music, Recording):
        return store.pieces.add_recording(piece, music, remarks)
    return store.pieces.add(piece, music, remarks, sketch)


def _pieces(store: Store, job: Job, data: dict[str, Any]) -> None:
    """Pieces with their notes; those that are there already stay as they are."""
    for piece, score in data["pieces"]:
        store.pieces.add(piece, score)


def _facts(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.pieces.set_facts(data["facts"])


def _dataset(store: Store, job: Job, data: dict[str, Any]) -> None:
    """A dataset version from elsewhere, unless it is here under the same name already."""
    version, parent = data["version"], data["parent"]
    same = store.datasets.with_fingerprint(version.fingerprint)
    if not any(each.rpartition("@")[0] == version.name for each in same):
        parents = store.datasets.with_fingerprint(parent) if parent else []
        store.datasets.add(replace(version, parent=next(iter(parents), None)))


def _epoch(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.runs.add_epoch(job.spec["run"], from_json(EpochMetrics, data))


def _step(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.runs.add_step(job.spec["run"], data["step"], data)


def _checkpoint(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.runs.add_checkpoint(from_json(Checkpoint, data))


def _checkpoint_gone(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.runs.remove_checkpoint(data["run"], data["kind"])


def _trained(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.runs.set_result(job.spec["run"], **data)


def _trial_begins(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.sweeps.start_clock(data["sweep"])


def _trial_chosen(store: Store, job: Job, data: dict[str, Any]) -> None:
    """The next trial of a sweep: a run with a job of its own. Nothing where the sweep was stopped meanwhile."""
    sweep = store.sweeps.get(data["sweep"])
    if sweep.state != RUNNING:
        return
    run, number, spec = data["run"], data["number"], from_json(TrainingSpec, data["spec"])
    asked = {
        **store.sweeps.job(sweep.id), "run": run, "spec": data["spec"], "trial": {"sweep": sweep.id, "number": number},
    }  # fmt: skip
    title = f"Trial {number + 1} of {sweep.id}, {spec.model.architecture} on {spec.dataset}"
    training = store.jobs.add("train", TRAIN, asked, title=title, asked_by="sweep")
    store.runs.add(run, spec, job=training, dataset_fingerprint=sweep.dataset_fingerprint)
    store.sweeps.add_trial(sweep.id, number, run, data["settings"])


def _sweep_told(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.sweeps.set_importance(data["sweep"], data["importance"])


def _sweep_over(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.sweeps.end(data["sweep"], data["state"], data["message"])


def _brought(store: Store, job: Job, data: dict[str, Any]) -> None:
    """A run that was trained elsewhere, with its history; nothing where it is here already."""
    record, card = data["record"], data["card"]
    run: TrainingRun = record.run
    if store.runs.known(run.id):
        return
    here = store.datasets.with_fingerprint(run.dataset_fingerprint)
    dataset = (
        here[0]
        if here
        else store.datasets.named_elsewhere(run.spec.dataset, run.dataset_fingerprint)
    )
    made = store.jobs.add_ended(
        "train", TRAIN, {"run": run.id}, title=f"Training {run.id} elsewhere", state=run.state,
        started=run.started, ended=run.ended, message=run.message, asked_by=BROUGHT,
    )  # fmt: skip
    store.runs.add(
        run.id, replace(run.spec, dataset=dataset), job=made,
        dataset_fingerprint=run.dataset_fingerprint, created=run.created,
    )  # fmt: skip
    store.runs.add_epochs(run.id, record.epochs)
    for step in record.steps:
        store.runs.add_step(run.id, int(step["step"]), step)
    weights = WEIGHTS_FILE if card.file == GRAPH_FILE else card.file
    where = f"runs/{run.id}/{weights}"
    store.runs.add_checkpoint(Checkpoint(run.id, "best", card.epoch, card.valid_loss, where))
    store.runs.set_result(
        run.id, parameters=card.parameters, versions=run.versions, machine=run.machine,
        evaluation=run.evaluation,
    )  # fmt: skip
    if run.cpu_seconds is not None:
        store.runs.add_cpu_seconds(run.id, run.cpu_seconds)
    store.runs.annotate(run.id, note=run.note, tags=run.tags)


def _composed(store: Store, job: Job, data: dict[str, Any]) -> None:
    made = from_json(Composition, data["composition"])
    store.compositions.add(made, data["score"], data["explanation"])


def _played(store: Store, job: Job, data: dict[str, Any]) -> None:
    """Live music as far as it has come: the first time it is added, then it grows, or is cut where it was stopped."""
    made = from_json(Composition, data["composition"])
    store.compositions.add(made, data["score"], data["explanation"])
    store.compositions.rewrite(made, data["score"], data["explanation"])


def _never_heard(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.compositions.delete(data["composition"])


def _listening_prepared(store: Store, job: Job, data: dict[str, Any]) -> None:
    store.listening.set_prepared(data["code"], data["clips"])


EVENTS: dict[str, Callable[[Store, Job, dict[str, Any]], None]] = {
    "imported": _imported,
    "pieces": _pieces,
    "facts": _facts,
    "dataset": _dataset,
    "epoch": _epoch,
    "step": _step,
    "checkpoint": _checkpoint,
    "checkpoint_gone": _checkpoint_gone,
    "trained": _trained,
    "trial_begins": _trial_begins,
    "trial_chosen": _trial_chosen,
    "sweep_told": _sweep_told,
    "sweep_over": _sweep_over,
    "composed": _composed,
    "played": _played,
    "never_heard": _never_heard,
    "brought": _brought,
    "listening_prepared": _listening_prepared,
}
