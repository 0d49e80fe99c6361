"""Pieces, their notes, their tags, and finding them."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.packing import pack, unpack
from workbench.core.piece import Licence, Piece
from workbench.core.recording import Recording, pack_recording, unpack_recording
from workbench.core.records import from_json, to_json
from workbench.core.score import Score, fingerprint
from workbench.store.database import now
from workbench.store.query import LISTING, NUMBER_FIELDS, TEXT_FIELDS, among, matching
from workbench.store.text_index import remove, renew

FACT_COLUMNS = ("key", "meter", "bars", "notes", "parts")
"""Facts that pieces are sorted, counted and filtered by; each stands in a column besides."""
SORTS = ("title", "composer", "collection", "key", "meter", "bars", "notes", "created")

_AMONG = "SELECT value FROM json_each(?)"


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
                fingerprint, facts, remarks, created, kind, key, meter, bars, notes, parts)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING""",
            [
                piece.id, piece.title, piece.composer, piece.collection, piece.source,
                piece.checksum, json.dumps(to_json(piece.licence)), piece.tune, whole,
                json.dumps(piece.facts), json.dumps(list(remarks)), piece.created or now(),
                piece.kind, *map(piece.facts.get, FACT_COLUMNS),
            ],
        )  # fmt: skip
        if inserted.rowcount == 0:
            return False
        for name, value in piece.tags.items():
            self.db.execute("INSERT INTO tags VALUES (?, ?, ?)", [piece.id, name, value])
        renew(self.db, "SELECT ?", [piece.id])
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

    def many(self, pieces: Sequence[str]) -> list[Piece]:
        """Pieces in the order of their ids, each whole or the beginning of one; see ``get``."""
        rows = self.db.query(
            f"SELECT * FROM pieces WHERE id IN ({_AMONG})", [json.dumps(list(pieces))]
        )
        found = {piece.id: piece for piece in self._pieces(list(rows))}
        return [found[each] if each in found else self.get(each) for each in pieces]

    def full_ids(self, pieces: Sequence[str]) -> list[str]:
        """The ids of pieces that may be named by the beginning of one; see ``get``."""
        rows = self.db.execute(
            f"SELECT id FROM pieces WHERE id IN ({_AMONG})", [json.dumps(list(pieces))]
        )
        whole = {row["id"] for row in rows}
        return [each if each in whole else self.get(each).id for each in pieces]

    def missing(self, pieces: Sequence[str]) -> list[str]:
        """Those among some full ids that no piece has."""
        rows = self.db.execute(
            "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM pieces)",
            [json.dumps(list(pieces))],
        )
        return [row["value"] for row in rows]

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
        """Pieces that match a query (see :mod:`workbench.store.query`), in order."""
        return self.page(query, sort=sort, descending=descending, offset=offset, limit=limit)[0]

    def page(
        self, query: str, *, sort: str, descending: bool, offset: int, limit: int
    ) -> tuple[list[Piece], int]:
        """A page of the pieces that match a query, and how many match in all.

        Rows are chosen along the index that orders, from whichever end is nearer, and only those of the page are read.
        """
        if sort not in SORTS:
            raise InvalidSetting(f"Cannot sort by {sort!r}; choose one of {', '.join(SORTS)}.")
        collation = "COLLATE NOCASE" if sort in TEXT_FIELDS else ""
        there, back = ("DESC", "ASC") if descending else ("ASC", "DESC")
        order = f"{sort} {collation} {there}, id {there}"
        backwards = f"{sort} {collation} {back}, id {back}"
        rows, parameters = matching(query)
        among = "WHERE rowid IN (SELECT row FROM matching)" if rows else ""
        # A side that is not walked has the limit 0, which costs nothing.
        found = list(
            self.db.query(
                f"""WITH matching (row) AS MATERIALIZED ({rows or "SELECT NULL"}),
                size (total) AS MATERIALIZED (SELECT count(*) FROM {"matching" if rows else "pieces"}),
                side (total, of_page, before, after, is_near) AS MATERIALIZED (
                    SELECT total, most, first, total - first - most, most < 0 OR first <= total / 2
                    FROM size, (SELECT ? AS most, ? AS first))
                SELECT pieces.*, (SELECT total FROM side) AS total FROM (
                    SELECT row FROM (SELECT rowid AS row FROM {_along(sort)} {among} ORDER BY {order}
                        LIMIT (SELECT iif(is_near, of_page, 0) FROM side)
                        OFFSET (SELECT before FROM side))
                    UNION ALL
                    SELECT row FROM (SELECT rowid AS row FROM {_along(sort)} {among} ORDER BY {backwards}
                        LIMIT (SELECT iif(is_near, 0, max(0, of_page + min(0, after))) FROM side)
                        OFFSET (SELECT max(0, after) FROM side)))
                CROSS JOIN pieces ON pieces.rowid = row ORDER BY {order}""",
                [*parameters, limit, offset],
            )
        )
        return self._pieces(found), found[0]["total"] if found else self.count(query)

    def ids(self, query: str) -> list[str]:
        """The ids of all pieces that match, the oldest first."""
        condition, parameters = among(query)
        rows = self.db.execute(f"SELECT id FROM {LISTING} WHERE {condition}", parameters)
        return [row["id"] for row in rows]

    def count(self, query: str = "") -> int:
        """How many pieces match."""
        rows, parameters = matching(query)
        sql = f"SELECT count(*) FROM ({rows or 'SELECT 1 FROM pieces'})"
        return int(self.db.execute(sql, parameters).fetchone()[0])

    def edition(self) -> int:
        """A number that grows with every change of the library."""
        return int(self.db.execute("SELECT number FROM editions").fetchone()[0])

    def facets(self, field: str, query: str = "", limit: int = 30) -> dict[str, int]:
        """Values of a column or a tag among the matching pieces with their counts, the commonest first.

        Upper and lower case count as one, as a query takes them.
        """
        condition, parameters = among(query)
        if field in TEXT_FIELDS + NUMBER_FIELDS:
            sql = (
                f"SELECT {field} AS value FROM {_along(field)} WHERE {condition} AND {field} <> ''"
            )
        else:
            members = "tags CROSS JOIN pieces ON pieces.id = piece" if query.strip() else "tags"
            sql = f"SELECT value FROM {members} WHERE name = ? AND {condition}"
            parameters = [field, *parameters]
        rows = self.db.execute(
            f"""SELECT value, count(*) AS pieces FROM ({sql})
                GROUP BY value COLLATE NOCASE ORDER BY pieces DESC, value LIMIT ?""",
            [*parameters, limit],
        )
        return {str(row["value"]): row["pieces"] for row in rows}

    def tag_names(self, values: int) -> dict[str, dict[str, int]]:
        """Every name of a tag with its commonest values and how many pieces have them."""
        rows = self.db.execute(
            """SELECT name, value, pieces FROM (
                SELECT name, value, count(*) AS pieces,
                    row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, value) AS place
                FROM tags GROUP BY name, value)
                WHERE place <= ? ORDER BY name, place""",
            [values],
        )
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row["name"], {})[row["value"]] = row["pieces"]
        return found

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
        rows = self.db.execute(
            "SELECT source FROM pieces WHERE collection = ?1 COLLATE NOCASE AND collection = ?1",
            [collection],
        )
        return {row["source"] for row in rows}

    def set_facts(self, facts: Mapping[str, dict[str, Any]]) -> None:
        """Replace the facts of pieces, by id. Tags are not touched."""
        with self.db.atomic():
            self.db.conn.executemany(
                """UPDATE pieces SET facts = ?, key = ?, meter = ?, bars = ?, notes = ?, parts = ?
                    WHERE id = ?""",
                [
                    [json.dumps(each), *map(each.get, FACT_COLUMNS), piece]
                    for piece, each in facts.items()
                ],
            )
            renew(self.db, _AMONG, [json.dumps(list(facts))])  # the key is among the text

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """Pieces whose facts are older than a version, by id, from the one after ``after``, with their music."""
        rows = self.db.execute(
            """SELECT id, kind, coalesce(scores.data, recordings.data) AS data FROM pieces
                LEFT JOIN scores ON scores.piece = id LEFT JOIN recordings ON recordings.piece = id
                WHERE id > ? AND coalesce(json_extract(facts, '$.version'), 0) < ?
                ORDER BY id LIMIT ?""",
            [after, version, limit],
        )
        return [
            (row["id"], (unpack if row["kind"] == "score" else unpack_recording)(row["data"]))
            for row in rows
        ]

    def count_outdated(self, version: int) -> int:
        """How many pieces have facts older than a version."""
        row = self.db.execute(
            "SELECT count(*) FROM pieces WHERE coalesce(json_extract(facts, '$.version'), 0) < ?",
            [version],
        ).fetchone()
        return int(row[0])

    def delete(self, pieces: Sequence[str]) -> None:
        """Take pieces out of the library; refused for those that a dataset version holds."""
        chosen = [json.dumps(list(pieces))]
        try:
            with self.db.atomic():
                remove(self.db, _AMONG, chosen)
                self.db.execute(f"DELETE FROM pieces WHERE id IN ({_AMONG})", chosen)
        except sqlite3.IntegrityError as error:
            raise InvalidSetting(
                "Some of these pieces belong to a dataset, and datasets never change; keep them."
            ) from error

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


def _along(field: str) -> str:
    """The library in the order of a field, from its index."""
    return LISTING if field in ("created", "id") else f"pieces INDEXED BY pieces_{field}"


def _plain_id(text: str) -> str:
    """An id is hexadecimal; anything else matches nothing."""
    return text if text and all(c in "0123456789abcdef" for c in text) else "none"
