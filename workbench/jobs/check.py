"""Looking into a file for signs that a model made it.

The spec names a file under ``cache`` (``stored``), which is thrown away, and what a person calls it (``shown``).
"""

from pathlib import Path

from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.jobs import QUICK, Result, Spec, job
from workbench.jobs.reader import BoundedReader
from workbench.workspace import Workspace


@job("check", lane=QUICK)
def check(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The result holds what was ``checked``."""
    report.progress(0.1, "Looking into the file")
    path = workspace.cache / Path(spec["stored"]).name
    try:
        with BoundedReader() as reader:
            return {"checked": to_json(reader.check(path, Path(spec["shown"]).name))}
    finally:
        path.unlink(missing_ok=True)
