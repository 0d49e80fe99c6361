"""What a person thinks of compositions and of their bars, one word each, kept for later learning."""

from dataclasses import dataclass

from sqlite_utils import Database

from workbench.store.database import now

WHOLE = 0
"""In place of a bar: the whole piece."""


@dataclass(frozen=True)
class Verdict:
    """One word about a bar from 1, or about the ``WHOLE`` piece."""

    composition: str
    bar: int
    value: str
    created: str
    who: str


class Feedback:
    """The newest word about each bar and each piece."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def say(self, composition: str, bar: int, value: str, who: str) -> None:
        """Keep a word about a bar in place of an earlier one; an empty one takes that back."""
        if not value:
            self.db.execute(
                "DELETE FROM feedback WHERE composition = ? AND bar = ?", [composition, bar]
            )
            return
        self.db.execute(
            """INSERT INTO feedback (composition, bar, value, created, who) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (composition, bar) DO UPDATE
                SET value = excluded.value, created = excluded.created, who = excluded.who""",
            [composition, bar, value, now(), who],
        )

    def of(self, composition: str) -> dict[int, str]:
        """The words about a composition, by bar."""
        rows = self.db.execute(
            "SELECT bar, value FROM feedback WHERE composition = ? ORDER BY bar", [composition]
        )
        return {row["bar"]: row["value"] for row in rows}

    def all(self) -> list[Verdict]:
        """Every word about what is not in the trash, piece by piece in the order of their making."""
        rows = self.db.execute(
            """SELECT f.* FROM feedback f JOIN compositions c ON c.id = f.composition
                WHERE c.deleted IS NULL ORDER BY c.created, c.id, f.bar"""
        )
        return [Verdict(**row) for row in rows]
