"""Dataset versions: written once, read often."""

import json
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.store.database import now

_MEMBERS = "FROM dataset_pieces JOIN pieces ON pieces.id = piece WHERE dataset = ?"


class Datasets:
    """Named, immutable selections of pieces."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, dataset: DatasetVersion) -> DatasetVersion:
        """Store a version under the next free number of its name; the version as stored."""
        with self.db.atomic():
            latest = self.db.execute(
                "SELECT max(version) AS version, max(id) AS id FROM datasets WHERE name = ?",
                [dataset.name],
            ).fetchone()
            number = (latest["version"] or 0) + 1
            parent = f"{dataset.name}@{number - 1}" if number > 1 else None
            stored = replace(
                dataset, version=number, parent=parent, created=dataset.created or now()
            )
            self.db.execute(
                "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    stored.id, stored.name, number, stored.query, json.dumps(stored.ratios),
                    stored.seed, json.dumps(stored.transpositions), parent, stored.fingerprint,
                    stored.created,
                ],
            )  # fmt: skip
            self.db.conn.executemany(
                "INSERT INTO dataset_pieces VALUES (?, ?, ?)",
                [
                    (stored.id, piece, split)
                    for piece, split in zip(stored.pieces, stored.splits, strict=True)
                ],
            )
        return stored

    def get(self, name: str) -> DatasetVersion:
        """``name@version``, or the newest version of ``name``."""
        rows = list(
            self.db.query(
                "SELECT * FROM datasets WHERE id = ? OR name = ? ORDER BY version DESC LIMIT 1",
                [name, name],
            )
        )
        if not rows:
            known = ", ".join(dict.fromkeys(dataset["name"] for dataset in self.summaries()))
            hint = f"There are: {known}." if known else "Create one first."
            raise UnknownName(f"There is no dataset {name!r}. {hint}")
        return self._version(rows[0])

    def summaries(self) -> list[dict[str, Any]]:
        """One row per version, newest first: id, counts per split, fingerprint, created."""
        return list(
            self.db.query(
                """SELECT datasets.id, name, version, query, seed, fingerprint, created,
                    count(piece) AS pieces,
                    count(CASE split WHEN 'train' THEN 1 END) AS train,
                    count(CASE split WHEN 'valid' THEN 1 END) AS valid,
                    count(CASE split WHEN 'test' THEN 1 END) AS test
                    FROM datasets LEFT JOIN dataset_pieces ON dataset = datasets.id
                    GROUP BY datasets.id ORDER BY created DESC"""
            )
        )

    def count(self) -> int:
        """How many versions there are."""
        return int(self.db.execute("SELECT count(*) FROM datasets").fetchone()[0])

    def holding(self, piece: str) -> list[tuple[str, str]]:
        """``(dataset id, split)`` of every version that holds a piece."""
        rows = self.db.execute(
            "SELECT dataset, split FROM dataset_pieces WHERE piece = ? ORDER BY dataset", [piece]
        )
        return [(row["dataset"], row["split"]) for row in rows]

    def licences(self, dataset: str) -> dict[str, int]:
        """Names of the pieces' licences with the number of pieces under each."""
        rows = self.db.execute(
            f"""SELECT json_extract(licence, '$.name') AS name, count(*) AS pieces {_MEMBERS}
                GROUP BY name ORDER BY pieces DESC, name""",
            [dataset],
        )
        return {row["name"]: row["pieces"] for row in rows}

    def is_shareable(self, dataset: str) -> bool:
        """Whether every piece's licence lets a model be given to others."""
        row = self.db.execute(
            f"SELECT min(json_extract(licence, '$.shareable')) AS shareable {_MEMBERS}", [dataset]
        ).fetchone()
        return bool(row["shareable"])

    def distribution(self, dataset: str, field: str) -> dict[str, dict[str, int]]:
        """For each split, how often each value of ``key``, ``meter`` or ``bars`` occurs."""
        if field not in ("key", "meter", "bars"):
            raise InvalidSetting(f"Cannot count by {field!r}; choose key, meter or bars.")
        result: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
        for row in self.db.execute(
            f"""SELECT split, {field} AS value, count(*) AS pieces {_MEMBERS}
                GROUP BY split, value ORDER BY pieces DESC, value""",
            [dataset],
        ):
            result[row["split"]][str(row["value"])] = row["pieces"]
        return result

    def _version(self, row: dict[str, Any]) -> DatasetVersion:
        members = self.db.execute(
            "SELECT piece, split FROM dataset_pieces WHERE dataset = ? ORDER BY piece", [row["id"]]
        ).fetchall()
        train, valid, test = json.loads(row["ratios"])
        return DatasetVersion(
            name=row["name"],
            version=row["version"],
            pieces=tuple(member["piece"] for member in members),
            splits=tuple(member["split"] for member in members),
            query=row["query"],
            ratios=(train, valid, test),
            seed=row["seed"],
            transpositions=tuple(json.loads(row["transpositions"])),
            parent=row["parent"],
            fingerprint=row["fingerprint"],
            created=row["created"],
        )
