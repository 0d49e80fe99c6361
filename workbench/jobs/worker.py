"""Doing jobs: claim, run, and answer for every way it can end."""

import errno
import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable

from workbench.core.errors import WorkbenchError
from workbench.jobs import JOBS, QUICK
from workbench.jobs.home import HomeReport
from workbench.store import DatabaseError, open_store
from workbench.store.jobs import Job, LeaseLost
from workbench.workspace import Workspace

log = logging.getLogger("workbench.worker")

_EAGER_SECONDS, _CALM_SECONDS = 0.05, 0.25
_EAGER_FOR_SECONDS = 60.0


def perform(workspace: Workspace, job: Job) -> None:
    """Do a claimed job to its end, and write down how it ended."""
    log.info("job %s (%s) begins, attempt %d", job.id, job.kind, job.attempt)
    with HomeReport(workspace, job) as report:
        try:
            result = JOBS.get(job.kind).run(report.spec, workspace, report)
            early = result.get("ended_early", "")  # a sentence
            state = "stopped" if early or report.stop_requested else "done"
            report.finish(state, message=early, result=result)
        except LeaseLost:
            log.warning("job %s went to another worker", job.id)
        except WorkbenchError as error:
            report.finish("failed", message=str(error), details=traceback.format_exc())
        except (Exception, MemoryError) as error:
            log.exception("job %s failed", job.id)
            report.finish("failed", message=_sentence(error), details=traceback.format_exc())
    log.info("job %s is over", job.id)


def _sentence(error: BaseException) -> str:
    """What happened, for a person, where no part of the workbench had words for it."""
    full = isinstance(error, OSError) and error.errno == errno.ENOSPC
    if full or (isinstance(error, DatabaseError) and "full" in str(error)):
        return "The disk is full. What was saved before is usable; free some space and try again."
    if isinstance(error, MemoryError):
        return "The machine ran out of memory. Try smaller settings or close other programs."
    return (
        "Something went wrong that the workbench did not foresee "
        f"({type(error).__name__}). The log below says where; what was saved before is usable."
    )


def run_here(workspace: Workspace, job_id: str) -> Job:
    """Do one queued job in this process (the command line does), or wait for who holds it."""
    worker = new_worker_id()
    while True:
        with open_store(workspace) as store:
            current = store.jobs.get(job_id)
            if current.has_ended:
                return current
            claimed = store.jobs.claim(current.lane, worker, job=job_id)
        if claimed:
            perform(workspace, claimed)
        else:
            time.sleep(_CALM_SECONDS)


def serve_lane(
    workspace: Workspace,
    lane: str,
    worker: str,
    ended: threading.Event,
    busy: Callable[[], None] = lambda: None,
) -> None:
    """Do the jobs of a lane one after another until ``ended``; calls ``busy`` after each.

    Right after work the quick lane looks for more every few milliseconds, for somebody is at the controls.
    """
    eager_until = time.monotonic() + _EAGER_FOR_SECONDS
    with open_store(workspace) as store:
        while not ended.is_set():
            try:
                claimed = store.jobs.claim(lane, worker) if store.jobs.pending([lane]) else None
            except DatabaseError:
                log.exception("the queue could not be read; trying again")
                ended.wait(1.0)
                continue
            if claimed:
                try:
                    perform(workspace, claimed)
                except Exception:  # not the job's own, which is told of it: the lane is to go on
                    log.exception("what became of the job %s could not be written down", claimed.id)
                    ended.wait(1.0)
                busy()
                eager_until = time.monotonic() + _EAGER_FOR_SECONDS
            else:
                eager = lane == QUICK and time.monotonic() < eager_until
                ended.wait(_EAGER_SECONDS if eager else _CALM_SECONDS)


def new_worker_id() -> str:
    """An id no other worker has."""
    return secrets.token_hex(8)
