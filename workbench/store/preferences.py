"""What people set for a whole workspace, once, in place of what is usual."""

from sqlite_utils import Database


class Preferences:
    """Numbers by name; one that nobody set is as usual."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def number(self, name: str, usual: float) -> float:
        """The number that was set, else the usual one."""
        row = self.db.execute("SELECT value FROM preferences WHERE name = ?", [name]).fetchone()
        return float(row["value"]) if row else usual

    def set_number(self, name: str, value: float) -> None:
        """Keep a number."""
        self.db.execute("INSERT OR REPLACE INTO preferences VALUES (?, ?)", [name, str(value)])
