"""What is going on: jobs that wait or run, how they ended, and who does them."""

import time
from collections.abc import Callable

from workbench.core.errors import InvalidSetting
from workbench.core.machine import cores
from workbench.jobs import BULK, JOBS, QUICK, TRAIN, Spec
from workbench.jobs.capacity import PREFERENCE, TRAINER_BYTES, bearable_trainers, most_workers
from workbench.jobs.launcher import ensure_worker, supervise
from workbench.jobs.worker import run_here
from workbench.store import Store, open_store
from workbench.store.jobs import Job
from workbench.workspace import Workspace

_WORKER_OF = {QUICK: "composer", BULK: "composer", TRAIN: "trainer"}


def open_current(workspace: Workspace) -> Store:
    """The store, in which nothing is held by a worker that is gone (:mod:`workbench.store.leases`). Use it as a context."""
    store = open_store(workspace)
    store.jobs.interrupt_dead()
    return store


def enqueue(workspace: Workspace, kind: str, spec: Spec, *, title: str) -> str:
    """Queue a job; its id. Nobody works on it before ``launch`` or ``finish``."""
    with open_store(workspace) as store:
        return store.jobs.add(kind, JOBS.get(kind).lane, spec, title=title)


def launch(workspace: Workspace, job: str) -> None:
    """See to it that a worker will take the job."""
    with open_store(workspace) as store:
        lane = store.jobs.get(job).lane
    ensure_worker(workspace, _WORKER_OF[lane])


def launch_next(workspace: Workspace, lane: str) -> None:
    """See to it that a worker will take what waits in a lane, if anything does."""
    with open_current(workspace) as store:
        waits = store.jobs.pending([lane])
    if waits:
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
    with open_current(workspace) as store:
        return store.jobs.in_state(("running", "waiting"))[::-1]


def recent(workspace: Workspace, *, limit: int = 10) -> list[Job]:
    """Jobs that ended lately, the newest first."""
    with open_store(workspace) as store:
        return store.jobs.in_state(("done", "stopped", "failed"), limit=limit)


def training_queue(workspace: Workspace) -> list[Job]:
    """What is trained, then what waits for it, in the order in which it comes."""
    with open_current(workspace) as store:
        return store.jobs.queued(TRAIN)


def move(workspace: Workspace, job_id: str, where: str) -> None:
    """Move a job that waits among those that wait in its lane.

    ``where`` is ``first``, ``up``, ``down`` or ``last``. Raises ``InvalidSetting`` for another word, and for a job that
    waits no longer.
    """
    with open_store(workspace) as store, store.db.atomic():
        lane = store.jobs.get(job_id).lane
        order = [each.id for each in store.jobs.queued(lane) if each.state == "waiting"]
        if job_id not in order:
            raise InvalidSetting("It waits no longer; only what waits has a place in the queue.")
        at, end = order.index(job_id), len(order) - 1
        places = {"first": 0, "up": max(at - 1, 0), "down": min(at + 1, end), "last": end}
        if where not in places:
            raise InvalidSetting(f"There is no way {where!r}; choose one of {', '.join(places)}.")
        order.insert(places[where], order.pop(at))
        store.jobs.set_order(order)


def trainings_at_once(workspace: Workspace) -> tuple[int, int]:
    """How many runs are trained at once in the background, and how many cores and memory of this machine bear."""
    with open_store(workspace) as store:
        return most_workers(store, "trainer"), bearable_trainers()


def set_trainings_at_once(workspace: Workspace, number: int) -> None:
    """Ask for so many at once; ``InvalidSetting`` for more than the machine bears."""
    most = bearable_trainers()
    if not 1 <= number <= most:
        raise InvalidSetting(
            f"This machine bears 1 to {most} trainings at once ({cores()} cores, {TRAINER_BYTES / 1e9:g} GB of memory "
            f"each), not {number}."
        )
    with open_store(workspace) as store:
        store.preferences.set_number(PREFERENCE, number)


def stop(workspace: Workspace, job_id: str) -> None:
    """Ask a job to stop; it does within seconds and keeps what it has. One whose worker is gone is stopped at once."""
    with open_store(workspace) as store:
        store.jobs.request_stop(job_id)


def look_after(workspace: Workspace) -> None:
    """Keep workers alive while there is work, for as long as this process lives."""
    supervise(workspace)
