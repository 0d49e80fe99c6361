"""What one composition has from the pieces that its model learned from, as a job."""

from typing import Any

from workbench.core.packing import read_scores, unpack
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.jobs import QUICK, Result, Spec, job
from workbench.jobs.bench import read
from workbench.jobs.bench_music import Training, borrowed_by
from workbench.metrics.human_baseline import FEWEST_PIECES, human_baseline
from workbench.metrics.melodies import melodies
from workbench.metrics.originality import index_melodies
from workbench.workspace import Workspace


@job("originality", lane=QUICK)
def originality(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Look the score in the file ``score`` up among those in ``music``, whose families are in ``families``; all in the cache.

    The result's ``borrowed`` is a :class:`workbench.core.bench.Borrowed` as JSON; None where nothing tells what people borrow.
    """
    report.progress(0.1, "Reading the training pieces")
    families: dict[str, int] = read(workspace.cache / spec["families"])
    found = [(name, melodies(score)) for name, score in read_scores(workspace.cache / spec["music"])]  # fmt: skip
    labels = [families[name] for name, _ in found]
    result: dict[str, Any] = {"pieces": len(found), "borrowed": None, "usual": None}
    if len(set(labels)) < FEWEST_PIECES:
        return result
    report.progress(0.5, "Looking what people borrow")
    index = index_melodies([tunes for _, tunes in found], labels)
    training = Training([name for name, _ in found], index, human_baseline(index))
    assert training.baseline is not None
    score = unpack((workspace.cache / spec["score"]).read_bytes())
    result["borrowed"] = to_json(borrowed_by(score, training, None))
    result["usual"] = list(training.baseline.usual("longest passage"))
    return result
