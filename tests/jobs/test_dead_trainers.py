"""A trainer that was killed is found at once, and one that lives is never taken for dead: with real processes."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from made_runs import add_dataset, add_run

from workbench.cli import main
from workbench.core.errors import InvalidSetting
from workbench.core.runs import INTERRUPTED
from workbench.jobs import launcher
from workbench.services import activity, training
from workbench.store import leases, open_store
from workbench.store.jobs import LeaseLost
from workbench.workspace import open_workspace

# What a trainer does, without TensorFlow: it signs on, takes what comes first, keeps its lease, and tells of its progress.
# One process has all that is needed in memory; what it forks for a workspace takes no time to start.
HOLDS = """
import os, signal, sys, time
from workbench.jobs.home import HomeReport
from workbench.jobs.registration import Registration
from workbench.store import open_store
from workbench.workspace import open_workspace
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    if os.fork():
        continue
    workspace = open_workspace(line.strip())
    told = 0
    try:
        with Registration(workspace, "trainer") as registration, open_store(workspace) as store:
            job = store.jobs.claim("train", registration.worker)
            with HomeReport(workspace, job) as report:
                told = os.getpid()
                print(told, flush=True)
                while True:
                    report.progress(0.1, "by the one that sleeps")
                    time.sleep(0.05)
    finally:
        if not told:
            print(told, flush=True)
        os._exit(1)
"""
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="told from the silence alone")


@pytest.fixture
def workspace(tmp_path):
    opened = open_workspace(tmp_path)
    with open_store(opened) as store:
        tunes = add_dataset(store)
        for name in ("one", "two"):
            add_run(store, tunes, run=name, state="waiting")
    return opened


@pytest.fixture(scope="module")
def begetter():
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def trainer(workspace, begetter):
    """A process that holds the run ``one``: its number."""
    begetter.stdin.write(f"{workspace.home}\n")
    begetter.stdin.flush()
    pid = int(begetter.stdout.readline())
    assert pid, "it could not begin"
    yield pid
    with contextlib.suppress(ProcessLookupError):
        kill(pid)


@pytest.fixture
def run(workspace, capsys):
    def call(*words, status=0):
        assert main([*words, "--workspace", str(workspace.home), "--json"]) == status
        captured = capsys.readouterr()
        return captured.err if status else json.loads(captured.out)

    return call


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    ended(pid)


def ended(pid: int) -> None:
    end = time.monotonic() + 20
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(pid, 0)
            time.sleep(0.01)
        raise AssertionError("it still lives")


def hold_up(workspace, pid: int) -> None:
    """Stop it between two of its transactions; within one it would hold up everybody."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        db = sqlite3.connect(workspace.database, timeout=0.1)
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(db):
            db.execute("BEGIN IMMEDIATE")
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.01)


def states(rows) -> dict[str, str]:
    return {row["id"]: row["state"] for row in rows}


def change(workspace, sql: str) -> None:
    with open_store(workspace) as store:
        store.db.execute(sql)


def silent(workspace) -> None:
    """As if nothing had been heard of for long."""
    change(workspace, "UPDATE jobs SET lease_until = 1 WHERE lease_until IS NOT NULL")
    change(workspace, "UPDATE workers SET heartbeat = 1")


def elsewhere(workspace) -> None:
    """As if the trainer were in another container."""
    for table in ("jobs", "workers"):
        change(workspace, f"UPDATE {table} SET process = 'other/' || process WHERE process != ''")


def test_the_listing_says_at_once_that_a_trainer_was_killed_and_it_can_be_gone_on_with(
    workspace, trainer, run
):
    assert states(run("runs", "list")) == {"one": "running", "two": "waiting"}
    assert "is running" in run("runs", "resume", "one", status=1)
    kill(trainer)
    assert states(run("runs", "list")) == {"one": INTERRUPTED, "two": "waiting"}
    assert states(run("runs", "list", "--state", INTERRUPTED)) == {"one": INTERRUPTED}
    assert not run("runs", "list", "--state", "running")
    assert states(run("runs", "queue")["queue"]) == {"one": INTERRUPTED, "two": "waiting"}
    shown = run("runs", "show", "one")
    assert (shown["state"], shown["message"]) == (INTERRUPTED, leases.INTERRUPTED)
    assert [each["kind"] for each in shown["checkpoints"]] == []
    training.resume(workspace, "one")
    with open_store(workspace) as store:
        assert store.jobs.pending(["train"])
        taken = store.jobs.claim("train", "another", job=store.runs.job("one"))
        assert (taken.attempt, taken.message, store.runs.get("one").state) == (2, "", "running")


def test_stopping_ends_a_run_whose_trainer_is_dead_and_says_so(workspace, trainer, run):
    kill(trainer)
    said = run("runs", "stop", "one")
    assert said == {"stopped": "one", "message": leases.INTERRUPTED}
    for_the_other = launcher._started[(str(workspace.home), "trainer")][1]
    for_the_other.kill()
    for_the_other.wait()
    ended = training.get(workspace, "one")
    assert ended.state == "stopped" and ended.ended and ended.epoch == 0
    training.resume(workspace, "one")
    assert training.get(workspace, "one").state == "waiting"


def test_a_run_that_was_to_stop_when_its_trainer_was_killed_has_stopped(workspace, trainer, run):
    assert run("runs", "stop", "one") == {"stopping": "one"}
    kill(trainer)
    assert training.watch(workspace, "one").run.state == "stopped"


def test_what_killed_its_trainers_too_often_has_failed(workspace, trainer):
    change(workspace, f"UPDATE jobs SET attempt = {leases.MAX_ATTEMPTS} WHERE state = 'running'")
    kill(trainer)
    failed = training.get(workspace, "one")
    assert (failed.state, failed.message) == ("failed", leases.ATTEMPTS_SPENT)


def test_another_trainer_is_started_at_once_and_the_queue_goes_on(workspace, trainer):
    kill(trainer)
    launcher.ensure_worker(workspace, "trainer")
    second = launcher._started[(str(workspace.home), "trainer")][1]
    second.kill()
    second.wait()
    with open_store(workspace) as store:
        assert store.jobs.register_worker("new", "trainer", 1, alone_for=8.0)
        assert store.jobs.claim("train", "new").id == store.runs.job("one")
        assert store.jobs.claim("train", "new").id == store.runs.job("two")


def test_a_trainer_that_is_stopped_lives_however_long_it_is_silent(workspace, trainer, run):
    hold_up(workspace, trainer)
    silent(workspace)
    assert states(run("runs", "list"))["one"] == "running"
    with open_store(workspace) as store:
        one = store.runs.job("one")
        assert store.jobs.claim("train", "other", job=one) is None
        assert not store.jobs.register_worker("other", "trainer", 1, alone_for=8.0)
        store.jobs.request_stop(store.runs.job("two"))
        assert not store.jobs.pending(["train"]), "there is nothing to start a trainer for"
    launcher.ensure_worker(workspace, "trainer")
    assert (str(workspace.home), "trainer") not in launcher._started
    assert run("runs", "stop", "one") == {"stopping": "one"}
    os.kill(trainer, signal.SIGCONT)
    end = time.monotonic() + 10
    while time.monotonic() < end and activity.job(workspace, one).text == "":
        time.sleep(0.05)
    with open_store(workspace) as store:
        assert store.jobs.get(one).attempt == 1


def test_two_choices_of_a_sweep_never_run_side_by_side_however_silent_the_one_is(
    workspace, request
):
    with open_store(workspace) as store:
        asked = [
            store.jobs.add("sweep", "train", {"sweep": "s"}, title="Choosing") for _ in range(2)
        ]
        others = [store.runs.job(name) for name in ("one", "two")]
        with store.db.atomic():
            store.jobs.set_order([*asked, *others])
        hold_up(workspace, request.getfixturevalue("trainer"))
        silent(workspace)
        assert store.jobs.get(asked[0]).state == "running"
        assert store.jobs.claim("train", "other").id == others[0]


def test_who_has_the_number_of_a_dead_trainer_is_not_that_trainer(workspace, trainer):
    """The trainer here is the stranger: it began at another time than the one that is written down."""
    for table in ("jobs", "workers"):
        change(workspace, f"UPDATE {table} SET process = process || '1' WHERE process != ''")
    assert training.get(workspace, "one").state == INTERRUPTED
    with open_store(workspace) as store:
        assert store.jobs.living_workers("trainer", 8.0) == []


@pytest.mark.long
def test_a_trainer_elsewhere_is_told_by_its_silence_and_wakes_up_to_nothing(workspace, trainer):
    elsewhere(workspace)
    assert training.get(workspace, "one").state == "running"
    change(workspace, "UPDATE jobs SET lease_until = 1 WHERE state = 'running'")
    assert training.get(workspace, "one").state == "running", "it is heard of within a moment"
    hold_up(workspace, trainer)
    silent(workspace)
    assert training.get(workspace, "one").state == INTERRUPTED
    with open_store(workspace) as store:
        taken = store.jobs.claim("train", "another", job=store.runs.job("one"))
        store.jobs.report_progress(taken, 0.5, "by the one that is awake")
        os.kill(trainer, signal.SIGCONT)
        ended(trainer)  # it lost its lease
        assert store.jobs.get(taken.id).text == "by the one that is awake"
        store.jobs.renew(taken)


def test_of_all_who_notice_at_once_one_interrupts_it(workspace, trainer):
    kill(trainer)
    counted: list[int] = []
    ready = threading.Barrier(8)

    def look() -> None:
        with open_store(workspace) as store:
            ready.wait()
            counted.append(store.jobs.interrupt_dead())

    at_once(look)
    assert sorted(counted) == [0] * 7 + [1]


def test_of_two_who_resume_at_once_one_queues_it(workspace):
    training.stop(workspace, "one")
    ready = threading.Barrier(8)
    refused: list[str] = []

    def go_on() -> None:
        ready.wait()
        try:
            training.resume(workspace, "one")
        except InvalidSetting as error:
            refused.append(str(error))

    at_once(go_on)
    assert len(refused) == 7 and "is waiting" in refused[0]
    with open_store(workspace) as store:
        assert len(store.jobs.queued("train")) == 2


def at_once(do) -> None:
    threads = [threading.Thread(target=do) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_was_broken_off_in_a_process_that_lives_on_is_let_go(workspace):
    """As by Ctrl+C in a notebook."""
    from workbench.jobs.home import HomeReport

    with open_store(workspace) as store:
        mine = store.jobs.claim("train", "notebook")
        with pytest.raises(KeyboardInterrupt), HomeReport(workspace, mine):
            raise KeyboardInterrupt
        assert training.get(workspace, "one").state == INTERRUPTED
        assert training.get(workspace, "one").message == leases.LET_GO
        with pytest.raises(LeaseLost):
            store.jobs.renew(mine)
