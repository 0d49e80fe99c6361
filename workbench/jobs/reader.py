"""Reading files in a bounded child process.

A file from a user may be made to take hours or all memory, or to crash a parser. So files are read in a child
with a limit on memory, and with a limit on the time of each file; a child that breaks a limit is ended and a
new one takes the next file. What the child found comes back as packed scores, raw numbers and JSON, never as a
pickle: a child that was taken over by a hostile file could send anything. :mod:`workbench.jobs.reader_child` is
the other side, and says what else the child may not do.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from workbench.core.errors import InvalidSetting, UnreadableFile, WorkbenchError
from workbench.core.melody import MOST_NOTES, Struck
from workbench.core.packing import unpack
from workbench.core.piece import Reading
from workbench.core.provenance import found_in
from workbench.core.recording import Recording, unpack_recording
from workbench.core.records import from_json
from workbench.core.score import Score
from workbench.jobs.checked import Checked
from workbench.jobs.messages import message, opened, receive, send
from workbench.workspace import REPOSITORY

FILE_SECONDS = 30.0
RECORDING_SECONDS = 300.0
CHECK_SECONDS = 120.0  # a composition may be waiting for it
LISTEN_SECONDS = 180.0  # the first time, librosa compiles what follows the pitch
START_SECONDS = 60.0


@dataclass(frozen=True)
class Question:
    """What is to be read: a file's ``data``, or a file at ``path``; else the member ``name`` of an installed collection.

    With a ``corpus`` the file is one of that collection, and read as the collection says.
    """

    name: str
    data: bytes = field(default=b"", repr=False)
    path: Path | None = None
    corpus: str = ""
    is_check: bool = False
    """Only whether a model made it is asked."""
    is_sung: bool = False
    """Only what somebody sings in it is asked."""


@dataclass(frozen=True)
class Found:
    """One piece of music as the child found it, with all that is computed of it."""

    music: Score | Recording
    title: str
    composer: str
    remarks: tuple[str, ...]
    facts: dict[str, Any]
    tune: str
    """Of a score; see :func:`workbench.core.score.tune_fingerprint`."""
    sketch: bytes
    statement: str = ""
    """The file's own, where it says that a model made the piece."""


class BoundedReader:
    """Reads files and corpus members in a child process. Use it as a context, from one thread."""

    def __init__(self, file_seconds: float = FILE_SECONDS) -> None:
        self.file_seconds = file_seconds
        self._child: _Child | None = None

    def read_file(self, path: Path, name: str) -> list[Reading]:
        """The scores in a file that a person knows as ``name``; ``UnreadableFile`` with the reason."""
        found = self.study(Question(name, path=path))
        readings = [
            Reading(each.music, each.title, each.composer, each.remarks, each.statement)
            for each in found
            if isinstance(each.music, Score)
        ]
        if not readings:
            raise UnreadableFile(f"{name} is a recording; choose a file with notes.")
        return readings

    def study(self, question: Question, seconds: float | None = None) -> list[Found]:
        """Every piece that a file holds, with its facts; ``UnreadableFile`` with the reason."""
        answer, parts = self._answer(question, seconds or self.file_seconds)
        try:
            return [_found(item, parts) for item in answer["found"]]
        except _BROKEN as error:
            self._end()
            raise _broke(question.name) from error

    def _answer(self, question: Question, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        """What the child says, unless it says that the file cannot be read."""
        child = self._child = self._child or _Child()
        try:
            answer, parts = opened(
                child.ask(message(_line(question, seconds), [question.data]), seconds)
            )
            if "error" not in answer:
                return answer, parts
        except _BROKEN as error:
            self._end()
            if child.is_overdue:
                raise UnreadableFile(
                    f"{question.name} took longer than {seconds:.0f} seconds to read; "
                    "split it into smaller files."
                ) from error
            raise _broke(question.name) from error
        raise UnreadableFile(str(answer["error"]))

    def check(self, path: Path, name: str) -> Checked:
        """What a file says of a model that made it; ``UnreadableFile`` with the reason."""
        answer, _ = self._answer(Question(name, path=path, is_check=True), CHECK_SECONDS)
        return from_json(Checked, answer["checked"])

    def listen(self, path: Path, name: str) -> list[Struck]:
        """What one voice sings in a sound file; ``UnreadableFile`` with the reason."""
        answer, _ = self._answer(Question(name, path=path, is_sung=True), LISTEN_SECONDS)
        try:
            return [
                Struck(float(on), float(off), int(pitch))
                for on, off, pitch in answer["sung"][:MOST_NOTES]
            ]
        except (*_BROKEN, InvalidSetting) as error:
            self._end()
            raise _broke(name) from error

    def interrupt(self) -> None:
        """End what is being read, from any thread; whoever waits for it is told that the reader broke."""
        if (child := self._child) is not None:
            child.process.kill()

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None

    def __enter__(self) -> "BoundedReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()


_BROKEN = (EOFError, OSError, ValueError, KeyError, IndexError, TypeError, RecursionError)
"""What comes of a child that ended, and of answers that are none."""


def _broke(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"{name} broke its reader, most likely for its size; split it into smaller files."
    )


class _Child:
    """The process that reads: an interpreter of its own that knows nothing of what this one does."""

    def __init__(self) -> None:
        # What it leaves behind when it is killed goes with this folder.
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench.jobs.reader_child"],
            cwd=REPOSITORY,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.is_overdue = False
        self._questions = cast(IO[bytes], self.process.stdin)
        self._answers = cast(IO[bytes], self.process.stdout)
        try:
            with self._deadline(START_SECONDS):
                receive(self._answers)
        except (EOFError, OSError) as error:
            self.end()
            raise WorkbenchError(
                "The reader of files did not start; try again in a moment."
            ) from error

    def ask(self, question: bytes, seconds: float) -> bytes:
        """The answer; the process is ended where it takes longer than so many seconds."""
        with self._deadline(seconds):
            send(self._questions, question)
            return receive(self._answers)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # what was not sent is of no interest
                pipe.close()
        self._folder.cleanup()

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._give_up)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self.is_overdue = True
        self.process.kill()


def _line(question: Question, seconds: float) -> dict[str, Any]:
    path = "" if question.path is None else str(question.path)
    return {
        "name": question.name,
        "path": path,
        "corpus": question.corpus,
        "seconds": seconds,
        "check": question.is_check,
        "sung": question.is_sung,
    }


def _found(item: dict[str, Any], parts: list[bytes]) -> Found:
    """What the child says, taken at its word only where that is harmless: notes are checked as any notes are."""
    data, sketch = parts[item["music"]], parts[item["sketch"]]
    return Found(
        unpack_recording(data) if item["kind"] == "recording" else unpack(data),
        title=str(item["title"]),
        composer=str(item["composer"]),
        remarks=tuple(str(remark) for remark in item["remarks"]),
        facts=dict(item["facts"]),
        tune=str(item["tune"]),
        sketch=sketch,
        statement=found_in(str(item["statement"])),
    )
