"""Listening to somebody who sings or hums: from a sound file to the notes of one voice.

The spec names a file under ``cache`` (``stored``) and what a person calls it (``shown``). Of the voice nothing is kept but its
notes: the file is thrown away, however the job ends.
"""

from pathlib import Path

from workbench.core.report import Report
from workbench.jobs import QUICK, Result, Spec, job
from workbench.jobs.reader import BoundedReader
from workbench.workspace import Workspace


@job("hum", lane=QUICK)
def hum(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """``notes`` are rows of on and off in seconds and a MIDI number."""
    path = workspace.cache / Path(spec["stored"]).name
    report.progress(0.1, "Listening")
    try:
        with BoundedReader() as reader:
            heard = reader.listen(path, Path(spec["shown"]).name)
    finally:
        path.unlink(missing_ok=True)
    return {"notes": [[note.on, note.off, note.pitch] for note in heard]}
