"""Blind listening tests: clips, questions, listeners and their answers.

An answer is one row of one transaction, and its first is the one that counts; so however many answer at once, each is there
once it was said to be, and no click counts twice.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlite_utils import Database

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.listening import (
    CLOSED,
    MOST_LISTENERS,
    OPEN,
    PREPARING,
    Answer,
    Clip,
    ListeningSpec,
    ListeningTest,
    Trial,
)
from workbench.core.records import from_json, to_json
from workbench.store.database import now


class Listening:
    """The tests, and what was answered."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def add(
        self, code: str, spec: ListeningSpec, clips: Sequence[Clip], trials: Sequence[Trial], *, job: str
    ) -> None:  # fmt: skip
        """Record a test that a job is to prepare."""
        self.db.execute(
            "INSERT INTO listening_tests (code, name, spec, state, job, created) VALUES (?, ?, ?, ?, ?, ?)",
            [code, spec.name, json.dumps(to_json(spec)), PREPARING, job, now()],
        )
        self.db.conn.executemany(
            """INSERT INTO listening_clips (test, number, source, title, piece, file, request, is_heard)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (code, c.number, c.source, c.title, c.piece, c.file, c.request and json.dumps(c.request), c.is_heard)
                for c in clips
            ],
        )  # fmt: skip
        self.db.conn.executemany(
            "INSERT INTO listening_trials (test, number, first, second) VALUES (?, ?, ?, ?)",
            [(code, trial.number, trial.first, trial.second) for trial in trials],
        )

    def set_prepared(self, code: str, clips: Sequence[Clip]) -> None:
        """The clips can be heard: open the test. Nothing where it is gone."""
        self.db.conn.executemany(
            """UPDATE listening_clips SET seconds = ?, lufs = ?, request = ? WHERE test = ? AND number = ?""",
            [(c.seconds, c.lufs, c.request and json.dumps(c.request), code, c.number) for c in clips],
        )  # fmt: skip
        self._set_state(code, PREPARING, OPEN)

    def set_open(self, code: str, is_open: bool) -> None:
        """Close an open test, or open a closed one again."""
        if is_open:
            self._set_state(code, CLOSED, OPEN)
        else:
            self._set_state(code, OPEN, CLOSED)

    def _set_state(self, code: str, before: str, after: str) -> None:
        sql = "UPDATE listening_tests SET state = ? WHERE code = ? AND state = ?"
        self.db.execute(sql, [after, code, before])

    def delete(self, code: str) -> None:
        """Throw a test and its answers away."""
        self.db.execute("DELETE FROM listening_tests WHERE code = ?", [code])

    # --- looking --------------------------------------------------------------------------------

    def known(self, code: str) -> bool:
        """Whether there is a test of that code."""
        sql = "SELECT 1 FROM listening_tests WHERE code = ?"
        return self.db.execute(sql, [code]).fetchone() is not None

    def get(self, code: str) -> ListeningTest:
        """The test of that code."""
        rows = list(self.db.query("SELECT * FROM listening_tests WHERE code = ?", [code]))
        if not rows:
            raise UnknownName(f"There is no listening test {code!r}; check the code.")
        clips = self.db.query(
            "SELECT * FROM listening_clips WHERE test = ? ORDER BY number", [code]
        )
        trials = self.db.execute(
            "SELECT number, first, second FROM listening_trials WHERE test = ? ORDER BY number",
            [code],
        )
        return ListeningTest(
            code=code,
            spec=from_json(ListeningSpec, json.loads(rows[0]["spec"])),
            state=rows[0]["state"],
            job=rows[0]["job"],
            created=rows[0]["created"],
            clips=tuple(_clip(row) for row in clips),
            trials=tuple(Trial(*row) for row in trials),
        )

    def summaries(self) -> list[dict[str, Any]]:
        """One row a test, the newest first: code, name, state, created, listeners, answers."""
        rows = self.db.query(
            """SELECT code, name, state, created,
                (SELECT count(*) FROM listeners WHERE test = code) AS listeners,
                (SELECT count(*) FROM listening_answers JOIN listeners ON token = listener WHERE test = code) AS answers
            FROM listening_tests ORDER BY created DESC"""
        )
        return list(rows)

    # --- listeners and answers ------------------------------------------------------------------

    def add_listener(self, token: str, code: str) -> None:
        """Let a listener in. ``InvalidSetting`` where the test is not open, or full."""
        with self.db.atomic():
            self._check_open(code)
            sql = "SELECT count(*) FROM listeners WHERE test = ?"
            if self.db.execute(sql, [code]).fetchone()[0] >= MOST_LISTENERS:
                raise InvalidSetting(
                    f"{MOST_LISTENERS:,} people have listened already; ask for another test."
                )
            sql = "INSERT INTO listeners (token, test, created) VALUES (?, ?, ?)"
            self.db.execute(sql, [token, code, now()])

    def is_listener(self, token: str, code: str) -> bool:
        """Whether the token is that of a listener of the test."""
        sql = "SELECT 1 FROM listeners WHERE token = ? AND test = ?"
        return self.db.execute(sql, [token, code]).fetchone() is not None

    def add_answer(self, code: str, answer: Answer) -> bool:
        """Keep an answer; False where this listener has answered this question before.

        Raises ``InvalidSetting`` where the test is not open.
        """
        with self.db.atomic():
            self._check_open(code)
            added = self.db.execute(
                """INSERT OR IGNORE INTO listening_answers (listener, trial, answer, seconds, created)
                    VALUES (?, ?, ?, ?, ?)""",
                list(asdict(answer).values()),
            )
            return added.rowcount == 1

    def _check_open(self, code: str) -> None:
        sql = "SELECT state FROM listening_tests WHERE code = ?"
        row = self.db.execute(sql, [code]).fetchone()
        if row is None or row["state"] != OPEN:
            raise InvalidSetting("This listening test is closed; thank you for your answers.")

    def answers(self, code: str, listener: str | None = None) -> list[Answer]:
        """All answers of a test, or those of one listener, in the order in which they came."""
        rows = self.db.query(
            """SELECT listening_answers.* FROM listening_answers JOIN listeners ON token = listener
                WHERE test = ? AND (? IS NULL OR token = ?) ORDER BY listening_answers.created, listener, trial""",
            [code, listener, listener],
        )
        return [Answer(**row) for row in rows]

    def counts(self, code: str) -> list[int]:
        """How many answers each listener of a test has given, in the order in which they came in."""
        rows = self.db.execute(
            """SELECT (SELECT count(*) FROM listening_answers WHERE listener = token) FROM listeners
                WHERE test = ? ORDER BY created""",
            [code],
        )
        return [row[0] for row in rows]


def _clip(row: dict[str, Any]) -> Clip:
    fields = {name: row[name] for name in Clip.__dataclass_fields__}
    fields["request"] = json.loads(row["request"]) if row["request"] else None
    fields["is_heard"] = None if row["is_heard"] is None else bool(row["is_heard"])
    return Clip(**fields)
