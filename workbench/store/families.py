"""Families: which pieces are alike, what a person said of them, and the families that follow.

``families`` is what the whole library comes to; a piece is *waiting* while it has no family, for it was not compared
with the others yet. A dataset groups its own pieces from the same pairs and corrections.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlite_utils import Database

from workbench.core.families import Correction, Kin, Near
from workbench.store.database import now

_AMONG = "(SELECT value FROM json_each(?))"


class Families:
    """Sketches, near pairs, corrections and families."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def kin(self, pieces: Sequence[str] | None = None) -> list[Kin]:
        """What families look at in these pieces, or in all that hold notes, by id."""
        among = "" if pieces is None else f"AND id IN {_AMONG}"
        rows = self.db.execute(
            f"SELECT id, tune, title, collection FROM pieces WHERE kind = 'score' {among} ORDER BY id",
            [] if pieces is None else [json.dumps(list(pieces))],
        )
        return [Kin(row["id"], row["tune"], row["title"], row["collection"]) for row in rows]

    # --- what is alike --------------------------------------------------------------------------

    def waiting(self) -> list[str]:
        """Pieces that were not compared with the others yet."""
        rows = self.db.execute(
            """SELECT id FROM pieces WHERE kind = 'score' AND NOT EXISTS (SELECT 1 FROM families WHERE piece = id) ORDER BY id"""
        )
        return [row["id"] for row in rows]

    def compared(self) -> list[str]:
        """Pieces that were."""
        return [row["piece"] for row in self.db.execute("SELECT piece FROM families")]

    def unsketched(self, pieces: Sequence[str]) -> list[str]:
        """Those among the pieces that have no sketch."""
        rows = self.db.execute(
            """SELECT value AS id FROM json_each(?)
                WHERE value NOT IN (SELECT piece FROM sketches)""",
            [json.dumps(list(pieces))],
        )
        return [row["id"] for row in rows]

    def add_sketches(self, sketches: Mapping[str, bytes]) -> None:
        """Keep sketches of pieces that had none; empty ones are not kept."""
        with self.db.atomic():
            self.db.conn.executemany(
                "INSERT OR REPLACE INTO sketches (piece, data) VALUES (?, ?)",
                [(piece, data) for piece, data in sketches.items() if data],
            )

    def sketches(self, pieces: Sequence[str] | None = None) -> dict[str, bytes]:
        """Sketches of these pieces, or of all, by id. Pieces too short for one are missing."""
        among = "" if pieces is None else f"WHERE piece IN {_AMONG}"
        rows = self.db.conn.execute(
            f"SELECT piece, data FROM sketches {among} ORDER BY piece",
            [] if pieces is None else [json.dumps(list(pieces))],
        )
        return {row[0]: row[1] for row in rows}

    def set_pairs(self, pairs: Iterable[Near]) -> None:
        """Replace all near pairs."""
        with self.db.atomic():
            self.db.execute("DELETE FROM near_pairs")
            self.db.conn.executemany(
                "INSERT OR REPLACE INTO near_pairs VALUES (?, ?, ?)",
                [(min(a, b), max(a, b), value) for a, b, value in pairs],
            )

    def pairs(self) -> list[Near]:
        """Every near pair."""
        rows = self.db.conn.execute("SELECT first, second, similarity FROM near_pairs")
        return [tuple(row) for row in rows]

    def near(self, piece: str, limit: int) -> list[tuple[str, float]]:
        """The pieces that form a near pair with one, the nearest first."""
        rows = self.db.conn.execute(
            """SELECT second AS other, similarity FROM near_pairs WHERE first = ?
                UNION ALL SELECT first, similarity FROM near_pairs WHERE second = ?
                ORDER BY similarity DESC, other LIMIT ?""",
            [piece, piece, limit],
        )
        return [(row[0], row[1]) for row in rows]

    def sketched(self) -> int:
        """How many pieces have a sketch."""
        return int(self.db.execute("SELECT count(*) FROM sketches").fetchone()[0])

    # --- what a person said ---------------------------------------------------------------------

    def correct(self, correction: Correction) -> None:
        """Keep what was said of two pieces, in place of what was said of them before."""
        first, second = sorted((correction.first, correction.second))
        self.db.execute(
            "INSERT OR REPLACE INTO family_corrections VALUES (?, ?, ?, ?)",
            [first, second, correction.kind, now()],
        )

    def withdraw(self, first: str, second: str) -> None:
        """Forget what was said of two pieces."""
        self.db.execute(
            "DELETE FROM family_corrections WHERE first = ? AND second = ?",
            sorted((first, second)),
        )

    def corrections(self) -> list[Correction]:
        """Everything that was said, the oldest first."""
        rows = self.db.execute(
            "SELECT kind, first, second FROM family_corrections ORDER BY created, first, second"
        )
        return [Correction(row["kind"], row["first"], row["second"]) for row in rows]

    # --- families of the whole library ----------------------------------------------------------

    def set_families(self, families: Mapping[str, str]) -> None:
        """Replace the families of the library: family by piece. Pieces that are not among them wait."""
        with self.db.atomic():
            self.db.execute("DELETE FROM families")
            self.db.conn.executemany("INSERT INTO families VALUES (?, ?)", sorted(families.items()))

    def members(self, piece: str) -> list[str]:
        """Ids of a piece's family, itself among them; itself alone while it waits."""
        rows = self.db.execute(
            """SELECT piece FROM families WHERE family = (SELECT family FROM families WHERE piece = ?)
                ORDER BY piece""",
            [piece],
        )
        return [row["piece"] for row in rows] or [piece]

    def largest(self, *, offset: int = 0, limit: int = 50) -> list[list[str]]:
        """Families of two and more, the largest first: ids of their members."""
        rows = self.db.execute(
            """SELECT json_group_array(piece) AS members, family FROM families GROUP BY family
                HAVING count(*) > 1 ORDER BY count(*) DESC, family LIMIT ? OFFSET ?""",
            [limit, offset],
        )
        return [sorted(json.loads(row["members"])) for row in rows]

    def count(self) -> tuple[int, int]:
        """How many families of two and more there are, and how many pieces they hold."""
        row = self.db.execute(
            """SELECT count(*) AS families, coalesce(sum(pieces), 0) AS pieces FROM
                (SELECT count(*) AS pieces FROM families GROUP BY family HAVING count(*) > 1)"""
        ).fetchone()
        return row["families"], row["pieces"]
