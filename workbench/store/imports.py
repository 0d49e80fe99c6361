"""What became of every file of an import: the import report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

OUTCOMES = ("imported", "duplicate", "refused", "left out")


@dataclass(frozen=True)
class ImportedFile:
    """One file of an import: what became of it, why, and what to do about it."""

    name: str
    outcome: str
    """One of ``OUTCOMES``. *Left out* are files that are no music, in a folder or an archive."""
    pieces: int = 0
    """How many pieces of it were new."""
    reason: str = ""
    remedy: str = ""
    kind: str = ""
    """The reason without what is special to this file, to count by."""


class Imports:
    """The reports of all imports, by job."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, job: str, file: ImportedFile) -> None:
        """Write down what became of a file; a second time replaces the first."""
        self.db.execute(
            """INSERT OR REPLACE INTO import_files (job, name, outcome, pieces, reason, remedy, kind)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [job, file.name, file.outcome, file.pieces, file.reason, file.remedy, file.kind],
        )

    def report(
        self, job: str, *, outcomes: Sequence[str] = OUTCOMES, kind: str | None = None,
        limit: int = -1,
    ) -> list[ImportedFile]:  # fmt: skip
        """The files with some outcomes, and of one kind of reason: refusals first, then by name."""
        rows = self.db.execute(
            """SELECT name, outcome, pieces, reason, remedy, kind FROM import_files
                WHERE job = ? AND outcome IN (SELECT value FROM json_each(?))
                AND (? IS NULL OR kind = ?)
                ORDER BY outcome = 'refused' DESC, outcome = 'left out' DESC,
                    outcome = 'duplicate' DESC, name LIMIT ?""",
            [job, json.dumps(list(outcomes)), kind, kind, limit],
        )
        return [ImportedFile(**dict(row)) for row in rows]

    def counts(self, job: str) -> dict[str, int]:
        """How many files of an import had which outcome."""
        counts: dict[str, int] = {}
        for row in self.reasons(job):
            counts[row["outcome"]] = counts.get(row["outcome"], 0) + row["files"]
        return counts

    def reasons(self, job: str) -> list[dict[str, Any]]:
        """``outcome``, ``kind`` and the number of ``files`` that share them, the commonest first."""
        rows = self.db.execute(
            """SELECT outcome, kind, count(*) AS files FROM import_files WHERE job = ?
                GROUP BY outcome, kind ORDER BY files DESC, outcome, kind""",
            [job],
        )
        return [dict(row) for row in rows]

    def names(self, job: str) -> set[str]:
        """Files of an import that are dealt with already."""
        rows = self.db.execute("SELECT name FROM import_files WHERE job = ?", [job])
        return {row["name"] for row in rows}
