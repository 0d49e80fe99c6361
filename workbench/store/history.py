"""What people said of pieces, change by change, and taking it back.

Titles, composers and tags are changed here and nowhere else. A *change* sets *fields* of pieces: ``title``,
``composer``, or the name of a tag, where None means no such tag. It is written down with who, when and the values
before, in one transaction with the change itself, by a few statements for any number of pieces.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.store.database import now
from workbench.store.text_index import renew

COLUMNS = ("title", "composer")
"""Fields that are no tags."""

Words = Callable[[int], str]
"""A sentence about a change, from how many pieces it changed."""

_NOW = """CASE v.field WHEN 'title' THEN p.title WHEN 'composer' THEN p.composer
    ELSE (SELECT value FROM tags WHERE piece = v.piece AND name = v.field) END"""


@dataclass(frozen=True)
class Change:
    """One change: ``when`` in UTC (ISO 8601), ``pieces`` how many it changed."""

    id: int
    when: str
    who: str
    words: str
    pieces: int
    is_undone: bool


class History:
    """Changes, the newest first."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def set(
        self, pieces: Sequence[str], changes: Mapping[str, str | None], who: str, words: Words
    ) -> Change | None:
        """Set the same fields on pieces, by full id; None where nothing changes."""
        return self._record(
            """SELECT chosen.value AS piece, field.key AS field, field.value AS value
                FROM json_each(?) chosen, json_each(?) field""",
            [json.dumps(list(pieces)), json.dumps(dict(changes))],
            who,
            words,
        )

    def set_each(
        self, values: Mapping[str, Mapping[str, str | None]], who: str, words: Words
    ) -> Change | None:
        """Set fields piece by piece, from ``{piece: {field: value}}``; None where nothing changes."""
        return self._record(
            """SELECT chosen.key AS piece, field.key AS field, field.value AS value
                FROM json_each(?) chosen, json_each(chosen.value) field""",
            [json.dumps({piece: dict(each) for piece, each in values.items()})],
            who,
            words,
        )

    def rename(self, name: str, new: str, who: str, words: Words) -> Change | None:
        """Give a tag another name. A piece that has a tag of that name already keeps its value."""
        return self._record(
            """SELECT piece, name AS field, NULL AS value FROM tags WHERE name = :old
                UNION ALL SELECT piece, :new, value FROM tags old WHERE name = :old
                AND NOT EXISTS (SELECT 1 FROM tags WHERE piece = old.piece AND name = :new)""",
            {"old": name, "new": new},
            who,
            words,
        )

    def replace(self, name: str, old: str, new: str, who: str, words: Words) -> Change | None:
        """Give a tag another value wherever it has this one."""
        return self._record(
            "SELECT piece, name AS field, :new AS value FROM tags WHERE name = :name AND value = :old",
            {"name": name, "old": old, "new": new},
            who,
            words,
        )

    def newest(self, limit: int) -> list[Change]:
        """The last changes, the newest first."""
        rows = self.db.execute("SELECT * FROM changes ORDER BY id DESC LIMIT ?", [limit])
        return [
            Change(
                row["id"], row["made"], row["who"], row["words"], row["pieces"],
                row["undone"] is not None,
            )
            for row in rows
        ]  # fmt: skip

    def undo(self, change: int | None, who: str) -> Change:
        """Take back a change, or the newest that was not; values that were changed again since stay.

        Raises ``UnknownName`` where there is none, ``InvalidSetting`` where it was taken back before.
        """
        with self.db.atomic():
            chosen = "(SELECT max(id) FROM changes WHERE undone IS NULL)" if change is None else "?"
            row = self.db.execute(
                f"""UPDATE changes SET undone = ?, undone_by = ?
                    WHERE id = {chosen} AND undone IS NULL RETURNING *""",
                [now(), who, *([] if change is None else [change])],
            ).fetchone()
            if row is None:
                self._refuse_undo(change)
            self.db.execute(
                f"""UPDATE change_values AS v SET restored = 1 FROM pieces p
                    WHERE v.change = ? AND p.id = v.piece AND v.after IS {_NOW}""",
                [row["id"]],
            )
            self._write(row["id"], "before", "restored")
        return Change(row["id"], row["made"], row["who"], row["words"], row["pieces"], True)

    def _refuse_undo(self, change: int | None) -> None:
        if change is None:
            raise UnknownName("There is no change to take back.")
        if self.db.execute("SELECT 1 FROM changes WHERE id = ?", [change]).fetchone():
            raise InvalidSetting(f"Change {change} was taken back already.")
        raise UnknownName(
            f"There is no change {change}; `pieces history` shows those that there are."
        )

    def _record(
        self, wanted: str, parameters: Sequence[str] | dict[str, str], who: str, words: Words
    ) -> Change | None:
        """Write down and make a change; ``wanted`` selects what each ``piece``, ``field``'s ``value`` shall be."""
        made = now()
        with self.db.atomic():
            # The first statement writes, so that nobody else can between our reading and our writing.
            change = self.db.execute(
                "INSERT INTO changes (made, who, words, pieces) VALUES (?, ?, '', 0) RETURNING id",
                [made, who],
            ).fetchone()["id"]
            self.db.execute(
                f"""INSERT INTO change_values (change, piece, field, before, after)
                    SELECT {change}, v.piece, v.field, {_NOW}, v.value
                    FROM ({wanted}) AS v JOIN pieces p ON p.id = v.piece
                    WHERE v.value IS NOT {_NOW}""",
                parameters,
            )
            count = self.db.execute(
                "SELECT count(DISTINCT piece) FROM change_values WHERE change = ?", [change]
            ).fetchone()[0]
            if count == 0:
                self.db.execute("DELETE FROM changes WHERE id = ?", [change])
                return None
            self.db.execute(
                "UPDATE changes SET words = ?, pieces = ? WHERE id = ?",
                [words(count), count, change],
            )
            self._write(change, "after", "1")
        return Change(change, made, who, words(count), count, False)

    def _write(self, change: int, value: str, which: str) -> None:
        """Bring the values of a change into the library: the column ``value`` of its rows."""
        rows = f"FROM change_values v WHERE v.change = ? AND {which}"
        for column in COLUMNS:
            self.db.execute(
                f"""UPDATE pieces SET {column} = v.{value}
                    {rows} AND v.field = '{column}' AND v.piece = pieces.id""",
                [change],
            )
        self.db.execute(
            f"""DELETE FROM tags WHERE (piece, name) IN
                (SELECT v.piece, v.field {rows} AND v.{value} IS NULL)""",
            [change],
        )
        self.db.execute(
            f"""INSERT INTO tags (piece, name, value) SELECT v.piece, v.field, v.{value} {rows}
                AND v.field NOT IN ('title', 'composer') AND v.{value} IS NOT NULL
                ON CONFLICT (piece, name) DO UPDATE SET value = excluded.value""",
            [change],
        )
        renew(self.db, f"SELECT v.piece {rows}", [change])
