"""Reading files in a bounded child process.

A file from a user may be made to take hours or all memory, or to crash a parser. So files are read in a child
with a limit on memory, and with a limit on the time of each file; a child that breaks a limit is ended and a
new one takes the next file. What the child found comes back as packed scores, raw numbers and JSON, never as a
pickle: a child that was taken over by a hostile file could send anything. :mod:`workbench.jobs.reader_child` is
the other side, and says what else the child may not do.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from workbench.core.errors import UnreadableFile, WorkbenchError
from workbench.core.packing import unpack
from workbench.core.piece import Reading
from workbench.core.recording import Recording, unpack_recording
from workbench.core.score import Score
from workbench.jobs.messages import message, opened, receive, send
from workbench.workspace import REPOSITORY

FILE_SECONDS = 30.0
RECORDING_SECONDS = 300.0
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


class BoundedReader:
    """Reads files and corpus members in a child process. Use it as a context, from one thread."""

    def __init__(self, file_seconds: float = FILE_SECONDS) -> None:
        self.file_seconds = file_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def read_file(self, path: Path, name: str) -> list[Reading]:
        """The scores in a file that a person knows as ``name``; ``UnreadableFile`` with the reason."""
        found = self.study(Question(name, path=path))
        readings = [
            Reading(each.music, each.title, each.composer, each.remarks)
            for each in found
            if isinstance(each.music, Score)
        ]
        if not readings:
            raise UnreadableFile(f"{name} is a recording; choose a file with notes.")
        return readings

    def study(self, question: Question, seconds: float | None = None) -> list[Found]:
        """Every piece that a file holds, with its facts; ``UnreadableFile`` with the reason."""
        seconds = seconds or self.file_seconds
        try:
            with self._deadline(seconds) as overdue:
                answer, parts = opened(self._ask(_line(question, seconds), question.data))
        except (EOFError, OSError, ValueError) as error:
            self._end_child()
            if overdue.is_set():
                raise UnreadableFile(
                    f"{question.name} took longer than {seconds:.0f} seconds to read; "
                    "split it into smaller files."
                ) from error
            raise UnreadableFile(
                f"{question.name} broke its reader, most likely for its size; split it into smaller files."
            ) from error
        if "error" in answer:
            raise UnreadableFile(str(answer["error"]))
        return [_found(item, parts) for item in answer["found"]]

    def interrupt(self) -> None:
        """End what is being read, from any thread; whoever waits for it is told that the reader broke."""
        if (process := self._process) is not None:
            process.kill()

    def __enter__(self) -> "BoundedReader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_child()

    def _ask(self, line: dict[str, Any], data: bytes) -> bytes:
        process = self._child()
        assert process.stdin is not None and process.stdout is not None
        send(process.stdin, message(line, [data]))
        return receive(process.stdout)

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[threading.Event]:
        """End the child after so many seconds; the event tells that it was for this."""
        overdue = threading.Event()
        self._child()  # starting it has a time of its own

        def end() -> None:
            overdue.set()
            self.interrupt()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            yield overdue
        finally:
            timer.cancel()

    def _child(self) -> subprocess.Popen[bytes]:
        """The child, started where there is none: an interpreter that has imported nothing of ours yet."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "workbench.jobs.reader_child"],
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            timer = threading.Timer(START_SECONDS, self._process.kill)
            timer.start()
            try:
                assert self._process.stdout is not None
                receive(self._process.stdout)
            except (EOFError, OSError) as error:
                self._end_child()
                raise WorkbenchError(
                    "The reader of files did not start; try again in a moment."
                ) from error
            finally:
                timer.cancel()
        return self._process

    def _end_child(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not sent is of no interest
                if pipe is not None:
                    pipe.close()
        self._process = None


def _line(question: Question, seconds: float) -> dict[str, Any]:
    path = "" if question.path is None else str(question.path)
    return {
        "name": question.name,
        "path": path,
        "corpus": question.corpus,
        "seconds": seconds,
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
    )
