"""Leases whose holder is gone: found by the process that took them, else by the silence.

On the same machine a process tells for certain (:mod:`workbench.core.processes`): one that has ended holds nothing any more, and one that lives
keeps what it holds, however long it is silent, for it may be stopped, or the machine may have slept. Of all others (another
machine or container, Windows) the silence tells: a lease that was not renewed in time. A process may take again what it has itself been
silent about.

A job whose holder is gone is *interrupted*: it runs, and no worker has it. Whoever comes next takes it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from workbench.core.processes import lives, this_process
from workbench.store.database import now

MAX_ATTEMPTS = 5
ATTEMPTS_SPENT = (
    f"The worker died {MAX_ATTEMPTS} times while doing this, perhaps for lack of memory. "
    "What was saved is usable; try again with smaller settings."
)
INTERRUPTED = (
    "The worker died while doing this, perhaps for lack of memory. "
    "What was saved is usable, and can be gone on with."
)
LET_GO = "Interrupted; what was saved is usable, and can be gone on with."
_RENEWED_WITHIN = 2.5
"""Seconds within which a worker that has just woken up renews its lease."""


@dataclass(frozen=True)
class Lease:
    """Who has a job, until when if it is not renewed, and whether that process lives (None: nobody can tell)."""

    job: str
    worker: str
    attempt: int
    until: float
    alive: bool | None
    is_own: bool
    """Whether it is that of the process that asks."""

    @property
    def is_over(self) -> bool:
        """Whether somebody else may have the job, as far as can be seen at one look."""
        return self.until < time.time() if self.alive is None else not self.alive


def leases(db: Database, lanes: Sequence[str] = ()) -> list[Lease]:
    """The leases there are, of some lanes or all."""
    rows = db.execute(
        """SELECT id, worker, attempt, lease_until, process, lane FROM jobs
            WHERE state = 'running' AND worker IS NOT NULL"""
    ).fetchall()
    mine, moment = this_process() if rows else "", time.time()
    return [
        Lease(
            row["id"], row["worker"], row["attempt"], row["lease_until"] or 0.0,
            lives(row["process"], closely=(row["lease_until"] or 0.0) < moment), row["process"] == mine,
        )
        for row in rows if not lanes or row["lane"] in lanes
    ]  # fmt: skip


def interrupt(db: Database, lease: Lease, words: str = INTERRUPTED) -> bool:
    """Take a lease away, and say so; False where that was done, or the lease renewed, by somebody else meanwhile.

    A job that was asked to stop is stopped then, and one that killed its workers too often has failed.
    """
    with db.atomic():
        taken = db.execute(
            """UPDATE jobs SET worker = NULL, process = '', lease_until = 0,
                state = CASE WHEN stop_requested THEN 'stopped' WHEN attempt >= :most THEN 'failed' ELSE state END,
                ended = CASE WHEN stop_requested OR attempt >= :most THEN :now ELSE ended END,
                message = CASE WHEN NOT stop_requested AND attempt >= :most THEN :spent ELSE :words END
                WHERE id = :job AND worker = :worker AND attempt = :attempt AND state = 'running'
                    AND lease_until = :until""",
            {
                "most": MAX_ATTEMPTS, "now": now(), "spent": ATTEMPTS_SPENT, "words": words, "job": lease.job,
                "worker": lease.worker, "attempt": lease.attempt, "until": lease.until,
            },
        )  # fmt: skip
        return taken.rowcount == 1


def interrupt_dead(db: Database) -> int:
    """Interrupt every job whose holder is gone; how many that were. Reads a row for each job that runs, mostly.

    One who is merely silent, so that nobody can tell, gets a moment to be heard of: after a machine has slept
    whoever looks first would take a lease from a worker that wakes up too.
    """
    over = [lease for lease in leases(db) if lease.is_over]
    if any(lease.alive is None for lease in over) and not db.conn.in_transaction:
        time.sleep(_RENEWED_WITHIN)
    return sum(interrupt(db, lease) for lease in over)
