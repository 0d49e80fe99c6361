"""Dataset versions: written once, read often."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from workbench.core.augmentation import Augmentation
from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.records import from_json, to_json
from workbench.store.database import now
from workbench.store.query import LISTING, among

# The columns of a version: those kept as they are, and those kept as JSON.
_PLAIN = (
    "id", "name", "version", "query", "seed", "parent", "fingerprint", "created",
    "stratify", "least_notes", "window_bars", "note",
)  # fmt: skip
_STRUCTURED = ("ratios", "augmentation", "tags")
COLUMNS = ("collection", "composer", "key", "meter", "bars", "notes", "parts")
"""What can be counted and stratified by besides tags."""
_MEMBERS = "FROM dataset_pieces JOIN pieces ON pieces.id = piece WHERE dataset = ?"


class Datasets:
    """Named, immutable selections of pieces."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, dataset: DatasetVersion) -> DatasetVersion:
        """Store a version under the next free number of its name; the version as stored."""
        with self.db.atomic():
            latest = self.db.execute(
                "SELECT max(version) AS version FROM datasets WHERE name = ?", [dataset.name]
            ).fetchone()
            stored = replace(
                dataset, version=(latest["version"] or 0) + 1, created=dataset.created or now()
            )
            row = {name: getattr(stored, name) for name in _PLAIN}
            row |= {name: json.dumps(to_json(getattr(stored, name))) for name in _STRUCTURED}
            self.db.execute(
                f"INSERT INTO datasets ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                list(row.values()),
            )
            self.db.conn.executemany(
                "INSERT INTO dataset_pieces VALUES (?, ?, ?)",
                [
                    (stored.id, piece, split)
                    for piece, split in zip(stored.pieces, stored.splits, strict=True)
                ],
            )
        return stored

    def named_elsewhere(self, dataset: str, fingerprint: str) -> str:
        """The name under which runs that were brought in speak of a dataset that is not here.

        Such a row has the version 0, no pieces and no fingerprint; nothing else finds it.
        """
        name = f"{dataset} (elsewhere, {fingerprint[:6]})"
        self.db.execute(
            """INSERT OR IGNORE INTO datasets (id, name, version, query, ratios, seed, fingerprint, created)
                VALUES (?, ?, 0, '', '[0, 0, 0]', 0, '', ?)""",
            [name, name, now()],
        )
        return name

    def matching(self, query: str, picked: Collection[str], least_notes: int = 0) -> list[str]:
        """Ids of the scores that match a query, and of those that were picked, if they are long enough."""
        condition, parameters = among(query)
        rows = self.db.execute(
            f"""SELECT id FROM {LISTING} WHERE kind = 'score' AND notes >= ?
                AND (({condition}) OR id IN (SELECT value FROM json_each(?))) ORDER BY id""",
            [least_notes, *parameters, json.dumps(sorted(picked))],
        )
        return [row["id"] for row in rows]

    def unknown(self, pieces: Collection[str]) -> list[str]:
        """Those among some ids that no piece has."""
        rows = self.db.execute(
            "SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM pieces)",
            [json.dumps(sorted(pieces))],
        )
        return [row["id"] for row in rows]

    def titles(self, pieces: Collection[str]) -> dict[str, str]:
        """Title of each piece, by id."""
        rows = self.db.execute(
            "SELECT id, title FROM pieces WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(pieces))],
        )
        return {row["id"]: row["title"] for row in rows}

    def find(self, column: str, names: Collection[str]) -> dict[str, list[str]]:
        """Ids of the pieces with each ``id``, ``source`` or ``title``, by the name in small letters."""
        if column not in ("id", "source", "title"):
            raise InvalidSetting(f"Pieces are named by id, source or title, not by {column!r}.")
        found: dict[str, list[str]] = {}
        for row in self.db.execute(
            f"""SELECT id, {column} AS name FROM pieces
                WHERE {column} COLLATE NOCASE IN (SELECT value FROM json_each(?)) ORDER BY id""",
            [json.dumps(sorted(names))],
        ):
            found.setdefault(row["name"].casefold(), []).append(row["id"])
        return found

    def tags(self, pieces: Sequence[str]) -> dict[str, dict[str, str]]:
        """Tags as they are now, of those pieces that have any."""
        found: dict[str, dict[str, str]] = {}
        for row in self.db.execute(
            """SELECT piece, name, value FROM tags
                WHERE piece IN (SELECT value FROM json_each(?)) ORDER BY piece, name""",
            [json.dumps(list(pieces))],
        ):
            found.setdefault(row["piece"], {})[row["name"]] = row["value"]
        return found

    def latest(self, name: str) -> str | None:
        """Id of the newest version of a name; None where there is none."""
        row = self.db.execute(
            "SELECT id FROM datasets WHERE name = ? ORDER BY version DESC LIMIT 1", [name]
        ).fetchone()
        return row["id"] if row else None

    def with_fingerprint(self, fingerprint: str) -> list[str]:
        """Ids of the versions that hold the same music in the same splits, the newest first."""
        rows = self.db.execute(
            "SELECT id FROM datasets WHERE fingerprint = ? ORDER BY created DESC", [fingerprint]
        )
        return [row["id"] for row in rows]

    def get(self, name: str) -> DatasetVersion:
        """``name@version``, or the newest version of ``name``."""
        rows = list(
            self.db.query(
                """SELECT * FROM datasets WHERE version > 0 AND (id = ? OR name = ?)
                    ORDER BY version DESC LIMIT 1""",
                [name, name],
            )
        )
        if not rows:
            known = ", ".join(dict.fromkeys(dataset["name"] for dataset in self.summaries()))
            hint = f"There are: {known}." if known else "Create one first."
            raise UnknownName(f"There is no dataset {name!r}. {hint}")
        return self._version(rows[0])

    def summaries(self) -> list[dict[str, Any]]:
        """One row per version, newest first: id, counts per split, fingerprint, parent, note, created."""
        return list(
            self.db.query(
                """SELECT datasets.id, name, version, query, seed, parent, fingerprint, note, created,
                    count(piece) AS pieces,
                    count(CASE split WHEN 'train' THEN 1 END) AS train,
                    count(CASE split WHEN 'valid' THEN 1 END) AS valid,
                    count(CASE split WHEN 'test' THEN 1 END) AS test
                    FROM datasets LEFT JOIN dataset_pieces ON dataset = datasets.id
                    WHERE version > 0 GROUP BY datasets.id ORDER BY created DESC"""
            )
        )

    def ids(self) -> list[str]:
        """Ids of all versions, the newest first."""
        rows = self.db.execute("SELECT id FROM datasets WHERE version > 0 ORDER BY created DESC")
        return [row["id"] for row in rows]

    def count(self) -> int:
        """How many versions there are."""
        row = self.db.execute("SELECT count(*) FROM datasets WHERE version > 0").fetchone()
        return int(row[0])

    def scores(self, dataset: str) -> Iterator[tuple[str, str, bytes]]:
        """Piece, split and packed notes of each member, one after another, by split and id."""
        for row in self.db.conn.execute(
            """SELECT dataset_pieces.piece, split, data FROM dataset_pieces
                JOIN scores ON scores.piece = dataset_pieces.piece
                WHERE dataset = ? ORDER BY split, dataset_pieces.piece""",
            [dataset],
        ):
            yield row[0], row[1], row[2]

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
        """For each split, how often each value of a fact, or of the tag of that name, occurs."""
        result: dict[str, dict[str, int]] = {split: {} for split in SPLITS}
        for row in self.db.execute(
            f"""SELECT split, {_value(field)} AS value, count(*) AS pieces {_MEMBERS}
                GROUP BY split, value ORDER BY pieces DESC, value""",
            [dataset] if field in COLUMNS else [field, dataset],
        ):
            if row["value"] is not None:
                result[row["split"]][str(row["value"])] = row["pieces"]
        return result

    def values(self, pieces: Sequence[str], field: str) -> dict[str, str]:
        """The value of a fact, or of the tag of that name, of many pieces; empty text where there is none."""
        rows = self.db.execute(
            f"""SELECT id, {_value(field)} AS value FROM pieces
                WHERE id IN (SELECT value FROM json_each(?))""",
            [*([] if field in COLUMNS else [field]), json.dumps(list(pieces))],
        )
        return {row["id"]: "" if row["value"] is None else str(row["value"]) for row in rows}

    def counted(self, pieces: Sequence[str], field: str) -> dict[str, int]:
        """How many of some pieces have which value of a fact or tag, the commonest first."""
        rows = self.db.execute(
            f"""SELECT {_value(field)} AS value, count(*) AS pieces FROM pieces
                WHERE id IN (SELECT value FROM json_each(?)) GROUP BY value
                ORDER BY pieces DESC, value""",
            [*([] if field in COLUMNS else [field]), json.dumps(list(pieces))],
        )
        return {str(row["value"]): row["pieces"] for row in rows if row["value"] is not None}

    def tag_counts(self, pieces: Sequence[str]) -> dict[str, int]:
        """How many of some pieces have which tag, written ``name: value``, the commonest first."""
        rows = self.db.execute(
            """SELECT name || ': ' || value AS tag, count(*) AS pieces FROM tags
                WHERE piece IN (SELECT value FROM json_each(?))
                GROUP BY tag ORDER BY pieces DESC, tag LIMIT 50""",
            [json.dumps(list(pieces))],
        )
        return {row["tag"]: row["pieces"] for row in rows}

    def tag_names(self) -> list[str]:
        """Every name of a tag, the commonest first."""
        rows = self.db.execute("SELECT name FROM tags GROUP BY name ORDER BY count(*) DESC, name")
        return [row["name"] for row in rows]

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
            parent=row["parent"],
            fingerprint=row["fingerprint"],
            created=row["created"],
            augmentation=from_json(Augmentation, json.loads(row["augmentation"])),
            stratify=row["stratify"],
            least_notes=row["least_notes"],
            window_bars=row["window_bars"],
            note=row["note"],
            tags=json.loads(row["tags"]),
        )


def _value(field: str) -> str:
    """The SQL of a fact's or a tag's value; the tag's name is a parameter."""
    if field in COLUMNS:
        return f"pieces.{field}"
    return "(SELECT tags.value FROM tags WHERE tags.piece = pieces.id AND tags.name = ?)"
