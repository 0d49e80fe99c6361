"""Training runs, their history, and the checkpoints they kept.

A run has no state of its own: it is as its job is, so the two can never contradict each other.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.core.records import from_json, to_json
from workbench.core.runs import (
    INTERRUPTED,
    RUNNING,
    STOPPING,
    Checkpoint,
    EpochMetrics,
    TrainingRun,
    configuration,
)
from workbench.core.specs import TrainingSpec
from workbench.store.database import now
from workbench.store.run_query import RunQuery, order, where

_RUN = """SELECT runs.*, jobs.state, jobs.worker, jobs.stop_requested, jobs.started, jobs.ended, jobs.message, jobs.asked_by
    FROM runs JOIN jobs ON jobs.id = runs.job"""


class Runs:
    """What was trained."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(
        self, run: str, spec: TrainingSpec, *, job: str, dataset_fingerprint: str, created: str = ""
    ) -> None:
        """Record a run by its job; ``created`` elsewhere, else now."""
        self.db.execute(
            """INSERT INTO runs (id, spec, job, dataset, dataset_fingerprint, architecture, tokenizer,
                configuration, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                run, json.dumps(to_json(spec)), job, spec.dataset, dataset_fingerprint, spec.model.architecture,
                spec.tokenizer.name, configuration(spec, dataset_fingerprint), created or now(),
            ],
        )  # fmt: skip

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

    def page(
        self, query: RunQuery, *, sort: str = "begun", reverse: bool = False, together: bool = False,
        offset: int = 0, limit: int = -1,
    ) -> list[list[TrainingRun]]:  # fmt: skip
        """A page of the runs that match: groups of one, or of all seeds of a configuration. Pinned ones come first.

        ``sort`` is one of ``SORTS``; groups are ordered by the mean of their runs.
        """
        key = "configuration" if together else "id"
        condition, parameters = where(query)
        keys = self.db.execute(
            f"""SELECT runs.{key} FROM runs JOIN jobs ON jobs.id = runs.job WHERE {condition}
                GROUP BY runs.{key} ORDER BY max(pinned) DESC, {order(sort, reverse)}
                LIMIT ? OFFSET ?""",
            [*parameters, limit, offset],
        ).fetchall()
        groups: dict[str, list[TrainingRun]] = {row[0]: [] for row in keys}
        for row in self.db.query(
            f"""{_RUN} WHERE {condition} AND runs.{key} IN (SELECT value FROM json_each(?))
                ORDER BY runs.created DESC""",
            [*parameters, json.dumps(list(groups))],
        ):
            groups[row[key]].append(_run(row))
        return list(groups.values())

    def matching(self, query: RunQuery, *, together: bool = False) -> int:
        """How many runs match, or configurations of them."""
        condition, parameters = where(query)
        key = "configuration" if together else "id"
        row = self.db.execute(
            f"""SELECT count(DISTINCT runs.{key}) FROM runs JOIN jobs ON jobs.id = runs.job
                WHERE {condition}""",
            parameters,
        ).fetchone()
        return int(row[0])

    def facets(self) -> dict[str, list[str]]:
        """The values there are to choose runs by: architecture, tokenizer, dataset, tag."""
        found = {
            column: [row[0] for row in self.db.execute(f"SELECT DISTINCT {column} FROM runs ORDER BY 1")]
            for column in ("architecture", "tokenizer", "dataset")
        }  # fmt: skip
        tags = self.db.execute(
            "SELECT DISTINCT value FROM runs, json_each(runs.tags) WHERE tags != '[]' ORDER BY 1"
        )
        return {**found, "tag": [row[0] for row in tags]}

    def annotate(self, run: str, **said: str | bool | Sequence[str]) -> None:
        """Keep what a person says of a run: ``note``, ``tags``, ``pinned``, ``archived``."""
        self.job(run)  # refuses a run that there is not
        for name, value in said.items():
            if name not in ("note", "tags", "pinned", "archived"):
                raise ValueError(f"nothing is said of a run under the name {name}")
            stored = json.dumps(list(value), ensure_ascii=False) if name == "tags" else value  # type: ignore[arg-type]
            self.db.execute(f"UPDATE runs SET {name} = ? WHERE id = ?", [stored, run])

    def known(self, run: str) -> bool:
        """Whether there is a run of that id."""
        row = self.db.execute("SELECT 1 FROM runs WHERE id = ?", [run]).fetchone()
        return row is not None

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
        self, run: str, *, parameters: int | None, versions: dict[str, str], evaluation: dict,
        machine: dict[str, Any],
    ) -> None:  # fmt: skip
        """What is known once the work has ended."""
        self.db.execute(
            """UPDATE runs SET parameters = ?, versions = ?, machine = ?, evaluation = ?,
                held_out = json_extract(?4, '$.test.nats_per_quarter'),
                baseline = json_extract(?4, '$.baseline.nats_per_quarter') WHERE id = ?5""",
            [parameters, json.dumps(versions), json.dumps(machine), json.dumps(evaluation), run],
        )

    def add_cpu_seconds(self, run: str, seconds: float) -> None:
        """Add processor time that a run has cost."""
        sql = "UPDATE runs SET cpu_seconds = coalesce(cpu_seconds, 0) + ? WHERE id = ?"
        self.db.execute(sql, [seconds, run])

    def add_epoch(self, run: str, metrics: EpochMetrics) -> None:
        """Record an epoch; one that is trained again after a crash replaces itself."""
        self.add_epochs(run, [metrics])

    def add_epochs(self, run: str, history: Sequence[EpochMetrics]) -> None:
        """Record several epochs, and sum them up once."""
        for metrics in history:
            values = asdict(metrics)
            self.db.execute(
                f"INSERT OR REPLACE INTO epochs (run, {', '.join(values)}) "
                f"VALUES (?{', ?' * len(values)})",
                [run, *values.values()],
            )
        self.db.execute(
            """UPDATE runs SET (epoch, best_loss, seconds) =
                (SELECT max(epoch), min(valid_loss), sum(seconds) FROM epochs WHERE run = ?1)
                WHERE id = ?1""",
            [run],
        )

    def curves(self, runs: Sequence[str], limit: int) -> dict[str, list[tuple[int, float]]]:
        """``(epoch, validation loss)`` of several runs, each evenly thinned to about ``limit``, first and last among them."""
        rows = self.db.execute(
            """WITH numbered AS (SELECT run, epoch, valid_loss,
                    row_number() OVER (PARTITION BY run ORDER BY epoch) - 1 AS n,
                    count(*) OVER (PARTITION BY run) AS total
                    FROM epochs
                    WHERE valid_loss IS NOT NULL AND run IN (SELECT value FROM json_each(?)))
                SELECT run, epoch, valid_loss FROM numbered
                WHERE n % ((total + ?2 - 1) / ?2) = 0 OR n = total - 1 ORDER BY run, epoch""",
            [json.dumps(list(runs)), limit],
        )
        found: dict[str, list[tuple[int, float]]] = {run: [] for run in runs}
        for run, epoch, loss in rows:
            found[run].append((epoch, loss))
        return found

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
        """Moments of a run in order, evenly thinned to about ``limit``, the first and the last among them.

        Goes from one moment to the next along the primary key, so it takes as long for a hundred thousand as for a few.
        """
        rows = self.db.execute(
            """WITH RECURSIVE
                ends (first, last) AS (SELECT
                    (SELECT min(step) FROM steps WHERE run = :run), (SELECT max(step) FROM steps WHERE run = :run)),
                picked (step) AS (SELECT first FROM ends UNION SELECT coalesce(
                    (SELECT min(step) FROM steps WHERE run = :run
                        AND step >= picked.step + max(1, (last - first) / :limit)), last)
                    FROM picked, ends WHERE picked.step < last)
                SELECT data FROM steps WHERE run = :run AND step IN picked ORDER BY step""",
            {"run": run, "limit": limit},
        )
        return [json.loads(row["data"]) for row in rows]

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Record weights that were kept; the newer of a kind replaces the older."""
        self.db.table("checkpoints").insert(asdict(checkpoint), replace=True)

    def remove_checkpoint(self, run: str, kind: str) -> None:
        """Forget weights that are kept no longer."""
        self.db.execute("DELETE FROM checkpoints WHERE run = ? AND kind = ?", [run, kind])

    def checkpoints(self, run: str) -> list[Checkpoint]:
        """What a run kept."""
        rows = self.db.query(
            "SELECT * FROM checkpoints WHERE run = ? ORDER BY kind LIKE 'epoch %', epoch, kind",
            [run],
        )
        return [Checkpoint(**row) for row in rows]


def _run(row: dict[str, Any]) -> TrainingRun:
    state = row["state"]
    if state == RUNNING:
        state = (
            INTERRUPTED if row["worker"] is None else STOPPING if row["stop_requested"] else state
        )
    return TrainingRun(
        id=row["id"],
        spec=from_json(TrainingSpec, json.loads(row["spec"])),
        state=state,
        created=row["created"],
        started=row["started"],
        ended=row["ended"],
        epoch=row["epoch"],
        best_loss=row["best_loss"],
        seconds=row["seconds"],
        cpu_seconds=row["cpu_seconds"],
        parameters=row["parameters"],
        dataset_fingerprint=row["dataset_fingerprint"],
        versions=json.loads(row["versions"]),
        machine=json.loads(row["machine"]),
        evaluation=json.loads(row["evaluation"]),
        message=row["message"],
        asked_by=row["asked_by"],
        note=row["note"],
        tags=tuple(json.loads(row["tags"])),
        pinned=bool(row["pinned"]),
        archived=bool(row["archived"]),
        configuration=row["configuration"],
    )
