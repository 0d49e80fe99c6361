"""Composed pieces, each with the request, model and plan that made it, and what a person says of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from workbench.core.editing import NoteEdits
from workbench.core.errors import UnknownName
from workbench.core.explanation import Explanation, pack_explanation, unpack_explanation
from workbench.core.packing import pack, unpack
from workbench.core.records import from_json, to_json
from workbench.core.runs import Candidate, Composition, Kept
from workbench.core.score import Score
from workbench.core.specs import ComposeRequest
from workbench.core.vocabulary import Plan
from workbench.store.composition_query import EVERYTHING, LISTING, Wish, order, where
from workbench.store.database import now

_KEPT = "rating, note, tags, folder, deleted"
_MADE = "id, title, request, model_fingerprint, tokens, plan, versions, seconds, created, candidates, parent, origin, edits"
_MOST_KIN = 200


class Compositions:
    """The collection of what was composed here."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(self, composition: Composition, score: Score, explanation: Explanation | None) -> None:
        """Keep a composition. One that is stored already is left as it is."""
        columns = f"{_MADE}, model, score, explanation"
        self.db.execute(
            f"INSERT OR IGNORE INTO compositions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                composition.id, composition.title, json.dumps(to_json(composition.request)),
                composition.model_fingerprint, json.dumps(composition.tokens), json.dumps(to_json(composition.plan)),
                json.dumps(composition.versions), composition.seconds, composition.created,
                json.dumps(to_json(composition.candidates)),
                composition.parent, composition.origin, json.dumps(to_json(composition.edits)), composition.request.model,
                pack(score), pack_explanation(explanation) if explanation else b"",
            ],
        )  # fmt: skip

    def rewrite(
        self, composition: Composition, score: Score, explanation: Explanation | None
    ) -> None:
        """Keep other notes in place of those of a composition that goes on, with the request that makes them.

        What a person has said of it meanwhile, its title too, stays.
        """
        self.db.execute(
            """UPDATE compositions SET request = ?, tokens = ?, plan = ?, seconds = ?, score = ?, explanation = ?
                WHERE id = ?""",
            [
                json.dumps(to_json(composition.request)), json.dumps(composition.tokens),
                json.dumps(to_json(composition.plan)), composition.seconds,
                pack(score), pack_explanation(explanation) if explanation else b"", composition.id,
            ],
        )  # fmt: skip

    def get(self, composition: str) -> Composition:
        """The composition of that id."""
        return self.among([composition])[0]

    def among(self, ids: Sequence[str]) -> list[Composition]:
        """The compositions of these ids, in their order; ``UnknownName`` where one is not there."""
        rows = self.db.query(
            f"SELECT {_MADE}, {_KEPT} FROM compositions WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(ids))],
        )
        found = {row["id"]: _composition(row) for row in rows}
        for missing in set(ids) - found.keys():
            raise _unknown(missing)
        return [found[each] for each in ids]

    def present(self, ids: Sequence[str]) -> list[str]:
        """Those of these ids that are here."""
        rows = self.db.execute(
            "SELECT id FROM compositions WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(ids))],
        )
        return [row["id"] for row in rows]

    def score(self, composition: str) -> Score:
        """Its notes."""
        row = self.db.execute(
            "SELECT score FROM compositions WHERE id = ?", [composition]
        ).fetchone()
        if row is None:
            raise _unknown(composition)
        return unpack(row["score"])

    def explanation(self, composition: str) -> Explanation | None:
        """What its tokens were drawn among; None for one that was made before that was kept."""
        row = self.db.execute(
            "SELECT explanation FROM compositions WHERE id = ?", [composition]
        ).fetchone()
        return unpack_explanation(row["explanation"]) if row and row["explanation"] else None

    # --- finding ------------------------------------------------------------------------------

    def ids(
        self, wish: Wish = EVERYTHING, *, sort: str = "newest", limit: int = -1, offset: int = 0
    ) -> list[str]:
        """Of those that are wished for."""
        condition, values = where(wish)
        rows = self.db.execute(
            f"SELECT id FROM {LISTING} WHERE {condition} ORDER BY {order(sort)} LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [row["id"] for row in rows]

    def all(
        self, wish: Wish = EVERYTHING, *, sort: str = "newest", limit: int = -1, offset: int = 0
    ) -> list[Composition]:
        """Those that are wished for, the newest first unless ``sort`` says otherwise."""
        return self.among(self.ids(wish, sort=sort, limit=limit, offset=offset))

    def count(self, wish: Wish = EVERYTHING) -> int:
        """How many are wished for; those in the trash do not count unless they are."""
        condition, values = where(wish)
        found = self.db.execute(f"SELECT count(*) FROM {LISTING} WHERE {condition}", values)
        return int(found.fetchone()[0])

    def facets(self) -> dict[str, dict[str, int]]:
        """Folders, tags and models in use, by name, each with how many compositions have it."""
        here = (
            f"FROM {LISTING} {{}} WHERE deleted IS NULL {{}} GROUP BY 1 ORDER BY 1 COLLATE NOCASE"
        )
        sources = {
            "folder": "SELECT folder AS name, count(*) AS n " + here.format("", "AND folder <> ''"),
            "tag": "SELECT value AS name, count(*) AS n "
            + here.format("CROSS JOIN json_each(tags)", ""),
            "model": "SELECT model AS name, count(*) AS n " + here.format("", ""),
        }
        return {
            field: {row["name"]: row["n"] for row in self.db.execute(sql)}
            for field, sql in sources.items()
        }

    def kin(self, composition: str) -> list[Composition]:
        """All that came out of one another together with this one, in the order of their making; at most 200, and itself.

        Brothers and sisters stay kin when what they came from is gone.
        """
        found = {composition}
        waiting = [composition]
        while waiting and len(found) < _MOST_KIN:
            rows = self.db.execute(
                """WITH near AS (SELECT id, parent FROM compositions WHERE id IN (SELECT value FROM json_each(?)))
                    SELECT c.id FROM near JOIN compositions c ON c.id = near.parent
                    UNION SELECT c.id FROM near JOIN compositions c ON c.parent = near.id
                    UNION SELECT c.id FROM near JOIN compositions c ON near.parent <> '' AND c.parent = near.parent""",
                [json.dumps(waiting)],
            )
            waiting = [row["id"] for row in rows if row["id"] not in found]
            waiting = waiting[: _MOST_KIN - len(found)]
            found.update(waiting)
        return sorted(self.among(list(found)), key=lambda made: (made.created, made.id))

    # --- keeping ------------------------------------------------------------------------------

    def kept(self, ids: Sequence[str]) -> dict[str, Kept]:
        """What is said of the compositions of these ids; ``UnknownName`` where one is not there."""
        rows = self.db.query(
            f"SELECT id, {_KEPT} FROM compositions WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(ids))],
        )
        found = {row["id"]: _kept(row) for row in rows}
        for missing in set(ids) - found.keys():
            raise _unknown(missing)
        return {each: found[each] for each in ids}

    def keep(self, kept: Mapping[str, Kept]) -> None:
        """Write down what a person says of some compositions: all of it, or nothing where one is not there."""
        with self.db.atomic():
            for composition, words in kept.items():
                done = self.db.execute(
                    """UPDATE compositions SET rating = ?, note = ?, tags = ?, folder = ?, deleted = ?
                        WHERE id = ?""",
                    [
                        words.rating, words.note, json.dumps(words.tags, ensure_ascii=False), words.folder,
                        words.deleted, composition,
                    ],
                )  # fmt: skip
                if not done.rowcount:
                    raise _unknown(composition)

    def rename(self, composition: str, title: str) -> None:
        """Give a composition another title."""
        self.db.execute("UPDATE compositions SET title = ? WHERE id = ?", [title, composition])

    def delete(self, composition: str) -> None:
        """Throw a composition away for good."""
        self.db.execute("DELETE FROM compositions WHERE id = ?", [composition])

    def empty_trash(self, before: str = "") -> int:
        """Throw away for good what went into the trash before a time, or all of it; how many they were."""
        return self.db.execute(
            "DELETE FROM compositions WHERE deleted IS NOT NULL AND deleted <= ?", [before or now()]
        ).rowcount


def _unknown(composition: str) -> UnknownName:
    return UnknownName(f"There is no composition {composition!r}; it may have been deleted.")


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
        candidates=tuple(from_json(Candidate, each) for each in json.loads(row["candidates"])),
        parent=row["parent"],
        origin=row["origin"],
        kept=_kept(row),
        edits=from_json(NoteEdits, json.loads(row["edits"])),
    )


def _kept(row: dict[str, Any]) -> Kept:
    tags = tuple(json.loads(row["tags"]))
    return Kept(row["rating"], row["note"], tags, row["folder"], row["deleted"])
