import threading

import pytest

from workbench.store import jobs as queue
from workbench.store import open_store
from workbench.store.jobs import LeaseLost
from workbench.workspace import open_workspace


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(tmp_path)


@pytest.fixture
def store(workspace):
    with open_store(workspace) as opened:
        yield opened


def test_a_job_is_claimed_by_exactly_one_of_many_workers(workspace, store):
    for number in range(20):
        store.jobs.add("train", "train", {"n": number}, title="x")
    claimed: list[int] = []

    def work(name: str) -> None:
        with open_store(workspace) as mine:
            while job := mine.jobs.claim("train", name):
                claimed.append(job.spec["n"])

    threads = [threading.Thread(target=work, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(20))


def test_the_oldest_job_of_the_lane_comes_first(store):
    first = store.jobs.add("compose", "quick", {}, title="x")
    store.jobs.add("compose", "quick", {}, title="y")
    store.jobs.add("train", "train", {}, title="z")
    assert store.jobs.claim("quick", "w").id == first
    assert store.jobs.claim("bulk", "w") is None


def test_a_stale_lease_is_claimed_again_and_its_first_holder_can_change_nothing(store, monkeypatch):
    job = store.jobs.add("train", "train", {}, title="x")
    monkeypatch.setattr(queue, "LEASE_SECONDS", -1.0)  # a lease that is over as it begins
    slept = store.jobs.claim("train", "slept")
    monkeypatch.setattr(queue, "LEASE_SECONDS", 20.0)
    awake = store.jobs.claim("train", "awake")
    assert (awake.id, awake.attempt) == (job, 2)
    with pytest.raises(LeaseLost):
        store.jobs.report_progress(slept, 0.5, "half")
    with pytest.raises(LeaseLost), store.jobs.held(slept):
        store.jobs.finish(slept, "done")
    assert store.jobs.get(job).state == "running"
    store.jobs.report_progress(awake, 0.25, "a quarter")
    assert store.jobs.get(job).progress == 0.25


def test_what_fails_inside_a_lease_is_undone(store):
    job = store.jobs.add("train", "train", {}, title="x")
    mine = store.jobs.claim("train", "w")
    with pytest.raises(RuntimeError), store.jobs.held(mine):
        store.jobs.finish(mine, "done")
        raise RuntimeError
    assert store.jobs.get(job).state == "running"


def test_a_job_that_kills_its_workers_ends_with_a_sentence(store, monkeypatch):
    job = store.jobs.add("train", "train", {}, title="x")
    monkeypatch.setattr(queue, "LEASE_SECONDS", -1.0)
    for attempt in range(queue.MAX_ATTEMPTS):
        assert store.jobs.claim("train", f"w{attempt}").id == job
    assert store.jobs.claim("train", "one more") is None
    ended = store.jobs.get(job)
    assert ended.state == "failed"
    assert "smaller settings" in ended.message


def test_stopping_a_waiting_job_ends_it_and_a_running_one_is_asked(store):
    waiting = store.jobs.add("train", "train", {}, title="x")
    store.jobs.request_stop(waiting)
    assert store.jobs.get(waiting).state == "stopped"
    running = store.jobs.add("train", "train", {}, title="x")
    mine = store.jobs.claim("train", "w")
    assert store.jobs.renew(mine) is False
    store.jobs.request_stop(running)
    assert store.jobs.renew(mine) is True


def test_only_one_worker_of_a_kind_signs_on_until_it_is_silent(store):
    assert store.jobs.register_worker("a", "trainer", 1, alone_for=60)
    assert not store.jobs.register_worker("b", "trainer", 2, alone_for=60)
    assert store.jobs.register_worker("c", "composer", 3, alone_for=60)
    assert store.jobs.register_worker("b", "trainer", 2, alone_for=-1)
    assert not store.jobs.beat("a")


def test_waiting_jobs_come_in_the_order_they_were_put_in_and_later_ones_after_them(store):
    first, second, third = (store.jobs.add("train", "train", {}, title=name) for name in "abc")
    store.jobs.set_order([third, first, second])
    fourth = store.jobs.add("train", "train", {}, title="d")
    assert [job.id for job in store.jobs.queued("train")] == [third, first, second, fourth]
    claimed = [store.jobs.claim("train", "w").id for _ in range(4)]
    assert claimed == [third, first, second, fourth]


def test_what_a_dead_worker_left_comes_before_what_waits(store, monkeypatch):
    left = store.jobs.add("train", "train", {}, title="x")
    waiting = store.jobs.add("train", "train", {}, title="y")
    monkeypatch.setattr(queue, "LEASE_SECONDS", -1.0)
    store.jobs.claim("train", "dead")
    store.jobs.set_order([waiting])
    assert store.jobs.claim("train", "alive").id == left


def test_a_job_says_what_asked_for_it(tmp_path):
    with open_store(open_workspace(tmp_path, asker="page")) as store:
        assert store.jobs.get(store.jobs.add("train", "train", {}, title="x")).asked_by == "page"


def test_so_many_workers_of_a_kind_sign_on(store):
    signed = [
        store.jobs.register_worker(name, "trainer", 1, alone_for=60, most=2) for name in "abc"
    ]
    assert signed == [True, True, False]
