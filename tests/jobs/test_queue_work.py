"""Real jobs in real processes: done once, resumed after a kill, stopped in between."""

import os
import signal
import subprocess
import time

import pytest

from workbench.jobs import launcher
from workbench.services import activity, importing, library
from workbench.store import open_store
from workbench.workspace import open_workspace


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(tmp_path)


def until(condition, seconds=40.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def started(workspace, kind):
    return launcher.start_worker(workspace, kind)


def end(process: subprocess.Popen) -> None:
    process.kill()
    process.wait()


def test_a_detached_composer_loads_a_collection(workspace):
    job = importing.load_corpus(workspace, "ryans-mammoth", limit=12)
    process = started(workspace, "composer")
    try:
        done = until(
            lambda: activity.job(workspace, job).has_ended and activity.job(workspace, job)
        )
    finally:
        end(process)
    assert done.state == "done", done.message
    _, total = library.search(workspace)
    assert total == 12
    again = importing.load_corpus(workspace, "ryans-mammoth", limit=12)
    assert activity.finish(workspace, again).state == "done"
    assert library.search(workspace)[1] == 12


@pytest.mark.long
def test_a_killed_import_goes_on_where_it_was(workspace):
    job = importing.load_corpus(workspace, "ryans-mammoth", limit=400)
    process = started(workspace, "composer")
    until(lambda: library.search(workspace)[1] > 0)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    before = library.search(workspace)[1]
    assert 0 < before < 400
    assert [each.is_interrupted for each in importing.imports(workspace)] == [True]
    done = activity.finish(workspace, job)
    assert done.state == "done"
    assert done.attempt == 2
    report = importing.report(workspace, job)
    assert len(report) == 400
    outcomes = [row.outcome for row in report]
    assert outcomes.count("imported") == library.search(workspace)[1] >= before


def test_a_running_import_stops_and_keeps_what_it_has(workspace):
    job = importing.load_corpus(workspace, "oneills-1850")
    process = started(workspace, "composer")
    try:
        until(lambda: library.search(workspace)[1] > 0)
        asked = time.monotonic()
        activity.stop(workspace, job)
        until(lambda: activity.job(workspace, job).state == "stopped")
        assert time.monotonic() - asked < 5
    finally:
        end(process)
    assert 0 < library.search(workspace)[1] < 2009


def test_two_composers_cannot_serve_one_workspace(workspace):
    first = started(workspace, "composer")
    try:

        def signed_on():
            with open_store(workspace) as store:
                return store.jobs.workers()

        until(signed_on)
        second = started(workspace, "composer")
        assert second.wait(timeout=20) == 0
        assert first.poll() is None
    finally:
        end(first)
