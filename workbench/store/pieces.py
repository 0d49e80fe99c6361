"""Pieces, their notes, their tags, and finding them."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.packing import pack, unpack
from workbench.core.piece import Licence, Piece
from workbench.core.recording import Recording, pack_recording, unpack_recording
from workbench.core.records import from_json, to_json
from workbench.core.score import Score, fingerprint
from workbench.store.database import now
from workbench.store.query import NUMBER_FIELDS, TEXT_FIELDS, where

SORTS = ("title", "composer", "collection", "key", "meter", "bars", "notes", "created")


class Pieces:
    """The library."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(
        self, piece: Piece, score: Score, remarks: Sequence[str] = (), sketch: bytes = b""
    ) -> bool:
        """Add a piece with its notes; False, and nothing changed, where the same music is there."""
        with self.db.atomic():
            if not self._insert(piece, fingerprint(score), remarks):
                return False
            self.db.execute("INSERT INTO scores VALUES (?, ?)", [piece.id, pack(score)])
            if sketch:
                self.db.execute("INSERT INTO sketches VALUES (?, ?)", [piece.id, sketch])
        return True

    def add_recording(
        self, piece: Piece, recording: Recording, remarks: Sequence[str] = ()
    ) -> bool:
        """Add a recording; False, and nothing changed, where the same sound is there."""
        with self.db.atomic():
            if not self._insert(piece, recording.fingerprint, remarks):
                return False
            data = pack_recording(recording)
            self.db.execute("INSERT INTO recordings VALUES (?, ?)", [piece.id, data])
        return True

    def recording(self, piece: str) -> Recording:
        """What is known of the sound of a piece; ``UnknownName`` where it is a score."""
        row = self.db.execute("SELECT data FROM recordings WHERE piece = ?", [piece]).fetchone()
        if row is None:
            raise UnknownName(f"There is no recording {piece!r}.")
        return unpack_recording(row["data"])

    def known_checksums(self, checksums: Sequence[str]) -> set[str]:
        """Which of some files, by their SHA-256, pieces were read from."""
        rows = self.db.execute(
            """SELECT DISTINCT checksum FROM pieces
                WHERE checksum IN (SELECT value FROM json_each(?))""",
            [json.dumps(list(checksums))],
        )
        return {row["checksum"] for row in rows}

    def _insert(self, piece: Piece, whole: str, remarks: Sequence[str]) -> bool:
        inserted = self.db.execute(
            """INSERT INTO pieces (id, title, composer, collection, source, checksum, licence, tune,
                fingerprint, facts, remarks, created, kind)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING""",
            [
                piece.id, piece.title, piece.composer, piece.collection, piece.source,
                piece.checksum, json.dumps(to_json(piece.licence)), piece.tune, whole,
                json.dumps(piece.facts), json.dumps(list(remarks)), piece.created or now(),
                piece.kind,
            ],
        )  # fmt: skip
        if inserted.rowcount == 0:
            return False
        for name, value in piece.tags.items():
            self.db.execute("INSERT INTO tags VALUES (?, ?, ?)", [piece.id, name, value])
        self._index([piece.id])
        return True

    def get(self, piece: str) -> Piece:
        """The piece with that id, or with the only id that begins so."""
        # A range, for LIKE would look at every piece: 'g' follows the last hexadecimal digit.
        rows = list(
            self.db.query(
                "SELECT * FROM pieces WHERE id BETWEEN ? AND ? || 'g' LIMIT 2",
                [_plain_id(piece), _plain_id(piece)],
            )
        )
        if len(rows) != 1:
            raise UnknownName(
                f"There is no piece {piece!r}. `pieces list` shows what the library holds."
            )
        return self._pieces(rows)[0]

    def score(self, piece: str) -> Score:
        """The notes of a piece."""
        row = self.db.execute("SELECT data FROM scores WHERE piece = ?", [piece]).fetchone()
        if row is None:
            raise UnknownName(f"There is no piece {piece!r}.")
        return unpack(row["data"])

    def scores(self, pieces: Sequence[str]) -> dict[str, Score]:
        """The notes of many pieces by id."""
        rows = self.db.execute(
            "SELECT piece, data FROM scores WHERE piece IN (SELECT value FROM json_each(?))",
            [json.dumps(list(pieces))],
        )
        return {row["piece"]: unpack(row["data"]) for row in rows}

    def search(
        self, query: str = "", *, sort: str = "title", descending: bool = False,
        offset: int = 0, limit: int = -1,
    ) -> list[Piece]:  # fmt: skip
        """Pieces that match a query (see :mod:`workbench.store.query`), a page at a time."""
        if sort not in SORTS:
            raise InvalidSetting(f"Cannot sort by {sort!r}; choose one of {', '.join(SORTS)}.")
        condition, parameters = where(query)
        order = f"{sort} COLLATE NOCASE {'DESC' if descending else 'ASC'}, pieces.id"
        rows = self.db.query(
            f"SELECT * FROM pieces WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?",
            [*parameters, limit, offset],
        )
        return self._pieces(list(rows))

    def count(self, query: str = "") -> int:
        """How many pieces match."""
        condition, parameters = where(query)
        sql = f"SELECT count(*) FROM pieces WHERE {condition}"
        return int(self.db.execute(sql, parameters).fetchone()[0])

    def facets(self, field: str, query: str = "", limit: int = 30) -> dict[str, int]:
        """Values of a column among the matching pieces with their counts, the commonest first."""
        if field not in TEXT_FIELDS + NUMBER_FIELDS:
            raise InvalidSetting(f"Cannot count by {field!r}.")
        condition, parameters = where(query)
        rows = self.db.execute(
            f"""SELECT {field} AS value, count(*) AS pieces FROM pieces WHERE {condition}
                GROUP BY value ORDER BY pieces DESC, value LIMIT ?""",
            [*parameters, limit],
        )
        return {str(row["value"]): row["pieces"] for row in rows}

    def remarks(self, piece: str) -> list[str]:
        """What was lost or guessed when the piece was read."""
        row = self.db.execute("SELECT remarks FROM pieces WHERE id = ?", [piece]).fetchone()
        return json.loads(row["remarks"]) if row else []

    def fingerprints(self, pieces: Sequence[str]) -> dict[str, str]:
        """Fingerprint of the notes of each piece, by id."""
        rows = self.db.execute(
            "SELECT id, fingerprint FROM pieces WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(pieces))],
        )
        return {row["id"]: row["fingerprint"] for row in rows}

    def sources(self, collection: str) -> set[str]:
        """Where the pieces of a collection were read from."""
        rows = self.db.execute("SELECT source FROM pieces WHERE collection = ?", [collection])
        return {row["source"] for row in rows}

    def tag(self, pieces: Sequence[str], changes: dict[str, str | None]) -> None:
        """Set tags on pieces; None takes a tag away."""
        with self.db.atomic():
            for piece in pieces:
                for name, value in changes.items():
                    if value is None:
                        self.db.execute(
                            "DELETE FROM tags WHERE piece = ? AND name = ?", [piece, name]
                        )
                    else:
                        self.db.execute(
                            """INSERT INTO tags VALUES (?, ?, ?)
                                ON CONFLICT (piece, name) DO UPDATE SET value = excluded.value""",
                            [piece, name, value],
                        )
            self._index(pieces)

    def set_facts(self, piece: str, facts: dict[str, Any]) -> None:
        """Replace a piece's facts. Tags are not touched."""
        self.db.execute("UPDATE pieces SET facts = ? WHERE id = ?", [json.dumps(facts), piece])

    def delete(self, pieces: Sequence[str]) -> None:
        """Take pieces out of the library; refused for those that a dataset version holds."""
        try:
            with self.db.atomic():
                for piece in pieces:
                    self.db.execute(
                        "DELETE FROM piece_search WHERE rowid = (SELECT rowid FROM pieces WHERE id = ?)",
                        [piece],
                    )
                    self.db.execute("DELETE FROM pieces WHERE id = ?", [piece])
        except sqlite3.IntegrityError as error:
            raise InvalidSetting(
                "Some of these pieces belong to a dataset, and datasets never change; keep them."
            ) from error

    def _index(self, pieces: Iterable[str]) -> None:
        """Renew the text that pieces are found by."""
        for piece in pieces:
            row = self.db.execute(
                """SELECT pieces.rowid, title || ' ' || composer || ' ' || collection || ' ' ||
                    coalesce(key, '') || ' ' || coalesce((SELECT group_concat(name || ' ' || value, ' ')
                    FROM tags WHERE piece = pieces.id), '') AS text FROM pieces WHERE id = ?""",
                [piece],
            ).fetchone()
            if row is None:
                raise UnknownName(f"There is no piece {piece!r}.")
            self.db.execute("DELETE FROM piece_search WHERE rowid = ?", [row["rowid"]])
            self.db.execute(
                "INSERT INTO piece_search (rowid, text) VALUES (?, ?)", [row["rowid"], row["text"]]
            )

    def _pieces(self, rows: list[dict[str, Any]]) -> list[Piece]:
        tags: dict[str, dict[str, str]] = {row["id"]: {} for row in rows}
        for row in self.db.execute(
            "SELECT * FROM tags WHERE piece IN (SELECT value FROM json_each(?)) ORDER BY name",
            [json.dumps(list(tags))],
        ):
            tags[row["piece"]][row["name"]] = row["value"]
        return [
            Piece(
                id=row["id"],
                title=row["title"],
                composer=row["composer"],
                collection=row["collection"],
                source=row["source"],
                checksum=row["checksum"],
                licence=from_json(Licence, json.loads(row["licence"])),
                tune=row["tune"],
                facts=json.loads(row["facts"]),
                tags=tags[row["id"]],
                created=row["created"],
                kind=row["kind"],
            )
            for row in rows
        ]


def _plain_id(text: str) -> str:
    """An id is hexadecimal; anything else matches nothing."""
    return text if text and all(c in "0123456789abcdef" for c in text) else "none"
