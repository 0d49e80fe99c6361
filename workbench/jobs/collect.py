"""Bringing music in: files, and public collections. Batch by batch, and resumable.

The spec names what is to be read (``files``: path and shown name; or ``corpus`` and ``members``) and, when the job is
resumed, what is dealt with already (``skip``).
"""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.piece import UNKNOWN_LICENCE, Licence, Piece, Reading
from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.core.score import Score, fingerprint, tune_fingerprint
from workbench.corpora import CORPORA
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.reader import BoundedReader
from workbench.metrics.facts import facts
from workbench.workspace import Workspace

_BATCH_SECONDS = 1.0
_BATCH_FILES = 50


@job("import-files", lane=BULK)
def import_files(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Read files that were put under ``sources``; ``files`` is a list of [stored name, shown name]."""
    licence = from_json(Licence, spec["licence"]) if "licence" in spec else UNKNOWN_LICENCE

    def read(reader: BoundedReader, item: list[str]) -> list[tuple[Piece, Score, tuple[str, ...]]]:
        stored, shown = item
        path = workspace.sources / Path(stored).name
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        readings = reader.read_file(path, Path(shown).name)
        origin = {"collection": spec["collection"], "licence": licence, "checksum": checksum}
        name = Path(shown).stem
        return [
            _piece(reading, title=reading.title or name, source=shown, **origin)
            for reading in readings
        ]

    return _collect(spec, [(item[1], item) for item in spec["files"]], read, report)


@job("load-corpus", lane=BULK)
def load_corpus(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Read members of a collection that an installed package holds."""
    corpus = CORPORA.get(spec["corpus"])

    def read(reader: BoundedReader, member: str) -> list[tuple[Piece, Score, tuple[str, ...]]]:
        readings = reader.read_member(corpus.name, member)
        source = f"{corpus.name}:{member}"
        return [
            _piece(
                reading, title=reading.title or member, source=source, checksum="",
                collection=corpus.name, licence=corpus.licence,
            )
            for reading in readings
        ]  # fmt: skip

    return _collect(spec, [(member, member) for member in spec["members"]], read, report)


def _piece(
    reading: Reading, *, title: str, source: str, checksum: str, collection: str, licence: Licence
) -> tuple[Piece, Score, tuple[str, ...]]:
    piece = Piece(
        id=fingerprint(reading.score)[:16],
        title=title[:200],
        composer=reading.composer[:200],
        collection=collection,
        source=source,
        checksum=checksum,
        licence=licence,
        tune=tune_fingerprint(reading.score),
        facts=facts(reading.score),
    )
    return piece, reading.score, reading.remarks


def _collect(spec: Spec, items: list[tuple[str, Any]], read: Any, report: Report) -> Result:
    """Read every item that is not dealt with yet; report them in batches."""
    done = set(spec.get("skip", ()))
    waiting = [(name, item) for name, item in items if name not in done]
    started = time.monotonic()
    with BoundedReader() as reader:
        for batch in _batches(waiting, lambda item: read(reader, item), report):
            report.event("imported", {"files": batch})
            done.update(file["name"] for file in batch)
            fresh = len(done) - (len(items) - len(waiting))
            speed = fresh / (time.monotonic() - started)
            left = (len(items) - len(done)) / speed
            report.progress(
                len(done) / len(items),
                f"{len(done)} of {len(items)} files, {speed:.0f} a second, {left:.0f} s left",
            )
    return {"files": len(items)}


def _batches(
    items: list[tuple[str, Any]], read: Any, report: Report
) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    since = time.monotonic()
    for name, item in items:
        if report.should_stop():
            break
        try:
            pieces = read(item)
            remarks = " ".join(dict.fromkeys(remark for *_, found in pieces for remark in found))
            batch.append({"name": name, "pieces": pieces, "reason": remarks})
        except WorkbenchError as error:
            batch.append({"name": name, "pieces": [], "reason": str(error)})
        if len(batch) >= _BATCH_FILES or time.monotonic() - since >= _BATCH_SECONDS:
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch
