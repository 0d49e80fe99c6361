"""A lane outlives whatever befalls the writing down of a job's end, and two may write one file."""

import threading
import time

import pytest

from workbench.core.files import write_whole
from workbench.core.specs import ComposeRequest
from workbench.jobs import worker
from workbench.jobs.composer import compose_until_idle
from workbench.jobs.home import HomeReport
from workbench.jobs.trainer import train_until_done
from workbench.services import composing
from workbench.store import DatabaseError, open_store
from workbench.store.jobs import Jobs
from workbench.workspace import open_workspace


def test_a_lane_goes_on_after_the_end_of_a_job_could_not_be_written(tmp_path, monkeypatch):
    workspace = open_workspace(tmp_path)
    first, second = (
        composing.enqueue(workspace, ComposeRequest("folk", bars=2, seed=seed)) for seed in (1, 2)
    )
    finish, failed = HomeReport.finish, []

    def locked(report, *args, **kwargs):
        if len(failed) < 2:  # that it is done, and then that it failed
            failed.append(report)
            raise DatabaseError("database is locked")
        return finish(report, *args, **kwargs)

    monkeypatch.setattr(HomeReport, "finish", locked)
    ended = threading.Event()

    def busy() -> None:
        with open_store(workspace) as store:
            if any(store.jobs.get(each).state == "done" for each in (first, second)):
                ended.set()

    gives_up = threading.Timer(60, ended.set)
    gives_up.start()
    worker.serve_lane(workspace, "quick", worker.new_worker_id(), ended, busy)
    gives_up.cancel()
    with open_store(workspace) as store:
        assert failed and "done" in [store.jobs.get(each).state for each in (first, second)]


@pytest.mark.parametrize("serve", [compose_until_idle, train_until_done])
def test_a_worker_outlives_a_disk_that_is_full_for_a_moment(tmp_path, monkeypatch, serve):
    """It goes on, and still goes home when there is nothing to do."""
    workspace = open_workspace(tmp_path)
    beat, beats = Jobs.beat, []

    def full(jobs, *args, **kwargs):
        beats.append(time.monotonic())
        if len(beats) == 2:
            raise DatabaseError("database or disk is full")
        return beat(jobs, *args, **kwargs)

    monkeypatch.setattr(Jobs, "beat", full)
    monkeypatch.setattr("os.nice", lambda _: 0)
    serving = threading.Thread(target=serve, args=(workspace, 2.5), daemon=True)
    serving.start()
    serving.join(timeout=20)
    assert not serving.is_alive()
    assert len(beats) > 2


def test_threads_may_write_one_file_at_once(tmp_path):
    path, failed = tmp_path / "file", []
    contents = [bytes([number]) * 300_000 for number in range(4)]

    def write(content: bytes) -> None:
        try:
            for _ in range(30):
                write_whole(path, content)
                if path.read_bytes() not in contents:
                    failed.append("torn")
        except OSError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=write, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert list(tmp_path.iterdir()) == [path]
