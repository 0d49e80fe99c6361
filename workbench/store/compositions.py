"""Composed pieces, each with the request, model and plan that made it."""

import json
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import UnknownName
from workbench.core.explanation import Explanation, pack_explanation, unpack_explanation
from workbench.core.packing import pack, unpack
from workbench.core.records import from_json, to_json
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import Plan


class Compositions:
    """The collection of what was composed here."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, composition: Composition, score: Score, explanation: Explanation) -> None:
        """Keep a composition. One that is stored already is left as it is."""
        self.db.execute(
            "INSERT OR IGNORE INTO compositions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                composition.id, composition.title, composition.request.model,
                json.dumps(to_json(composition.request)), composition.model_fingerprint,
                json.dumps(composition.tokens), json.dumps(to_json(composition.plan)),
                json.dumps(composition.versions), composition.seconds, pack(score),
                composition.created, pack_explanation(explanation),
            ],
        )  # fmt: skip

    def get(self, composition: str) -> Composition:
        """The composition of that id."""
        rows = list(self.db.query("SELECT * FROM compositions WHERE id = ?", [composition]))
        if not rows:
            raise UnknownName(f"There is no composition {composition!r}; it may have been deleted.")
        return _composition(rows[0])

    def score(self, composition: str) -> Score:
        """Its notes."""
        row = self.db.execute(
            "SELECT score FROM compositions WHERE id = ?", [composition]
        ).fetchone()
        if row is None:
            raise UnknownName(f"There is no composition {composition!r}; it may have been deleted.")
        return unpack(row["score"])

    def explanation(self, composition: str) -> Explanation | None:
        """What its tokens were drawn among; None for one that was made before that was kept."""
        row = self.db.execute(
            "SELECT explanation FROM compositions WHERE id = ?", [composition]
        ).fetchone()
        return unpack_explanation(row["explanation"]) if row and row["explanation"] else None

    def all(self, *, limit: int = -1, offset: int = 0) -> list[Composition]:
        """Every composition, the newest first."""
        rows = self.db.query(
            "SELECT * FROM compositions ORDER BY created DESC, id LIMIT ? OFFSET ?", [limit, offset]
        )
        return [_composition(row) for row in rows]

    def count(self) -> int:
        """How many there are."""
        return int(self.db.execute("SELECT count(*) FROM compositions").fetchone()[0])

    def rename(self, composition: str, title: str) -> None:
        """Give a composition another title."""
        self.db.execute("UPDATE compositions SET title = ? WHERE id = ?", [title, composition])

    def delete(self, composition: str) -> None:
        """Throw a composition away."""
        self.db.execute("DELETE FROM compositions WHERE id = ?", [composition])


def _composition(row: dict[str, Any]) -> Composition:
    return Composition(
        id=row["id"],
        request=from_json(ComposeRequest, json.loads(row["request"])),
        model_fingerprint=row["model_fingerprint"],
        tokens=tuple(json.loads(row["tokens"])),
        plan=from_json(Plan, json.loads(row["plan"])),
        created=row["created"],
        seconds=row["seconds"],
        title=row["title"],
        versions=json.loads(row["versions"]),
    )
