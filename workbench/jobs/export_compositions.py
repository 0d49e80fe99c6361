"""Many compositions in one zip: files of several kinds of each, and a manifest of where they came from.

The spec holds the pieces (``score`` in base 64, ``credits``, and the manifest's ``row``), the ``kinds`` of files, the ``quality``
of sound, and how the zip under ``cache`` is called (``stored``). Where a format has no way to say a piece, the manifest says
so and the zip goes without. The same spec gives the same bytes.
"""

import csv
import io
import json
import secrets
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workbench import __version__
from workbench.core.errors import CannotEncode, WorkFailed
from workbench.core.packing import unpack
from workbench.core.provenance import Credits
from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.jobs import BULK, Result, Spec, artifacts, job
from workbench.rendering.sound import Quality
from workbench.workspace import Workspace

Row = dict[str, Any]


@job("export-compositions", lane=BULK)
def export_compositions(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The result names the file under ``cache`` and says how many files are in it; empty where somebody asked for a stop."""
    out = workspace.cache / Path(spec["stored"]).name
    partial = out.with_name(f"{secrets.token_hex(8)}.partial")
    rows: list[Row] = []
    try:
        with ZipFile(partial, "w", ZIP_DEFLATED) as archive:
            for number, piece in enumerate(spec["pieces"], start=1):
                if report.should_stop():
                    return {}
                report.progress(
                    (number - 1) / len(spec["pieces"]), f"{number} of {len(spec['pieces'])}"
                )
                rows.append(piece["row"] | {"files": [], "left_out": {}})
                stem = f"{number:0{len(str(len(spec['pieces'])))}} {_plain(piece['row']['title'])}"
                for name, data in _files(workspace, piece, spec, rows[-1]):
                    _add(archive, f"{stem}.{name}", data)
                    rows[-1]["files"].append(f"{stem}.{name}")
            _add(archive, "manifest.json", _manifest(rows))
            _add(archive, "manifest.csv", _sheet(rows))
        partial.replace(out)
    except OSError as error:
        raise WorkFailed(
            f"The zip could not be written ({error}); free some space on the disk and try again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return {"stored": out.name, "files": sum(len(row["files"]) for row in rows)}


def _files(workspace: Workspace, piece: Row, spec: Spec, row: Row) -> Iterator[tuple[str, bytes]]:
    """Kind and content of each file of a piece; why others are not there is put into its row."""
    score = unpack(b64decode(piece["score"]))
    credits, quality = from_json(Credits, piece["credits"]), from_json(Quality, spec["quality"])
    for kind in spec["kinds"]:
        try:
            yield kind, artifacts.file(workspace, score, f".{kind}", credits, quality)
        except CannotEncode as error:
            row["left_out"][kind] = str(error)


def _manifest(rows: list[Row]) -> bytes:
    content = {"made_with": f"Music Workbench {__version__}", "pieces": rows}
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _sheet(rows: list[Row]) -> bytes:
    """The manifest as a table, without what does not fit into a cell. A title that a spreadsheet would reckon with is quoted."""
    columns = [
        "title",
        "files",
        "model",
        "model_sha256",
        "seed",
        "licences",
        "created",
        "id",
        "statement",
    ]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        cells = row | {name: "; ".join(row[name]) for name in ("files", "licences")}
        writer.writerow([_cell(str(cells[name])) for name in columns])
    return text.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _add(archive: ZipFile, name: str, data: bytes) -> None:
    """Without a time, so that the same content gives the same bytes."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def _plain(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in " -" else "_" for sign in title)
    return kept.strip()[:60] or "music"
