"""Taking in a dataset file: all of its music is checked against its fingerprint before any of it is kept.

The spec names a file under ``cache`` (``stored``).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.core.portable import DatasetFile
from workbench.core.report import Report
from workbench.jobs import BULK, Result, Spec, job
from workbench.metrics.facts import facts
from workbench.workspace import Workspace

_BATCH_PIECES = 100


@job("take-dataset", lane=BULK)
def take_dataset(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Pieces that are new, then the version; the result holds its ``fingerprint``."""
    path = workspace.cache / Path(spec["stored"]).name
    report.progress(0.0, "Checking the music against its fingerprint")
    with DatasetFile(path) as file:
        version = file.version()
        batch: list[Any] = []
        for number, (piece, _, score) in enumerate(file.entries(), start=1):
            if report.should_stop():
                return {}
            batch.append((replace(piece, facts=facts(score)), score))
            if len(batch) == _BATCH_PIECES or number == file.pieces:
                report.event("pieces", {"pieces": batch})
                report.progress(number / file.pieces, f"{number:,} of {file.pieces:,} pieces")
                batch = []
        report.event("dataset", {"version": version, "parent": file.parent_fingerprint})
    path.unlink(missing_ok=True)
    return {"name": version.name, "fingerprint": version.fingerprint}
