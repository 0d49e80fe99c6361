"""Files that a page asks for: made by the composer where they take longer than a moment, and here where it has no time."""

import contextlib
import os
import signal
import time

import pytest

from workbench.core.specs import ComposeRequest
from workbench.jobs import BULK, artifacts
from workbench.services import activity, composing, exporting, files, previews
from workbench.store import open_store
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """With two tunes; the composer that is started ends with it."""
    workspace = open_workspace(tmp_path_factory.mktemp("files"))
    for seed in range(2):
        job = composing.enqueue(workspace, ComposeRequest("folk", bars=8, seed=seed))
        activity.finish(workspace, job)
    yield workspace
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker["pid"], signal.SIGTERM)


def asked(workspace, number: int):
    made = composing.all(workspace)[0][number]
    return composing.score(workspace, made.id), exporting.credits(workspace, made)


def test_a_worker_makes_what_takes_long_and_the_rest_is_there_at_once(workspace, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE", 60.0)  # a composer has yet to start, beside other tests
    score, credits = asked(workspace, 0)
    assert files.made(workspace, score, ".mid", credits)
    assert not activity.current(workspace)
    assert not artifacts.is_made(workspace, score, ".mp3", credits)
    mp3 = files.made(workspace, score, ".mp3", credits)
    (job, *_) = activity.recent(workspace)
    assert (job.kind, job.lane, job.state) == ("write-file", BULK, "done")
    assert job.result["bytes"] == len(mp3) and job.title == f"MP3 of {credits.title}"
    assert mp3 == previews.file(workspace, score, ".mp3", credits)
    files.made(workspace, score, ".mp3", credits)
    assert activity.recent(workspace)[0].id == job.id, "made once"


def test_it_is_made_here_where_the_composer_is_busy(workspace, monkeypatch):
    """It is held up, as by a long import, so that the job waits."""
    score, credits = asked(workspace, 1)
    activity.wait(workspace, activity.recent(workspace)[0].id, seconds=5)
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            os.kill(worker["pid"], signal.SIGSTOP)
    monkeypatch.setattr(files, "PATIENCE", 0.3)
    begun = time.monotonic()
    assert files.made(workspace, score, ".ogg", credits)[:4] == b"OggS"
    assert time.monotonic() - begun < 20
    assert not activity.current(workspace), "what waited is withdrawn"
    with open_store(workspace) as store:
        for worker in store.jobs.workers():
            os.kill(worker["pid"], signal.SIGCONT)
