"""Starting workers: detached processes that outlive the page, the browser and the web server.

A worker's command line is the ordinary one, ``python -m workbench worker KIND``; its log lies in the workspace.
Workers run at low priority so that the pages stay quick while something trains.
"""

import logging
import os
import subprocess
import sys
import threading
import time

from workbench.jobs import LANES
from workbench.jobs.capacity import most_workers
from workbench.jobs.registration import ALIVE_SECONDS
from workbench.store import DatabaseError, open_store
from workbench.workspace import REPOSITORY, Workspace

log = logging.getLogger("workbench.launcher")

_STARTING_SECONDS = 12.0  # a started worker signs on within this, TensorFlow or not
_LOOK_SECONDS = 2.0
_started: dict[tuple[str, str], tuple[float, subprocess.Popen]] = {}
_lock = threading.Lock()


def ensure_worker(workspace: Workspace, kind: str) -> None:
    """Start a worker of a kind unless as many as are of use live, or one is just starting."""
    with open_store(workspace) as store:
        living = store.jobs.living_workers(kind, ALIVE_SECONDS)
        work = sum(len(store.jobs.queued(lane)) for lane in LANES[kind])
        wanted = min(most_workers(store, kind), max(1, work))
    if len(living) >= wanted:
        return
    with _lock:
        key = (str(workspace.home), kind)
        if key in _started:
            moment, process = _started[key]
            if process.poll() is None and time.monotonic() - moment < _STARTING_SECONDS:
                return
        _started[key] = (time.monotonic(), start_worker(workspace, kind))


def start_worker(workspace: Workspace, kind: str) -> subprocess.Popen:
    """Start a worker process, detached from this one."""
    command = [sys.executable, "-m", "workbench", "worker", kind]
    command += ["--workspace", str(workspace.home)]
    detached: dict = {"start_new_session": True}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        detached = {"creationflags": flags | subprocess.DETACHED_PROCESS}
    with (workspace.logs / f"{kind}.log").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            **detached,
        )
    # Without somebody waiting for it, an ended child stays in the process table.
    threading.Thread(target=process.wait, daemon=True).start()
    return process


def supervise(workspace: Workspace) -> threading.Thread:
    """A thread that brings workers back while there is work for them: after a crash or a restart."""

    def look() -> None:
        while True:
            try:
                with open_store(workspace) as store:
                    store.jobs.interrupt_dead()
                    wanted = [k for k, lanes in LANES.items() if store.jobs.pending(lanes)]
                for kind in wanted:
                    ensure_worker(workspace, kind)
            except (DatabaseError, OSError):
                log.exception("could not look after the workers; trying again")
            time.sleep(_LOOK_SECONDS)

    thread = threading.Thread(target=look, daemon=True, name="supervisor")
    thread.start()
    return thread
