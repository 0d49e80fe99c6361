"""Sweeps and their trials. A trial is as its run's job is, so the two can never contradict each other.

The step from a trial that has ended to the choice of the next is a trigger (``migrations.m016_sweeps``).
"""

import json
import time
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.core.records import from_json, to_json
from workbench.core.runs import INTERRUPTED, RUNNING, STOPPED, STOPPING
from workbench.core.specs import Values
from workbench.core.sweeps import ENDED_EARLY, Budget, Sweep, SweepSpec, SweepTrial
from workbench.store.database import now

_TRIALS = """SELECT number, run, settings, paused, jobs.state, worker, stop_requested, message,
        json_extract(result, '$.ended_early') AS ended_early, best_loss, epoch, seconds
    FROM sweep_trials JOIN runs ON runs.id = run JOIN jobs ON jobs.id = runs.job
    WHERE sweep = ? ORDER BY number"""
_LIVE_JOBS = """SELECT jobs.id FROM jobs JOIN runs ON runs.job = jobs.id JOIN sweep_trials ON run = runs.id
    WHERE sweep = ? AND jobs.state IN ('waiting', 'running')"""


class Sweeps:
    """Searches for good settings."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(
        self, sweep: str, spec: SweepSpec, budget: Budget, *, job: dict[str, Any], fingerprint: str, asked_by: str
    ) -> None:  # fmt: skip
        """Record a sweep that is to begin. ``job`` is what the specs of its trials' jobs share."""
        self.db.execute(
            """INSERT INTO sweeps (id, spec, job, dataset_fingerprint, trials, minutes, created, asked_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                sweep, json.dumps(to_json(spec)), json.dumps(job), fingerprint, budget.trials, budget.minutes, now(),
                asked_by,
            ],
        )  # fmt: skip

    def get(self, sweep: str) -> Sweep:
        """The sweep of that id, with its trials."""
        rows = list(self.db.query("SELECT * FROM sweeps WHERE id = ?", [sweep]))
        if not rows:
            raise UnknownName(f"There is no sweep {sweep!r}. `sweep list` shows those there are.")
        return self._sweep(rows[0])

    def all(self, limit: int = -1) -> list[Sweep]:
        """Every sweep with its trials, the newest first."""
        rows = self.db.query("SELECT * FROM sweeps ORDER BY created DESC LIMIT ?", [limit])
        return [self._sweep(row) for row in list(rows)]

    def of_run(self, run: str) -> tuple[str, int] | None:
        """Sweep and number of the trial that a run is; None where it is none."""
        sql = "SELECT sweep, number FROM sweep_trials WHERE run = ?"
        row = self.db.execute(sql, [run]).fetchone()
        return (row[0], row[1]) if row else None

    def job(self, sweep: str) -> dict[str, Any]:
        """What the specs of its trials' jobs share."""
        row = self.db.execute("SELECT job FROM sweeps WHERE id = ?", [sweep]).fetchone()
        return json.loads(row[0])

    def add_trial(self, sweep: str, number: int, run: str, settings: Values) -> None:
        """Record a run as the trial of that number."""
        self.db.execute(
            "INSERT INTO sweep_trials (sweep, number, run, settings) VALUES (?, ?, ?, ?)",
            [sweep, number, run, json.dumps(settings)],
        )

    def set_importance(self, sweep: str, importance: dict[str, float]) -> None:
        """Which settings matter, as far as can be told by now."""
        sql = "UPDATE sweeps SET importance = ? WHERE id = ?"
        self.db.execute(sql, [json.dumps(importance), sweep])

    def start_clock(self, sweep: str) -> None:
        """A trial begins: from now on the minutes count, unless they do already."""
        self.db.execute(
            """UPDATE sweeps SET deadline = ? + 60 * minutes
                WHERE id = ? AND deadline IS NULL AND minutes IS NOT NULL""",
            [time.time(), sweep],
        )

    def end(self, sweep: str, state: str, message: str = "") -> None:
        """End a sweep that runs; one that has ended stays as it is."""
        self.db.execute(
            "UPDATE sweeps SET state = ?, message = ?, ended = ? WHERE id = ? AND state = ?",
            [state, message, now(), sweep, RUNNING],
        )

    def pause(self, sweep: str) -> list[str]:
        """Stop a sweep, keeping what is left of its minutes; the jobs of its trials that go on with it later."""
        self.end(sweep, STOPPED)
        self.db.execute(
            """UPDATE sweeps SET minutes = max(0.0, (deadline - ?) / 60), deadline = NULL
                WHERE id = ? AND deadline IS NOT NULL""",
            [time.time(), sweep],
        )
        jobs = [row[0] for row in self.db.execute(_LIVE_JOBS, [sweep])]
        self.db.execute(
            """UPDATE sweep_trials SET paused = 1 WHERE sweep = ? AND run IN
                (SELECT id FROM runs WHERE job IN (SELECT value FROM json_each(?)))""",
            [sweep, json.dumps(jobs)],
        )
        return jobs

    def go_on(self, sweep: str, budget: Budget) -> None:
        """Have a sweep that has ended go on, within a budget. No trial is paused any more."""
        self.db.execute(
            """UPDATE sweeps SET state = ?, message = '', ended = NULL, trials = ?, minutes = ?, deadline = NULL,
                begun_at = (SELECT count(*) FROM sweep_trials WHERE sweep = sweeps.id) WHERE id = ?""",
            [RUNNING, budget.trials, budget.minutes, sweep],
        )
        self.db.execute("UPDATE sweep_trials SET paused = 0 WHERE sweep = ?", [sweep])

    def unfinished_jobs(self, sweep: str) -> list[str]:
        """Jobs that wait or run for a sweep: choices of settings first, then trials, each in their order."""
        rows = self.db.execute(
            """SELECT id FROM jobs WHERE lane = 'train' AND state IN ('waiting', 'running')
                AND (kind = 'sweep' AND json_extract(spec, '$.sweep') = ?1
                    OR json_extract(spec, '$.trial.sweep') = ?1)
                ORDER BY kind = 'train', state, place, created""",
            [sweep],
        )
        return [row[0] for row in rows]

    def _sweep(self, row: dict[str, Any]) -> Sweep:
        trials = tuple(_trial(each) for each in self.db.query(_TRIALS, [row["id"]]))
        return Sweep(
            id=row["id"],
            spec=from_json(SweepSpec, json.loads(row["spec"])),
            state=row["state"],
            budget=Budget(row["trials"], row["minutes"]),
            trials=trials,
            deadline=row["deadline"],
            begun_at=row["begun_at"],
            importance=json.loads(row["importance"]),
            message=row["message"],
            dataset_fingerprint=row["dataset_fingerprint"],
            created=row["created"],
            ended=row["ended"],
            asked_by=row["asked_by"],
        )


def _trial(row: dict[str, Any]) -> SweepTrial:
    state = row["state"]
    if state == RUNNING and row["worker"] is None:
        state = INTERRUPTED
    elif state == RUNNING and row["stop_requested"]:
        state = STOPPING
    elif state == STOPPED and row["ended_early"]:
        state = ENDED_EARLY
    return SweepTrial(
        number=row["number"],
        run=row["run"],
        settings=json.loads(row["settings"]),
        state=state,
        best_loss=row["best_loss"],
        epoch=row["epoch"],
        seconds=row["seconds"],
        message=row["message"],
        is_paused=bool(row["paused"]),
    )
