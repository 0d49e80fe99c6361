"""Runs: moments thinned where they lie, and kept models that come and go."""

import time

import pytest

from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.store import open_store
from workbench.workspace import open_workspace

RUN = "lstm-1"


@pytest.fixture
def store(tmp_path):
    with open_store(open_workspace(tmp_path)) as opened:
        opened.db.execute("PRAGMA foreign_keys=OFF")  # there is no dataset
        spec = TrainingSpec("d@1", TokenizerSpec("melody-steps"), ModelSpec("lstm"))
        job = opened.jobs.add("train", "train", {}, title="")
        opened.runs.add(RUN, spec, job=job, dataset_fingerprint="")
        yield opened


def test_a_hundred_thousand_moments_are_thinned_at_once(store):
    with store.db.atomic():
        store.db.conn.executemany(
            "INSERT INTO steps VALUES (?, ?, ?)",
            (
                (RUN, step, f'{{"step": {step}, "loss": 2.5, "epoch": 0.1}}')
                for step in range(7, 100_007)
            ),
        )
    began = time.perf_counter()
    found = [each["step"] for each in store.runs.steps(RUN, 1000)]
    assert time.perf_counter() - began < 0.5  # some 10 ms on a machine that does nothing else
    assert 1000 <= len(found) <= 1012
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (7, 100_006)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_moments_are_all_there(store, count):
    for step in range(1, count + 1):
        store.runs.add_step(RUN, 10 * step, {"step": 10 * step})
    assert [each["step"] for each in store.runs.steps(RUN, 1000)] == [
        10 * n for n in range(1, count + 1)
    ]


def test_an_epoch_without_a_validation_is_no_best_one(store):
    store.runs.add_epoch(RUN, EpochMetrics(1, 2.0, None, None, 0.1, 10.0, 1.0))
    assert store.runs.get(RUN).best_loss is None
    store.runs.add_epoch(RUN, EpochMetrics(2, 2.0, 1.5, 0.5, 0.1, 10.0, 1.0, 0.4, 3.0, 1.9, 800.0))
    assert store.runs.get(RUN).best_loss == 1.5
    assert [each.valid_loss for each in store.runs.epochs(RUN)] == [None, 1.5]
    assert store.runs.epochs(RUN)[1].memory_mb == 800.0


def test_kept_models_stand_in_order_and_go(store):
    for kind, epoch in (("epoch 10", 10), ("last", 12), ("epoch 4", 4), ("best", 7)):
        loss = None if kind == "last" else 1.0
        store.runs.add_checkpoint(Checkpoint(RUN, kind, epoch, loss, f"runs/{RUN}/x"))
    store.runs.remove_checkpoint(RUN, "epoch 4")
    assert [each.kind for each in store.runs.checkpoints(RUN)] == ["best", "last", "epoch 10"]
