"""Opening the database: pragmas and migrations.

WAL lets pages read while workers write. ``synchronous=FULL`` makes a commit survive a power cut: what was
said to be saved is saved.
"""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from workbench.core.errors import UnreadableFile
from workbench.store.migrations import migrations

_BUSY_SECONDS = 15.0


class _Database(Database):
    """sqlite-utils' database, whose transactions take the right to write as they begin.

    A transaction that begins by reading and writes later fails at once, without waiting its turn, where another
    process has written in between: what it read is no longer so.
    """

    @contextmanager
    def atomic(self) -> Generator[Database, None, None]:
        """All or nothing; within another, a savepoint."""
        if self.conn.in_transaction:
            with super().atomic():
                yield self
            return
        self.conn.execute("BEGIN IMMEDIATE")
        try:
            yield self
            self.conn.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise


def connect(path: Path) -> Database:
    """A connection to the database at ``path``, made and migrated where needed."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    db = _Database(connection)
    _prepare(db)
    return db


def open_file(path: Path) -> sqlite3.Connection:
    """A bare connection to another SQLite file than the workbench's, for a library that keeps its own: WAL, and patience."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError:
        pass  # somebody else turns it on just now
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(
            f"{path} is damaged ({error}); move it away and try again, and it is made anew."
        ) from error
    return connection


def _prepare(db: Database) -> None:
    """Turn WAL on and apply what is pending. Two may open a new database at once: the second waits.

    SQLite's own timeout does not help here: it gives up at once when two turn WAL on.
    """
    for attempt in range(50):
        try:
            db.conn.execute("PRAGMA journal_mode=WAL")
            db.conn.execute("PRAGMA synchronous=FULL")
            if migrations.pending(db):
                migrations.apply(db)
            return
        except (sqlite3.OperationalError, sqlite3.IntegrityError):
            if attempt == 49:
                raise
            time.sleep(0.1)


def now() -> str:
    """The time as it is stored: UTC, ISO 8601, microseconds, so that text sorts as time."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
