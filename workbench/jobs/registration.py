"""Signing on: at most one living worker of a kind in a workspace, or as many trainers as were asked for."""

import os
from types import TracebackType

from workbench.core.processes import this_process
from workbench.jobs.capacity import most_workers
from workbench.jobs.worker import new_worker_id
from workbench.store import open_store
from workbench.workspace import Workspace

ALIVE_SECONDS = 8.0
"""A worker of which only its silence tells (another machine's, say) counts as dead after so long."""


class Registration:
    """A worker's entry in the database, as a context. ``alone`` is False where as many as there may be live already."""

    def __init__(self, workspace: Workspace, kind: str) -> None:
        self.store = open_store(workspace)
        self.worker = new_worker_id()
        self.alone = self.store.jobs.register_worker(
            self.worker, kind, os.getpid(),
            alone_for=ALIVE_SECONDS, most=most_workers(self.store, kind), process=this_process(),
        )  # fmt: skip

    def beat(self) -> bool:
        """Say that this worker lives; False when it was declared dead meanwhile."""
        return self.store.jobs.beat(self.worker)

    def __enter__(self) -> "Registration":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.jobs.remove_worker(self.worker)
        self.store.db.close()
