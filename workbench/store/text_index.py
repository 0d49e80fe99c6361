"""The text that pieces are found by: title, composer, collection, key and tags, in SQLite's full-text index.

Whoever adds, changes or deletes pieces comes by here; so here the *edition* of the library grows, a number that is
the same for as long as nothing changes.
"""

from collections.abc import Sequence

from sqlite_utils import Database


def renew(db: Database, among: str, parameters: Sequence[str | int]) -> None:
    """Index anew the pieces whose ids a query selects, inside the caller's transaction."""
    remove(db, among, parameters)
    db.execute(
        f"""INSERT INTO piece_search (rowid, text)
            SELECT rowid, title || ' ' || composer || ' ' || collection || ' ' || coalesce(key, '')
                || ' ' || coalesce((SELECT group_concat(name || ' ' || value, ' ')
                    FROM tags WHERE piece = pieces.id), '')
            FROM pieces WHERE id IN ({among})""",
        parameters,
    )


def remove(db: Database, among: str, parameters: Sequence[str | int]) -> None:
    """Take the pieces whose ids a query selects out of the index, before they are deleted."""
    db.execute(
        f"""DELETE FROM piece_search
            WHERE rowid IN (SELECT rowid FROM pieces WHERE id IN ({among}))""",
        parameters,
    )
    db.execute("UPDATE editions SET number = number + 1")
