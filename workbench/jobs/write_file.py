"""One file of a piece that takes longer than a moment to make, such as its MP3: kept in the cache, where whoever asked finds it.

The spec holds the piece (``score`` in base 64, ``credits``), the ``suffix`` of the file and the ``quality`` of sound.
"""

from base64 import b64decode

from workbench.core.packing import unpack
from workbench.core.provenance import Credits
from workbench.core.records import from_json
from workbench.core.report import Report
from workbench.jobs import BULK, Result, Spec, artifacts, job
from workbench.rendering.sound import Quality
from workbench.workspace import Workspace


@job("write-file", lane=BULK)
def write_file(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """The result says how many ``bytes`` there are."""
    report.progress(0.1, "Writing")
    score = unpack(b64decode(spec["score"]))
    credits, quality = from_json(Credits, spec["credits"]), from_json(Quality, spec["quality"])
    return {"bytes": len(artifacts.file(workspace, score, spec["suffix"], credits, quality))}
