"""Taking files in: each is read by a pool of bounded readers, and what came of it goes home in batches.

A file that the library has already, by its checksum, is not read again. Recordings are kept under ``sources`` by their
checksum; of scores only the notes are kept, for an upload lies there as it came.
"""

import contextlib
import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType

from workbench import formats
from workbench.core.errors import UnreadableFile, WorkbenchError
from workbench.core.piece import Licence, Piece
from workbench.core.provenance import TAG
from workbench.core.report import Report
from workbench.core.score import Score, fingerprint
from workbench.formats import audio
from workbench.jobs import outcomes
from workbench.jobs.outcomes import Brought
from workbench.jobs.reader import FILE_SECONDS, RECORDING_SECONDS, Found, Question
from workbench.jobs.reader_pool import Answer, ReaderPool
from workbench.sources import Item
from workbench.store.imports import ImportedFile
from workbench.workspace import Workspace

BATCH_SECONDS = 1.0
BATCH_FILES = 100
BATCH_NOTES = 500_000  # 10 MB


@dataclass(frozen=True)
class Origin:
    """What is known of files before they are read."""

    collection: str
    licence: Licence
    corpus: str = ""
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Title and composer by file name, where the source has a table of them."""


@dataclass(frozen=True)
class _Waiting:
    """A file that is being read."""

    name: str
    origin: Origin
    checksum: str = ""
    kept: Path | None = None
    """Where a recording lies under ``sources``."""


class _NoMusic(Exception):
    """A file among others that is none of ours."""


class Intake:
    """One import under way. Use it as a context; what is still being read at its end is waited for."""

    def __init__(
        self, workspace: Workspace, report: Report, *, total: int, skip: Iterable[str] = ()
    ) -> None:
        self.workspace = workspace
        self.report = report
        self.readable = set(formats.readable_suffixes())
        self._done = set(skip)
        self._named: dict[str, int] = {}
        self._batch: list[Brought] = []
        self._notes = 0
        self._sent = time.monotonic()
        self._pace = _Pace(report, total)
        self._pool = ReaderPool()

    def member(self, name: str, origin: Origin) -> None:
        """Read a member of an installed collection."""
        if name not in self._done:
            self._pool.put(_Waiting(name, origin), Question(name, corpus=origin.corpus))
            self._take_answers()
        else:
            self._pace.passed()

    def file(self, item: Item, origin: Origin, *, is_chosen: bool = False) -> None:
        """Read a file. One that somebody chose by name is read whatever its name says it is."""
        name = self._distinct(item.name)
        if name in self._done:
            self._pace.passed()
        elif not is_chosen and _is_of_a_system(item.name):
            self._settle(outcomes.hidden(name))
        else:
            is_expected = is_chosen or bool(origin.corpus) or item.suffix in self.readable
            self._ask(name, item, origin, is_expected=is_expected)
            self._take_answers()

    def refuse(self, name: str, sentence: str) -> None:
        """Note something that cannot be read at all."""
        name = self._distinct(name)
        if name not in self._done:
            self._settle(outcomes.refused(name, sentence))

    def _ask(self, name: str, item: Item, origin: Origin, *, is_expected: bool) -> None:
        """Hand a file out. One that is not expected to be music must look like it from within."""
        shown = name if origin.corpus else PurePosixPath(item.name).name
        try:
            data, kept, checksum = self._content(item, is_expected=is_expected)
        except _NoMusic:
            self._settle(outcomes.left_out(name, item.suffix))
            return
        except UnreadableFile as error:
            self._settle(outcomes.refused(name, str(error)))
            return
        if self.report.known([checksum]):
            self._settle(outcomes.duplicate(name, outcomes.SAME_FILE))
            return
        seconds = RECORDING_SECONDS if kept else FILE_SECONDS
        question = Question(shown, data, kept, corpus=origin.corpus)
        self._pool.put(_Waiting(name, origin, checksum, kept), question, seconds)

    def _content(self, item: Item, *, is_expected: bool) -> tuple[bytes, Path | None, str]:
        """The bytes of a score; or where a recording was put; and the checksum. In one go: a tar cannot turn back."""
        with contextlib.closing(item.chunks(audio.MAX_BYTES)) as chunks:
            data = next(chunks, b"")
            if not is_expected and not _looks_like_music(data):
                raise _NoMusic
            if formats.is_audio(data, item.name):
                path, checksum = self._keep(item, data, chunks)
                return b"", path, checksum
            for chunk in chunks:
                data += chunk
                _check_size(item, len(data), formats.MAX_BYTES)
        _check_size(item, len(data), formats.MAX_BYTES)
        return data, None, hashlib.sha256(data).hexdigest()

    def _keep(self, item: Item, first: bytes, rest: Iterable[bytes]) -> tuple[Path, str]:
        """Put a recording under ``sources``; its path and checksum."""
        partial = self.workspace.sources / f"{secrets.token_hex(8)}.partial"
        digest, size = hashlib.sha256(), 0
        try:
            with partial.open("wb") as file:
                for chunk in itertools.chain([first], rest):
                    digest.update(chunk)
                    size += file.write(chunk)
                    _check_size(item, size, audio.MAX_BYTES)
                file.flush()
                os.fsync(file.fileno())
            checksum = digest.hexdigest()
            is_telling = item.suffix in audio.SUFFIXES
            suffix = item.suffix if is_telling else audio.suffix_by(first)
            return partial.replace(self.workspace.sources / (checksum + suffix)), checksum
        finally:
            partial.unlink(missing_ok=True)

    # --- answers ---

    def _take_answers(self) -> None:
        """Take what is ready; where too much is under way, wait for some of it, or for a stop."""
        self._take_ready()
        while self._pool.is_full and not self.report.should_stop():
            self._take_ready(wait=True)
        self._send_if_due()

    def _send_if_due(self) -> None:
        if time.monotonic() - self._sent > BATCH_SECONDS:
            self._send()

    def _take_ready(self, *, wait: bool = False) -> None:
        for waiting, answer in self._pool.ready(wait=wait):
            self._answer(waiting, answer)

    def _answer(self, waiting: _Waiting, answer: Answer) -> None:
        if isinstance(answer, list):
            pieces = [
                (_piece(found, waiting, place), found.music, _remarks(found), found.sketch)
                for place, found in enumerate(answer)
            ]
            remarks = " ".join(dict.fromkeys(each for found in answer for each in _remarks(found)))
            self._add(Brought(waiting.name, pieces, remarks))
        else:
            if waiting.kept is not None:
                waiting.kept.unlink(missing_ok=True)
            self._settle(outcomes.refused(waiting.name, str(answer)))

    def _settle(self, outcome: ImportedFile) -> None:
        self._add(Brought(outcome.name, outcome=outcome))

    def _add(self, brought: Brought) -> None:
        self._done.add(brought.name)
        self._batch.append(brought)
        notes = sum(len(music.notes) for _, music, *_ in brought.pieces if isinstance(music, Score))
        self._notes += notes
        if len(self._batch) >= BATCH_FILES or self._notes >= BATCH_NOTES:
            self._send()

    def _send(self) -> None:
        """Bring a batch home: one transaction."""
        if self._batch:
            self.report.event("imported", {"files": self._batch})
            self._pace.dealt_with(len(self._batch))
        self._batch, self._notes, self._sent = [], 0, time.monotonic()

    def _distinct(self, name: str) -> str:
        """Files with names that differ, for the report: a second ``a.mid`` becomes ``a.mid (2)``."""
        count = self._named[name] = self._named.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"

    def __enter__(self) -> "Intake":
        self._pool.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            while error is None and self._pool.under_way and not self.report.should_stop():
                self._take_ready(wait=True)
                self._send_if_due()
            if error is None or isinstance(error, WorkbenchError):
                self._send()
        finally:
            self._pool.__exit__(kind, error, trace)


def _piece(found: Found, waiting: _Waiting, place: int) -> Piece:
    """What the library is to know of one piece of a file, the ``place``-th, counted from 0."""
    origin, name = waiting.origin, waiting.name
    file = PurePosixPath(name)
    title, composer = origin.titles.get(file.name, (found.title, found.composer))
    if isinstance(found.music, Score):
        kind, identity = "score", fingerprint(found.music)
    else:
        kind, identity = "recording", found.music.fingerprint
    untitled = file.stem if place == 0 else f"{file.stem} {place + 1}"
    return Piece(
        id=identity[:16],
        title=(title or untitled)[:200],
        composer=composer[:200],
        collection=origin.collection,
        source=f"{origin.corpus}:{name}" if origin.corpus else name,
        checksum=waiting.checksum,
        licence=origin.licence,
        tune=found.tune,
        facts=found.facts,
        tags=dict([TAG]) if found.statement else {},
        kind=kind,
    )


def _remarks(found: Found) -> tuple[str, ...]:
    """What is worth saying of a piece; its statement that a model made it comes first."""
    return (found.statement, *found.remarks) if found.statement else found.remarks


def _is_of_a_system(name: str) -> bool:
    """Whether a file is one that a system hides: ``.DS_Store``, and what macOS puts beside each file in a zip."""
    parts = PurePosixPath(name).parts
    return "__MACOSX" in parts or any(part.startswith(".") and part != ".." for part in parts)


def _looks_like_music(beginning: bytes) -> bool:
    return formats.is_audio(beginning, "") or any(
        each.recognises(beginning) for each in formats.FORMATS
    )


def _check_size(item: Item, size: int, limit: int) -> None:
    if size > limit:
        raise UnreadableFile(
            f"{item.name} has {max(size, item.size) / 1e6:,.0f} MB, more than the {limit / 1e6:,.0f} MB "
            "the workbench takes; split it or choose a smaller file."
        )


class _Pace:
    """How far an import is, how fast it goes, and how long it will take."""

    def __init__(self, report: Report, total: int) -> None:
        self.report = report
        self.total = total
        self.done = 0
        self.fresh = 0
        self.started = time.monotonic()

    def passed(self) -> None:
        """Count a file that an earlier attempt has dealt with."""
        self.done += 1

    def dealt_with(self, files: int) -> None:
        """Count files that were read now, and tell."""
        self.done += files
        self.fresh += files
        total = max(self.total, self.done)
        speed = self.fresh / max(1e-3, time.monotonic() - self.started)
        left = rough_time((total - self.done) / speed)
        words = f"{self.done:,} of {total:,} files, {speed:,.0f} a second, {left} left"
        self.report.progress(self.done / total, words)


def rough_time(seconds: float) -> str:
    """A time to come, as exact as it can be known: "40 s", "12 min", "3 h"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
