"""Training runs, their history, and the checkpoints they kept.

A run has no state of its own: it is as its job is, so the two can never contradict each other.
"""

import json
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.core.records import from_json, to_json
from workbench.core.runs import Checkpoint, EpochMetrics, TrainingRun
from workbench.core.specs import TrainingSpec
from workbench.store.database import now

_RUN = """SELECT runs.*, jobs.state, jobs.stop_requested, jobs.started, jobs.ended, jobs.message,
    (SELECT max(epoch) FROM epochs WHERE run = runs.id) AS epoch,
    (SELECT min(valid_loss) FROM epochs WHERE run = runs.id) AS best_loss
    FROM runs JOIN jobs ON jobs.id = runs.job"""


class Runs:
    """What was trained."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, run: str, spec: TrainingSpec, *, job: str, dataset_fingerprint: str) -> None:
        """Record a run that waits for its job."""
        self.db.execute(
            """INSERT INTO runs (id, spec, job, dataset, dataset_fingerprint, created)
                VALUES (?, ?, ?, ?, ?, ?)""",
            [run, json.dumps(to_json(spec)), job, spec.dataset, dataset_fingerprint, now()],
        )

    def get(self, run: str) -> TrainingRun:
        """The run of that id."""
        rows = list(self.db.query(f"{_RUN} WHERE runs.id = ?", [run]))
        if not rows:
            raise UnknownName(f"There is no run {run!r}. `runs list` shows those there are.")
        return _run(rows[0])

    def all(self, limit: int = -1) -> list[TrainingRun]:
        """Every run, the newest first."""
        rows = self.db.query(f"{_RUN} ORDER BY runs.created DESC LIMIT ?", [limit])
        return [_run(row) for row in rows]

    def count(self) -> int:
        """How many runs there are."""
        return int(self.db.execute("SELECT count(*) FROM runs").fetchone()[0])

    def job(self, run: str) -> str:
        """Id of the job that does (or did last) the work of a run."""
        row = self.db.execute("SELECT job FROM runs WHERE id = ?", [run]).fetchone()
        if row is None:
            raise UnknownName(f"There is no run {run!r}. `runs list` shows those there are.")
        return row["job"]

    def set_job(self, run: str, job: str) -> None:
        """Hand a run to a new job, which resumes it."""
        self.db.execute("UPDATE runs SET job = ? WHERE id = ?", [job, run])

    def set_result(
        self, run: str, *, parameters: int | None, versions: dict[str, str], evaluation: dict
    ) -> None:
        """What is known once the work has ended."""
        self.db.execute(
            "UPDATE runs SET parameters = ?, versions = ?, evaluation = ? WHERE id = ?",
            [parameters, json.dumps(versions), json.dumps(evaluation), run],
        )

    def add_epoch(self, run: str, metrics: EpochMetrics) -> None:
        """Record an epoch; one that is trained again after a crash replaces itself."""
        values = asdict(metrics)
        self.db.execute(
            f"INSERT OR REPLACE INTO epochs (run, {', '.join(values)}) "
            f"VALUES (?{', ?' * len(values)})",
            [run, *values.values()],
        )

    def epochs(self, run: str) -> list[EpochMetrics]:
        """The history of a run, epoch by epoch."""
        columns = ", ".join(EpochMetrics.__dataclass_fields__)
        rows = self.db.query(f"SELECT {columns} FROM epochs WHERE run = ? ORDER BY epoch", [run])
        return [EpochMetrics(**row) for row in rows]

    def add_step(self, run: str, step: int, data: dict[str, Any]) -> None:
        """Record a moment within an epoch, for the live chart."""
        self.db.execute(
            "INSERT OR REPLACE INTO steps VALUES (?, ?, ?)", [run, step, json.dumps(data)]
        )

    def steps(self, run: str, limit: int = 2000) -> list[dict[str, Any]]:
        """Moments of a run in order, evenly thinned to at most about ``limit``."""
        rows = self.db.execute(
            """WITH numbered AS (SELECT data, step, row_number() OVER (ORDER BY step) AS n,
                count(*) OVER () AS total FROM steps WHERE run = ?)
                SELECT data FROM numbered WHERE n % (total / ? + 1) = 0 OR n = total ORDER BY step""",
            [run, limit],
        )
        return [json.loads(row["data"]) for row in rows]

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Record weights that were kept; the newer of a kind replaces the older."""
        self.db.table("checkpoints").insert(asdict(checkpoint), replace=True)

    def checkpoints(self, run: str) -> list[Checkpoint]:
        """What a run kept."""
        rows = self.db.query("SELECT * FROM checkpoints WHERE run = ? ORDER BY kind", [run])
        return [Checkpoint(**row) for row in rows]


def _run(row: dict[str, Any]) -> TrainingRun:
    stopping = row["state"] == "running" and row["stop_requested"]
    return TrainingRun(
        id=row["id"],
        spec=from_json(TrainingSpec, json.loads(row["spec"])),
        state="stopping" if stopping else row["state"],
        created=row["created"],
        started=row["started"],
        ended=row["ended"],
        epoch=row["epoch"] or 0,
        best_loss=row["best_loss"],
        parameters=row["parameters"],
        dataset_fingerprint=row["dataset_fingerprint"],
        versions=json.loads(row["versions"]),
        evaluation=json.loads(row["evaluation"]),
        message=row["message"],
    )
