"""Runs as rows: what is listed, summed up, thinned, and said of them."""

import json

import pytest
from made_runs import add_dataset, add_run
from sqlite_utils import Database

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.records import to_json
from workbench.core.runs import EpochMetrics
from workbench.store import open_store
from workbench.store.migrations import migrations
from workbench.store.run_query import RunQuery
from workbench.workspace import open_workspace


@pytest.fixture
def store(tmp_path):
    with open_store(open_workspace(tmp_path)) as opened:
        yield opened


def ids(groups):
    return [[run.id for run in group] for group in groups]


def test_runs_are_sorted_with_those_without_the_figure_last_and_pinned_ones_first(store):
    dataset = add_dataset(store)
    for run, held_out in (("a", 1.5), ("b", None), ("c", 1.2), ("d", 1.9)):
        add_run(store, dataset, run=run, held_out=held_out)
    assert ids(store.runs.page(RunQuery(), sort="held-out")) == [["c"], ["a"], ["d"], ["b"]]
    assert ids(store.runs.page(RunQuery(), sort="held-out", reverse=True))[-1] == ["b"]
    store.runs.annotate("b", pinned=True)
    assert ids(store.runs.page(RunQuery(), sort="held-out", limit=2)) == [["b"], ["c"]]
    assert ids(store.runs.page(RunQuery(), sort="held-out", limit=2, offset=2)) == [["a"], ["d"]]
    assert store.runs.matching(RunQuery()) == 4
    with pytest.raises(InvalidSetting, match="choose one of"):
        store.runs.page(RunQuery(), sort="id; DROP TABLE runs")


def test_runs_are_filtered_by_words_state_tag_and_archive(store):
    tunes, hymns = add_dataset(store), add_dataset(store, "hymns")
    add_run(store, tunes, run="a")
    add_run(store, hymns, run="b", state="stopped")
    add_run(store, tunes, run="c", state="waiting")
    store.runs.annotate("a", tags=["best", "für Élise"], note="50% less dropout")

    def found(**conditions):
        return sorted(run for (run,) in ids(store.runs.page(RunQuery(**conditions))))

    assert found(words="HYMNS") == ["b"]
    assert found(words="50% less") == found(tag="für Élise") == ["a"]
    assert found(words="50_") == found(tag="be") == []
    assert found(state="waiting") == ["c"]
    assert found(dataset="tunes@1", state="done") == ["a"]
    store.runs.annotate("a", archived=True)
    assert found() == ["b", "c"]
    assert found(archived=True) == ["a", "b", "c"]
    assert store.runs.facets()["tag"] == ["best", "für Élise"]
    with pytest.raises(UnknownName):
        store.runs.annotate("z", note="x")


def test_runs_that_differ_in_their_seed_alone_make_one_group(store):
    tunes, hymns = add_dataset(store), add_dataset(store, "hymns")
    for seed in (0, 1):
        add_run(store, tunes, run=f"small-{seed}", seed=seed)
    add_run(store, tunes, run="large", settings={"units": 64})
    add_run(store, hymns, run="other")
    groups = ids(store.runs.page(RunQuery(), together=True, sort="begun"))
    assert groups == [["other"], ["large"], ["small-1", "small-0"]]
    assert store.runs.matching(RunQuery(), together=True) == 3


def test_a_run_carries_the_sums_over_its_epochs_also_when_one_is_trained_again(store):
    add_run(store, add_dataset(store), run="a", losses=(2.0, 1.5, 1.6))
    run = store.runs.get("a")
    assert (run.epoch, run.best_loss, run.seconds) == (3, 1.5, 7.5)
    store.runs.add_epoch("a", EpochMetrics(2, 1.4, 1.7, 0.6, 1e-3, 15e3, 4.0))
    run = store.runs.get("a")
    assert (run.epoch, run.best_loss, run.seconds) == (3, 1.6, 9.0)


def test_curves_are_thinned_with_their_ends(store):
    dataset = add_dataset(store)
    add_run(store, dataset, run="long", losses=[3 - 0.01 * n for n in range(100)])
    add_run(store, dataset, run="short", losses=(2.0, 1.0))
    add_run(store, dataset, run="none", state="waiting")
    curves = store.runs.curves(["short", "long", "none"], 10)
    assert curves["short"] == [(1, 2.0), (2, 1.0)]
    assert curves["none"] == []
    assert len(curves["long"]) <= 11
    assert (curves["long"][0][0], curves["long"][-1][0]) == (1, 100)


def test_runs_of_an_earlier_step_keep_their_figures(tmp_path):
    workspace = open_workspace(tmp_path)
    old = Database(workspace.database)
    migrations.apply(old, stop_before="m014_comparing_runs")
    spec = {
        "dataset": "d@1", "tokenizer": {"name": "melody-steps"}, "model": {"architecture": "lstm"}, "training": {"seed": 1},
    }  # fmt: skip
    test = {"test": {"nats_per_quarter": 1.4}, "baseline": {"nats_per_quarter": 1.9}}
    with old.conn:
        old.execute("INSERT INTO jobs (id, kind, lane, spec, title, state, created) VALUES ('j', 'train', 'train', '{}', '', 'done', '')")  # fmt: skip
        old.execute("INSERT INTO datasets (id, name, version, query, ratios, seed, fingerprint, created) VALUES ('d@1', 'd', 1, '', '[]', 0, 'f', '')")  # fmt: skip
        for run, seed in (("a", 1), ("b", 2)):
            spec["training"]["seed"] = seed
            old.execute(
                """INSERT INTO runs (id, spec, job, dataset, dataset_fingerprint, evaluation, created)
                    VALUES (?, ?, 'j', 'd@1', 'f', ?, '')""",
                [run, json.dumps(spec), json.dumps(test)],
            )
        old.execute("INSERT INTO epochs VALUES ('a', 1, 2, 2.5, 0.5, 0.1, 9, 3), ('a', 2, 1, 1.5, 0.5, 0.1, 9, 4)")  # fmt: skip
    old.close()
    with open_store(workspace) as store:
        ((a, b),) = store.runs.page(RunQuery(), together=True, sort="held-out")
    runs = {run.id: run for run in (a, b)}
    assert (runs["a"].epoch, runs["a"].best_loss, runs["a"].seconds) == (2, 1.5, 7.0)
    assert (runs["b"].epoch, runs["b"].best_loss, runs["b"].seconds) == (0, None, 0.0)
    assert runs["a"].cpu_seconds is None
    assert runs["a"].held_out("baseline") == 1.9


def test_a_run_of_an_earlier_step_stands_with_those_of_its_settings(tmp_path):
    """Stored before some of today's settings were, it is the same configuration as one that leaves them at their defaults."""
    workspace = open_workspace(tmp_path)
    with open_store(workspace) as store:
        dataset = add_dataset(store)
        add_run(store, dataset, run="new", seed=2)
        spec = to_json(store.runs.get("new").spec)
    known = ("epochs", "learning_rate", "batch_size", "window", "seed", "patience", "weight_decay", "clip_norm", "mixed_precision")  # fmt: skip
    spec["training"] = {name: spec["training"][name] for name in known} | {"seed": 1}
    other = open_workspace(tmp_path / "old")
    old = Database(other.database)
    migrations.apply(old, stop_before="m014_comparing_runs")
    with old.conn:
        old.execute("INSERT INTO jobs (id, kind, lane, spec, title, state, created) VALUES ('j', 'train', 'train', '{}', '', 'done', '')")  # fmt: skip
        old.execute("INSERT INTO datasets (id, name, version, query, ratios, seed, fingerprint, created) VALUES ('tunes@1', 'tunes', 1, '', '[]', 0, ?, '')", [dataset.fingerprint])  # fmt: skip
        old.execute(
            """INSERT INTO runs (id, spec, job, dataset, dataset_fingerprint, evaluation, created)
                VALUES ('old', ?, 'j', 'tunes@1', ?, '{}', '')""",
            [json.dumps(spec), dataset.fingerprint],
        )
    old.close()
    with open_store(other) as store:
        add_run(store, dataset, run="new", seed=2)
        assert ids(store.runs.page(RunQuery(), together=True)) == [["new", "old"]]
