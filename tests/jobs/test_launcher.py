"""Workers are started when they are needed, and only then."""

import time

import pytest

from workbench.jobs import launcher
from workbench.store import open_store
from workbench.workspace import open_workspace


def living(workspace):
    with open_store(workspace) as store:
        return store.jobs.workers()


def until(condition, seconds=40.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def workspace(tmp_path):
    opened = open_workspace(tmp_path)
    yield opened
    launcher._started[(str(opened.home), "composer")][1].kill()


def test_a_worker_that_died_at_once_is_replaced_at_once(workspace):
    launcher.ensure_worker(workspace, "composer")
    first = launcher._started[(str(workspace.home), "composer")][1]
    launcher.ensure_worker(workspace, "composer")
    assert launcher._started[(str(workspace.home), "composer")][1] is first  # it is starting
    until(lambda: living(workspace))
    first.kill()
    first.wait()
    with open_store(workspace) as store:
        store.jobs.remove_worker(store.jobs.workers()[0]["id"])
    launcher.ensure_worker(workspace, "composer")
    second = launcher._started[(str(workspace.home), "composer")][1]
    assert second.pid != first.pid
    assert until(lambda: living(workspace))[0]["pid"] == second.pid
