"""The composer: a warm, light process for composing, short analyses and imports.

It never imports Keras. Two threads work side by side, one a lane; files are parsed in a child process of
their own, so the threads hardly compete. It goes home after a quarter of an hour without work.
"""

import logging
import threading
import time

from workbench.jobs import BULK, QUICK
from workbench.jobs.registration import Registration
from workbench.jobs.worker import serve_lane
from workbench.store import DatabaseError
from workbench.workspace import Workspace

log = logging.getLogger(__name__)

IDLE_SECONDS = 15 * 60.0


def compose_until_idle(workspace: Workspace, idle_seconds: float = IDLE_SECONDS) -> None:
    """Serve the quick and the bulk lane until there was nothing to do for a while."""
    with Registration(workspace, "composer") as registration:
        if not registration.alone:
            return
        ended = threading.Event()
        last_work = [time.monotonic()]

        def busy() -> None:
            last_work[0] = time.monotonic()

        threads = [
            threading.Thread(
                target=serve_lane,
                args=(workspace, lane, registration.worker, ended, busy),
                daemon=True,
            )
            for lane in (QUICK, BULK)
        ]
        for thread in threads:
            thread.start()
        # A workspace that was deleted needs no composer.
        while workspace.database.exists():
            try:
                if not registration.beat():
                    break
                time.sleep(1.0)
                idle = time.monotonic() - last_work[0] > idle_seconds
                if idle and not registration.store.jobs.unfinished([QUICK, BULK]):
                    break
            except DatabaseError:  # a busy or full disk
                log.exception("the composer could not say that it lives; trying again")
                time.sleep(1.0)
        ended.set()
        for thread in threads:
            thread.join(timeout=5.0)
