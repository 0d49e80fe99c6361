"""Facts computed anew for pieces whose facts are of an older version; a person's tags are not touched.

Batches are kept as they are done and carry the new version, so that a job that begins again goes on where it was.
"""

from workbench.core.recording import Recording
from workbench.core.report import Report
from workbench.jobs import BULK, Result, Spec, job
from workbench.metrics.facts import FACTS_VERSION, facts, recording_facts
from workbench.workspace import Workspace

_BATCH_PIECES = 200


@job("recompute-facts", lane=BULK)
def recompute_facts(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Bring the facts of all pieces to ``FACTS_VERSION``; ``pieces`` in the spec is how many there are to do."""
    done, last = 0, ""
    while not report.should_stop():
        batch = report.outdated(FACTS_VERSION, last, _BATCH_PIECES)
        if not batch:
            break
        found = {
            piece: recording_facts(music) if isinstance(music, Recording) else facts(music)
            for piece, music in batch
        }
        report.event("facts", {"facts": found})
        done, last = done + len(batch), batch[-1][0]
        report.progress(done / max(done, spec["pieces"]), f"{done:,} pieces")
    return {"pieces": done}
