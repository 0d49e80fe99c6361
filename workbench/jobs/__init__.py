"""The queue's work: what kinds of jobs there are, who does them, and where their events go.

What a job does is a pure function ``run(spec, workspace, report) -> result``: JSON in, JSON out, events through
``report``. It reads and writes files of the workspace and knows no database, so that the same function
can run on another machine, with ``report`` bringing its events home.

Lanes
-----
``quick``
    Composing and short analyses. One thread of the composer.
``bulk``
    Reading files and collections, scoring held-out music. Another thread of the composer, so that nobody
    waits for a composition while a thousand tunes are read.
``train``
    Training. A process of its own, the trainer, that ends when nothing is left to train.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.core.registry import Registry
from workbench.core.report import Report
from workbench.workspace import Workspace

Spec = dict[str, Any]
Result = dict[str, Any]
Run = Callable[[Spec, Workspace, Report], Result]

QUICK, BULK, TRAIN = "quick", "bulk", "train"
LANES = {"composer": (QUICK, BULK), "trainer": (TRAIN,)}


@dataclass(frozen=True)
class JobKind:
    """A kind of job, the lane it waits in, and the function that does it."""

    name: str
    lane: str
    run: Run


JOBS: Registry[JobKind] = Registry("job", "workbench.jobs")


def job(name: str, *, lane: str) -> Callable[[Run], Run]:
    """Register the decorated function as what a kind of job does."""

    def register(run: Run) -> Run:
        JOBS.register(name, JobKind(name, lane, run))
        return run

    return register
