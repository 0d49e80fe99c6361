"""Reading one file without keeping it: for a primer, and whatever else needs its notes only.

The spec names a file under ``sources`` (``stored``) and what a person calls it (``shown``).
"""

from base64 import b64encode
from pathlib import Path

from workbench.core.packing import pack
from workbench.core.report import Report
from workbench.jobs import QUICK, Result, Spec, job
from workbench.jobs.reader import BoundedReader
from workbench.workspace import Workspace


@job("read", lane=QUICK)
def read(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The first piece of the file: ``score`` is the packed score in base 64."""
    report.progress(0.1, "Reading the file")
    with BoundedReader() as reader:
        readings = reader.read_file(
            workspace.sources / Path(spec["stored"]).name, Path(spec["shown"]).name
        )
    return {"score": b64encode(pack(readings[0].score)).decode()}
