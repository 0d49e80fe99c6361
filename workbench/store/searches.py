"""Searches that somebody gave a name."""

from dataclasses import dataclass

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.store.database import now


@dataclass(frozen=True)
class SavedSearch:
    """A query (see :mod:`workbench.store.query`) and its name."""

    name: str
    query: str


class Searches:
    """Saved searches."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def all(self) -> list[SavedSearch]:
        """Every saved search, by name."""
        rows = self.db.execute("SELECT name, query FROM searches ORDER BY name COLLATE NOCASE")
        return [SavedSearch(row["name"], row["query"]) for row in rows]

    def save(self, name: str, query: str) -> None:
        """Keep a query; under a name that is there already, in its place."""
        self.db.execute(
            """INSERT INTO searches (name, query, created) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET query = excluded.query""",
            [name, query, now()],
        )

    def forget(self, name: str) -> None:
        """Take a saved search away; ``UnknownName`` where there is none."""
        if self.db.execute("DELETE FROM searches WHERE name = ?", [name]).rowcount == 0:
            raise UnknownName(f"There is no saved search {name!r}.")
