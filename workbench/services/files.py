"""Files of music for a page, made by a worker where they take longer than a moment: the page stays quick meanwhile."""

from base64 import b64encode
from dataclasses import asdict

from workbench.core.errors import WorkbenchError
from workbench.core.packing import pack
from workbench.core.provenance import Credits
from workbench.core.score import Score
from workbench.jobs import artifacts
from workbench.services import activity, previews
from workbench.services.previews import CD, NOBODY, Quality
from workbench.workspace import Workspace

PATIENCE, LONGEST = 3.0, 600.0
"""Seconds until a worker has begun, and until it is done."""


def made(
    workspace: Workspace, score: Score, suffix: str, credits: Credits = NOBODY, quality: Quality = CD
) -> bytes:  # fmt: skip
    """The content of a file of the score, like :func:`previews.file`, made by the composer.

    Waits for it, so it is to be called where waiting keeps nobody. Where the composer is busy with something long or there is none,
    it is made here.
    """
    if not artifacts.is_made(workspace, score, suffix, credits, quality):
        _have_made(workspace, score, suffix, credits, quality)
    return previews.file(workspace, score, suffix, credits, quality)


def _have_made(
    workspace: Workspace, score: Score, suffix: str, credits: Credits, quality: Quality
) -> None:
    spec = {
        "score": b64encode(pack(score)).decode(), "suffix": suffix,
        "credits": asdict(credits), "quality": asdict(quality),
    }  # fmt: skip
    kind = suffix.lstrip(".").upper()
    title = f"{kind} of {credits.title}" if credits.title else f"A {kind} file"
    job = activity.enqueue(workspace, "write-file", spec, title=title)
    try:
        activity.launch(workspace, job)
        if activity.wait(workspace, job, seconds=PATIENCE).state != "waiting":
            activity.wait(workspace, job, seconds=LONGEST)
    except WorkbenchError:  # no worker can be started
        pass
    activity.stop(workspace, job)  # where it still waits, or takes too long
