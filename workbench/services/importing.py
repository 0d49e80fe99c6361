"""Bringing music in: public collections, files, folders, archives, and the report of what came of them."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from workbench import formats
from workbench.core.errors import InvalidSetting, UnreadableFile
from workbench.corpora import CORPORA, Corpus
from workbench.services import activity
from workbench.store import open_store
from workbench.store.imports import OUTCOMES, ImportedFile
from workbench.store.jobs import Job
from workbench.workspace import Workspace

MAX_ARCHIVE_FILES = 20_000
MAX_ARCHIVE_BYTES = 1_000_000_000  # unpacked

Source = tuple[str, bytes]
"""The name a person knows a file by, and its content."""


def corpora() -> list[Corpus]:
    """The public collections that can be loaded."""
    return list(CORPORA)


def load_corpus(workspace: Workspace, name: str, *, limit: int | None = None) -> str:
    """Queue the reading of a collection, or of its first ``limit`` pieces; the job's id.

    Members that are in the library already are not read again.
    """
    corpus = CORPORA.get(name)
    if limit is not None and limit < 1:
        raise InvalidSetting(f"The limit is {limit}; ask for one piece at least.")
    members = corpus.members()[:limit]
    with open_store(workspace) as store:
        known = store.pieces.sources(corpus.name)
    skip = [member for member in members if f"{corpus.name}:{member}" in known]
    spec = {"corpus": corpus.name, "members": members, "skip": skip}
    return activity.enqueue(workspace, "load-corpus", spec, title=f"Loading {corpus.title}")


def import_files(
    workspace: Workspace, sources: Iterable[Source], *, collection: str = "my music"
) -> str:
    """Store files and queue their reading; the job's id. Zip archives are opened.

    Raises
    ------
    UnreadableFile
        Where there is nothing to import, or an archive is damaged or too large.
    """
    stored: list[list[str]] = []
    for name, content in sources:
        for shown, data in _unpacked(name, content):
            stored.append([store_file(workspace, shown, data), shown])
    if not stored:
        raise UnreadableFile("There is no file to import; choose MIDI, MusicXML or ABC files.")
    spec = {"files": _distinct(stored), "collection": collection.strip() or "my music"}
    return activity.enqueue(workspace, "import-files", spec, title=f"Importing {len(stored)} files")


def store_file(workspace: Workspace, name: str, content: bytes) -> str:
    """Keep a file under its checksum; the name it lies under in ``sources``."""
    path = workspace.sources / f"{hashlib.sha256(content).hexdigest()}{_suffix(name)}"
    if not path.exists():
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(content)
        partial.replace(path)
    return path.name


def import_paths(
    workspace: Workspace, paths: Sequence[Path], *, collection: str | None = None
) -> str:
    """Like :func:`import_files`, for files and folders on this machine."""
    files: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink()]
            known = (*formats.suffixes(), ".zip")
            files += [(str(p.relative_to(path)), p) for p in inside if p.suffix.lower() in known]
        elif path.is_file():
            files.append((path.name, path))
        else:
            raise UnreadableFile(f"There is no file or folder {path}; check the path.")
    name = collection or (paths[0].stem if len(paths) == 1 else "my music")
    sources = ((shown, _content(path)) for shown, path in files)
    return import_files(workspace, sources, collection=name)


def _content(path: Path) -> bytes:
    """A file's bytes, cut where the reader will refuse it for its size anyway."""
    limit = MAX_ARCHIVE_BYTES if path.suffix.lower() == ".zip" else formats.MAX_BYTES
    with path.open("rb") as file:
        return file.read(limit + 1)


def _unpacked(name: str, content: bytes) -> Iterable[Source]:
    """The file itself, or the files of interest in a zip archive. Nothing is ever extracted to disk by
    the name it has in the archive, so paths that climb out of a folder lead nowhere."""
    if Path(name).suffix.lower() != ".zip":
        yield name, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [
                info
                for info in archive.infolist()
                if not info.is_dir() and _suffix(info.filename) in formats.suffixes()
            ]
            size = sum(info.file_size for info in inside)
            if len(inside) > MAX_ARCHIVE_FILES or size > MAX_ARCHIVE_BYTES:
                raise UnreadableFile(
                    f"{name} holds {len(inside):,} files of {size / 1e6:,.0f} MB in all, more than "
                    "the workbench takes at once; split the archive."
                )
            for info in inside:
                with archive.open(info) as file:
                    yield info.filename, file.read(formats.MAX_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UnreadableFile(
            f"{name} cannot be opened as a zip archive ({error}); pack it again without a password."
        ) from error


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 10 else ""


def _distinct(files: list[list[str]]) -> list[list[str]]:
    """Files with names that differ, for the report: a second ``a.mid`` becomes ``a.mid (2)``."""
    seen: dict[str, int] = {}
    result = []
    for stored, shown in files:
        seen[shown] = seen.get(shown, 0) + 1
        result.append([stored, shown if seen[shown] == 1 else f"{shown} ({seen[shown]})"])
    return result


def report(
    workspace: Workspace, job: str, *, outcomes: Sequence[str] = OUTCOMES, kind: str | None = None,
    limit: int = -1,
) -> list[ImportedFile]:  # fmt: skip
    """What became of each file, refusals first; only some outcomes, or one kind of reason, if asked."""
    with open_store(workspace) as store:
        return store.imports.report(job, outcomes=outcomes, kind=kind, limit=limit)


def counts(workspace: Workspace, job: str) -> dict[str, int]:
    """How many files of an import had which outcome."""
    with open_store(workspace) as store:
        return store.imports.counts(job)


def reasons(workspace: Workspace, job: str) -> list[dict[str, Any]]:
    """``outcome``, ``kind`` of reason and number of ``files``, the commonest first."""
    with open_store(workspace) as store:
        return store.imports.reasons(job)


def last_import(workspace: Workspace) -> Job | None:
    """The newest loading or import, running or over."""
    with open_store(workspace) as store:
        return store.jobs.latest(("load-corpus", "import-files"))
