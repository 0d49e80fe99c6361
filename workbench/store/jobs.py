"""The queue: jobs as rows, held by leases.

A worker claims a job with one ``UPDATE``, renews the lease while it works, and writes only through
:meth:`Jobs.held`, which fails once the lease has gone to somebody else. So a worker that slept
through its lease can change nothing, and a job whose worker died is claimed again. Which worker that is,
:mod:`workbench.store.leases` tells.

States: ``waiting`` → ``running`` → ``done`` | ``stopped`` | ``failed``.
"""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.core.processes import lives, this_process
from workbench.store.database import now
from workbench.store.leases import (
    ATTEMPTS_SPENT,
    LET_GO,
    MAX_ATTEMPTS,
    interrupt,
    interrupt_dead,
    leases,
)

LEASE_SECONDS = 20.0


class LeaseLost(Exception):
    """Another worker has this job now; the one that catches this must stop working on it."""


@dataclass(frozen=True)
class Job:
    """A row of the queue."""

    id: str
    kind: str
    lane: str
    spec: dict[str, Any]
    title: str
    state: str
    stop_requested: bool
    worker: str | None
    attempt: int
    progress: float
    """From 0 to 1."""
    text: str
    message: str
    details: str
    result: dict[str, Any]
    created: str
    started: str | None
    ended: str | None
    asked_by: str
    """What asked for it, such as ``page`` or ``command line``."""

    @property
    def has_ended(self) -> bool:
        return self.state in ("done", "stopped", "failed")

    @property
    def is_interrupted(self) -> bool:
        """Whether its worker is gone, so that it waits to be gone on with."""
        return self.state == "running" and self.worker is None

    @property
    def standing(self) -> str:
        """Its state, or ``interrupted``."""
        return "interrupted" if self.is_interrupted else self.state


class Jobs:
    """What is to be done, what is being done, and how it ended."""

    def __init__(self, db: Database, asker: str = "") -> None:
        self.db = db
        self.asker = asker

    def add(
        self, kind: str, lane: str, spec: dict[str, Any], *, title: str, asked_by: str = ""
    ) -> str:
        """Queue a job; its id. ``asked_by`` where it is another than who has opened the store."""
        job = secrets.token_hex(6)
        self.db.execute(
            """INSERT INTO jobs (id, kind, lane, spec, title, state, created, asked_by)
                VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)""",
            [job, kind, lane, json.dumps(spec), title, now(), asked_by or self.asker],
        )
        return job

    def add_ended(
        self, kind: str, lane: str, spec: dict[str, Any], *, title: str, state: str, asked_by: str,
        started: str | None, ended: str | None, message: str = "",
    ) -> str:  # fmt: skip
        """Record a job that was done elsewhere; its id."""
        job = secrets.token_hex(6)
        moment = now()
        self.db.execute(
            """INSERT INTO jobs (id, kind, lane, spec, title, state, created, started, ended, message, asked_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [job, kind, lane, json.dumps(spec), title, state, moment, started, ended or moment, message, asked_by],
        )  # fmt: skip
        return job

    def get(self, job: str) -> Job:
        """The job of that id."""
        rows = list(self.db.query("SELECT * FROM jobs WHERE id = ?", [job]))
        if not rows:
            raise UnknownName(f"There is no job {job!r}.")
        return _job(rows[0])

    def in_state(self, states: Sequence[str], *, limit: int = 50) -> list[Job]:
        """Jobs in some of the states, the newest first."""
        rows = self.db.query(
            """SELECT * FROM jobs WHERE state IN (SELECT value FROM json_each(?))
                ORDER BY created DESC LIMIT ?""",
            [json.dumps(list(states)), limit],
        )
        return [_job(row) for row in rows]

    def count(self, kind: str) -> int:
        """How many jobs of a kind there have ever been."""
        return int(
            self.db.execute("SELECT count(*) FROM jobs WHERE kind = ?", [kind]).fetchone()[0]
        )

    def latest(self, kinds: Sequence[str]) -> Job | None:
        """The newest job of some kinds, whatever its state."""
        return next(iter(self.of_kinds(kinds, limit=1)), None)

    def of_kinds(self, kinds: Sequence[str], *, limit: int) -> list[Job]:
        """The newest jobs of some kinds, whatever their state, the newest first."""
        rows = self.db.query(
            """SELECT * FROM jobs WHERE kind IN (SELECT value FROM json_each(?))
                ORDER BY created DESC LIMIT ?""",
            [json.dumps(list(kinds)), limit],
        )
        return [_job(row) for row in rows]

    def claim(self, lane: str, worker: str, *, job: str | None = None) -> Job | None:
        """Take the first job of a lane that waits or whose worker has died, or one job by id.

        A job that killed its workers too often is ended instead. One that goes on with a sweep waits while
        another does so.
        """
        moment = time.time()
        with self.db.atomic():
            kept = self._sorted_out([lane])
            self.db.execute(
                """UPDATE jobs SET state = 'failed', ended = ?, message = ?, lease_until = NULL
                    WHERE lane = ? AND state = 'running' AND lease_until < ? AND attempt >= ?
                    AND id NOT IN (SELECT value FROM json_each(?))""",
                [now(), ATTEMPTS_SPENT, lane, moment, MAX_ATTEMPTS, kept],
            )
            row = self.db.execute(
                """UPDATE jobs SET state = 'running', worker = ?, process = ?, attempt = attempt + 1,
                    lease_until = ?, started = coalesce(started, ?), message = ''
                    WHERE id = (SELECT id FROM jobs WHERE lane = ? AND (? IS NULL OR id = ?)
                        AND (state = 'waiting' OR (state = 'running' AND lease_until < ?))
                        AND id NOT IN (SELECT value FROM json_each(?))
                        AND NOT (kind = 'sweep' AND EXISTS (SELECT 1 FROM jobs AS other
                            WHERE other.state = 'running' AND other.lane = jobs.lane
                            AND (other.lease_until >= ? OR other.id IN (SELECT value FROM json_each(?)))
                            AND other.kind = jobs.kind AND json(other.spec) = json(jobs.spec)))
                        ORDER BY state, place, created LIMIT 1)
                    RETURNING *""",
                [
                    worker, this_process(), moment + LEASE_SECONDS, now(), lane, job, job, moment, kept, moment, kept,
                ],
            ).fetchone()  # fmt: skip
        return _job(dict(row)) if row else None

    def _sorted_out(self, lanes: Sequence[str]) -> str:
        """Interrupt what dead processes have; as JSON the jobs that other living ones keep, though they are silent."""
        found = leases(self.db, lanes)
        for lease in found:
            if lease.alive is False:
                interrupt(self.db, lease)
        return json.dumps([lease.job for lease in found if lease.alive and not lease.is_own])

    def interrupt_dead(self) -> int:
        """Let go of what is held by workers that are gone; how many jobs that were. Cheap: a page may do it at every tick."""
        return interrupt_dead(self.db)

    def let_go(self, job: Job) -> None:
        """End the lease on a job that was not done to its end; nothing where it is another's by now."""
        for lease in leases(self.db, [job.lane]):
            if (lease.job, lease.worker, lease.attempt) == (job.id, job.worker, job.attempt):
                interrupt(self.db, lease, LET_GO)

    def renew(self, job: Job) -> bool:
        """Keep the lease for another while; True when somebody asked the job to stop."""
        with self.held(job):
            self.db.execute(
                "UPDATE jobs SET lease_until = ? WHERE id = ?",
                [time.time() + LEASE_SECONDS, job.id],
            )
        row = self.db.execute("SELECT stop_requested FROM jobs WHERE id = ?", [job.id]).fetchone()
        return bool(row["stop_requested"])

    @contextmanager
    def held(self, job: Job) -> Iterator[None]:
        """A transaction that only the holder of the lease can make; else ``LeaseLost``."""
        with self.db.atomic():
            mine = self.db.execute(
                """UPDATE jobs SET worker = worker
                    WHERE id = ? AND worker = ? AND attempt = ? AND state = 'running'""",
                [job.id, job.worker, job.attempt],
            )
            if mine.rowcount != 1:
                raise LeaseLost(job.id)
            yield

    def report_progress(self, job: Job, progress: float, text: str) -> None:
        """Say how far the work is."""
        with self.held(job):
            self.db.execute(
                "UPDATE jobs SET progress = ?, text = ? WHERE id = ?", [progress, text, job.id]
            )

    def finish(
        self, job: Job, state: str, *,
        message: str = "", details: str = "", result: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """End a job as ``done``, ``stopped`` or ``failed``. Call within :meth:`held`."""
        self.db.execute(
            """UPDATE jobs SET state = ?, message = ?, details = ?, result = ?, ended = ?,
                lease_until = NULL, progress = CASE ? WHEN 'done' THEN 1 ELSE progress END
                WHERE id = ?""",
            [state, message, details, json.dumps(result or {}), now(), state, job.id],
        )

    def request_stop(self, job: str) -> None:
        """Ask a job to stop. One that waits, or whose worker is gone, is stopped at once."""
        self.get(job)
        self.interrupt_dead()
        with self.db.atomic():
            self.db.execute(
                """UPDATE jobs SET stop_requested = 1
                    WHERE id = ? AND state = 'running' AND worker IS NOT NULL""",
                [job],
            )
            self.db.execute(
                """UPDATE jobs SET state = 'stopped', ended = ?, lease_until = NULL
                    WHERE id = ? AND (state = 'waiting' OR (state = 'running' AND worker IS NULL))""",
                [now(), job],
            )

    def again(self, job: str) -> None:
        """Have a job that was stopped, or failed, wait for its turn again; it goes on where it ended."""
        self.get(job)
        self.db.execute(
            """UPDATE jobs SET state = 'waiting', stop_requested = 0, message = '', details = '',
                ended = NULL WHERE id = ? AND state IN ('stopped', 'failed')""",
            [job],
        )

    def queued(self, lane: str) -> list[Job]:
        """What runs in a lane, then what waits, each in the order in which it comes."""
        rows = self.db.query(
            """SELECT * FROM jobs WHERE lane = ? AND state IN ('running', 'waiting')
                ORDER BY state, place, created""",
            [lane],
        )
        return [_job(row) for row in rows]

    def set_order(self, jobs: Sequence[str]) -> None:
        """Have waiting jobs of a lane, all of them, come in this order."""
        # Places end before 0, which is where those stand that come later.
        self.db.conn.executemany(
            "UPDATE jobs SET place = ? WHERE id = ?",
            [(index - len(jobs), job) for index, job in enumerate(jobs)],
        )

    def pending(self, lanes: Sequence[str]) -> bool:
        """Whether any of the lanes has work that a worker could claim now."""
        row = self.db.execute(
            """SELECT 1 FROM jobs WHERE lane IN (SELECT value FROM json_each(?)) AND
                (state = 'waiting' OR (state = 'running' AND worker IS NULL)) LIMIT 1""",
            [json.dumps(list(lanes))],
        ).fetchone()
        return row is not None or any(lease.is_over for lease in leases(self.db, lanes))

    def unfinished(self, lanes: Sequence[str]) -> bool:
        """Whether any of the lanes has work that has not ended, whoever may hold it."""
        row = self.db.execute(
            """SELECT 1 FROM jobs WHERE lane IN (SELECT value FROM json_each(?))
                AND state IN ('waiting', 'running') LIMIT 1""",
            [json.dumps(list(lanes))],
        ).fetchone()
        return row is not None

    # --- the workers ---

    def register_worker(
        self,
        worker: str,
        kind: str,
        pid: int,
        *,
        alone_for: float,
        most: int = 1,
        process: str = "",
    ) -> bool:
        """Sign on as one of at most so many workers of a kind; False where as many are alive.

        ``process`` is this one as :mod:`workbench.core.processes` names it; where that cannot tell, a worker counts as alive for
        ``alone_for`` seconds from when it was last heard of.
        """
        with self.db.atomic():
            alive = [each["id"] for each in self.living_workers(kind, alone_for)]
            self.db.execute(
                "DELETE FROM workers WHERE kind = ? AND id NOT IN (SELECT value FROM json_each(?))",
                [kind, json.dumps(alive)],
            )
            if len(alive) < most:
                self.db.execute(
                    "INSERT INTO workers (id, kind, pid, heartbeat, process) VALUES (?, ?, ?, ?, ?)",
                    [worker, kind, pid, time.time(), process],
                )
            return len(alive) < most

    def living_workers(self, kind: str, heard_within: float) -> list[dict[str, Any]]:
        """Workers of a kind that live; of whom nobody can tell, those who were heard of within so many seconds."""
        since = time.time() - heard_within
        found = [each for each in self.workers() if each["kind"] == kind]
        alive = [lives(each["process"], closely=each["heartbeat"] < since) for each in found]
        return [
            each for each, it in zip(found, alive, strict=True)
            if (each["heartbeat"] >= since if it is None else it)
        ]  # fmt: skip

    def beat(self, worker: str) -> bool:
        """Say that a worker lives; False when it was signed off behind its back."""
        sql = "UPDATE workers SET heartbeat = ? WHERE id = ?"
        return self.db.execute(sql, [time.time(), worker]).rowcount == 1

    def remove_worker(self, worker: str) -> None:
        """Sign off."""
        self.db.execute("DELETE FROM workers WHERE id = ?", [worker])

    def workers(self) -> list[dict[str, Any]]:
        """Workers that signed on: id, kind, pid, heartbeat (Unix seconds), process."""
        return list(self.db.query("SELECT * FROM workers ORDER BY kind"))


def _job(row: dict[str, Any]) -> Job:
    fields = {name: row[name] for name in Job.__dataclass_fields__}
    fields["spec"] = json.loads(row["spec"])
    fields["result"] = json.loads(row["result"])
    fields["stop_requested"] = bool(row["stop_requested"])
    return Job(**fields)
