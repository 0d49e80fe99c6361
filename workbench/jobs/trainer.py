"""The trainer: a process that trains what waits, one run after another, and then ends.

There is one, unless somebody asked for more at once. Its memory (TensorFlow's, mostly) goes back when it ends. It lingers a few seconds after the last run, so
that somebody who starts one run after another does not pay TensorFlow's start each time.
"""

import logging
import os
import threading
import time
from contextlib import suppress

from workbench.jobs import TRAIN
from workbench.jobs.capacity import most_workers
from workbench.jobs.registration import ALIVE_SECONDS, Registration
from workbench.jobs.worker import serve_lane
from workbench.store import DatabaseError, open_store
from workbench.workspace import Workspace

log = logging.getLogger(__name__)

LINGER_SECONDS = 5.0


def train_until_done(workspace: Workspace, linger_seconds: float = LINGER_SECONDS) -> None:
    """Serve the training lane until it is empty."""
    with Registration(workspace, "trainer") as registration:
        if not registration.alone:
            return
        if hasattr(os, "nice"):
            os.nice(10)  # pages and compositions go first
        ended = threading.Event()
        beating = threading.Thread(
            target=_beat, args=(workspace, registration.worker, ended, linger_seconds), daemon=True
        )
        beating.start()
        # Training stays on the main thread: TensorFlow and its signal handling expect it there.
        serve_lane(
            workspace, TRAIN, registration.worker, ended, lambda: _make_room(workspace, ended)
        )
        beating.join(timeout=5.0)


def _make_room(workspace: Workspace, ended: threading.Event) -> None:
    """End after a run where there are more trainers than are asked for by now."""
    with suppress(DatabaseError), open_store(workspace) as store:
        living = store.jobs.living_workers("trainer", ALIVE_SECONDS)
        if len(living) > most_workers(store, "trainer"):
            ended.set()


def _beat(workspace: Workspace, worker: str, ended: threading.Event, linger_seconds: float) -> None:
    """Say that the trainer lives; end it once the lane has been empty for a while."""
    empty_since: float | None = None
    with open_store(workspace) as store:
        while not ended.is_set():
            try:
                if not store.jobs.beat(worker):
                    ended.set()
                if store.jobs.unfinished([TRAIN]):
                    empty_since = None
                else:
                    empty_since = empty_since or time.monotonic()
                    if time.monotonic() - empty_since > linger_seconds:
                        ended.set()
            except DatabaseError:  # a busy or full disk
                log.exception("the trainer could not say that it lives; trying again")
            time.sleep(0.5)
