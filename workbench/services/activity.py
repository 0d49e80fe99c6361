"""What is going on: jobs that wait or run, how they ended, and who does them."""

import time
from collections.abc import Callable

from workbench.jobs import BULK, JOBS, QUICK, TRAIN, Spec
from workbench.jobs.launcher import ensure_worker, supervise
from workbench.jobs.worker import run_here
from workbench.store import open_store
from workbench.store.jobs import Job
from workbench.workspace import Workspace

_WORKER_OF = {QUICK: "composer", BULK: "composer", TRAIN: "trainer"}


def enqueue(workspace: Workspace, kind: str, spec: Spec, *, title: str) -> str:
    """Queue a job; its id. Nobody works on it before ``launch`` or ``finish``."""
    with open_store(workspace) as store:
        return store.jobs.add(kind, JOBS.get(kind).lane, spec, title=title)


def launch(workspace: Workspace, job: str) -> None:
    """See to it that a worker will take the job."""
    with open_store(workspace) as store:
        lane = store.jobs.get(job).lane
    ensure_worker(workspace, _WORKER_OF[lane])


def warm_up(workspace: Workspace) -> None:
    """Have a composer ready, so that the first composition does not wait for one."""
    ensure_worker(workspace, "composer")


def finish(workspace: Workspace, job: str) -> Job:
    """Do the job in this process, or wait for the worker that has it; the job as it ended."""
    return run_here(workspace, job)


def wait(
    workspace: Workspace, job: str, *, seconds: float, watch: Callable[[Job], None] | None = None
) -> Job:
    """The job once it has ended, or as it is after so many seconds."""
    until = time.monotonic() + seconds
    with open_store(workspace) as store:
        while True:
            current = store.jobs.get(job)
            if watch:
                watch(current)
            if current.has_ended or time.monotonic() > until:
                return current
            time.sleep(0.02)


def job(workspace: Workspace, job_id: str) -> Job:
    """A job as it is now."""
    with open_store(workspace) as store:
        return store.jobs.get(job_id)


def current(workspace: Workspace) -> list[Job]:
    """Jobs that wait or run, the oldest first."""
    with open_store(workspace) as store:
        return store.jobs.in_state(("running", "waiting"))[::-1]


def recent(workspace: Workspace, *, limit: int = 10) -> list[Job]:
    """Jobs that ended lately, the newest first."""
    with open_store(workspace) as store:
        return store.jobs.in_state(("done", "stopped", "failed"), limit=limit)


def stop(workspace: Workspace, job_id: str) -> None:
    """Ask a job to stop; it does within seconds and keeps what it has."""
    with open_store(workspace) as store:
        store.jobs.request_stop(job_id)


def look_after(workspace: Workspace) -> None:
    """Keep workers alive while there is work, for as long as this process lives."""
    supervise(workspace)
