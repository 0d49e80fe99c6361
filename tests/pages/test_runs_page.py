"""The Runs page: the table, what is ticked, one run, and the queue."""

import json
import os
import subprocess
import sys

import pytest
from app_pages import everything, open_page, press
from made_runs import add_dataset, add_run
from untrained import MELODY_VAE, keep_untrained

from workbench.core.samples import SAMPLES_FOLDER, Sample, packed_sample, sample_file
from workbench.core.score import TICKS_PER_QUARTER, clip
from workbench.corpora import CORPORA
from workbench.jobs.registration import Registration
from workbench.services import (
    activity,
    comparing,
    datasets,
    fine_tuning,
    run_bundles,
    training,
)
from workbench.store import open_store
from workbench.store.leases import INTERRUPTED
from workbench.store.run_query import RunQuery
from workbench.workspace import open_workspace


@pytest.fixture
def runs(workspace):
    """Thirty runs: six configurations of five seeds."""
    with open_store(workspace) as store:
        tunes = add_dataset(store)
        for number in range(30):
            settings = {"units": 32 * (1 + number // 5)}
            add_run(store, tunes, run=f"lstm-{number:02d}", seed=number % 5, settings=settings, held_out=1 + number / 100)  # fmt: skip
    return workspace


def table(app):
    assert not app.exception, app.exception
    assert not app.error, app.error
    return app.dataframe[0].value


def tick(app, rows, sort="Newest first", together=False):
    view = json.dumps([vars(RunQuery()), sort, together])
    state = {"selection": {"rows": rows, "columns": [], "cells": []}}
    app.session_state[f"runs.{view}.0.table"] = state
    return app.run()


def test_runs_are_shown_a_page_at_a_time_in_the_order_that_is_asked_for(runs):
    app = open_page("runs")
    assert len(table(app)) == 25
    assert "30 runs" in everything(app)
    app.selectbox(key="runs.sort").set_value("Best held-out").run()
    assert list(table(app)["Held-out"][:2]) == [1.0, 1.01]
    app.text_input(key="runs.words").set_value("lstm-29").run()
    assert list(table(app)["Run"]) == ["LSTM on tunes@1 (lstm-29)"]
    app.text_input(key="runs.words").set_value("nothing of the kind").run()
    assert "No run matches" in app.info[0].value


def test_seeds_together_and_settings_that_differ(runs):
    app = open_page("runs")
    app.toggle(key="runs.together").set_value(True).run()
    shown = table(app)
    assert list(shown["Seeds"]) == [5] * 6
    assert shown["±"].gt(0).all()
    app.segmented_control(key="runs.columns").set_value("Settings that differ").run()
    assert list(table(app).columns) == ["Run", "Held-out", "Units"]


def test_ticked_runs_are_compared_tagged_and_archived(runs):
    app = tick(open_page("runs"), [0, 7])
    assert len(app.get("plotly_chart")) == 1
    assert list(app.dataframe[1].value.loc["Units"]) == ["192", "160"]
    assert "Energy is an estimate" in everything(app)
    box = app.selectbox(key="runs.word")
    box.options.append("best")  # it takes new words, which the tester of pages cannot type
    app = box.set_value("best").run()
    app = press(app, "Tag")
    assert training.get(runs, "lstm-29").tags == ("best",)
    app = press(app, "Archive")
    assert "28 runs" in everything(app)
    assert training.get(runs, "lstm-22").archived


def test_one_run_is_annotated_on_its_own_page(runs):
    app = open_page("runs", run="lstm-03")
    app.text_area(key="runs.care.lstm-03.note").set_value("less dropout").run()
    app.toggle(key="runs.care.lstm-03.pinned").set_value(True).run()
    kept = training.get(runs, "lstm-03")
    assert (kept.note, kept.pinned) == ("less dropout", True)
    app.button[0].click().run()  # back to all runs
    assert table(app)["Run"][0] == "★ LSTM on tunes@1 (lstm-03)"


def test_watts_are_kept(runs):
    app = open_page("runs")
    app.number_input(key="runs.watts").set_value(6.0).run()
    assert comparing.watts(runs) == 6.0
    assert table(app)["Energy (Wh)"][0] == pytest.approx(30 * 6 / 3600)


def test_the_queue_is_put_in_another_order(runs):
    with open_store(runs) as store:
        tunes = store.datasets.get("tunes")
        for run in ("first", "second"):
            add_run(store, tunes, run=run, state="waiting")
    app = open_page("runs")
    assert "0 trainings under way, 2 waiting" in app.expander[0].label
    job = training.job(runs, "second")
    app.button(key=f"runs.queue.up.{job}").click().run()
    assert not app.exception
    assert [each.spec["run"] for each in activity.training_queue(runs)] == ["second", "first"]


DIES = """
import os, signal, sys
from workbench.store import open_store
from workbench.workspace import open_workspace
with open_store(open_workspace(sys.argv[1])) as store:
    store.jobs.claim("train", "trainer")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="there the silence tells, after 20 seconds")
def test_a_run_whose_trainer_was_killed_says_so_and_can_be_stopped(runs):
    with open_store(runs) as store:
        add_run(store, store.datasets.get("tunes"), run="killed", state="waiting")
    app = open_page("runs", run="killed")
    assert not app.exception
    subprocess.run([sys.executable, "-c", DIES, str(runs.home)], check=False)
    app.run()
    assert "interrupted" in everything(app)
    assert "What was saved is usable" in app.warning[0].value
    assert app.button(key="runs.resume").label == "Go on training"
    listed = open_page("runs")
    assert list(listed.dataframe[0].value["State"][:1]) == ["interrupted"]
    listed.selectbox(key="runs.state").set_value("interrupted").run()
    assert len(listed.dataframe[0].value) == 1
    app.button(key="runs.stop").click().run()
    assert not app.exception
    stopped = training.get(runs, "killed")
    assert (stopped.state, stopped.message) == ("stopped", INTERRUPTED)
    assert "What was saved is usable" in app.info[0].value


def test_what_a_run_composed_on_its_way_is_heard_beside_its_losses(runs):
    folder = runs.runs / "lstm-07"
    (folder / SAMPLES_FOLDER).mkdir(parents=True)
    corpus = CORPORA.get("ryans-mammoth")
    for epoch, member in enumerate(corpus.members()[:3]):
        score = clip(corpus.read(member).score, 0, 8 * TICKS_PER_QUARTER)
        sample = Sample(epoch, 0, score, 2.5 - epoch if epoch else None)
        sample_file(folder, epoch).write_bytes(packed_sample(sample))
    sample_file(folder, 1).write_bytes(b"cut off")
    app = open_page("runs", run="lstm-07")
    assert not app.exception, app.exception
    row = next(
        json.loads(e.proto.json) for e in app.get("bidi_component") if "cards" in e.proto.json
    )
    assert row["chosen"] == "2"
    assert [(card["title"], card["words"]) for card in row["cards"]] == [
        ("Before it learned", "with untrained weights"),
        ("After 2 epochs", "validation loss 0.500"),
    ]
    assert all(card["svg"].startswith("<svg") for card in row["cards"])
    assert "Hear it learn" not in everything(open_page("runs", run="lstm-08"))


def test_a_run_that_went_on_from_another_says_what_it_forgot(runs):
    figures = {"nats_per_quarter": 2.0, "pieces": 9}
    measured = {
        "complete": False,
        "old": {"dataset": "tunes@1", "before": figures, "after": figures | {"nats_per_quarter": 2.5}},
        "new": {"dataset": "airs@1", "before": figures, "after": figures | {"nats_per_quarter": 1.25}},
    }  # fmt: skip
    evaluation = {"learned": 900, "forgetting": measured}
    with open_store(runs) as store, store.db.atomic():
        store.runs.set_result("lstm-07", parameters=32_000, versions={}, machine={}, evaluation=evaluation)  # fmt: skip
    app = open_page("runs", run="lstm-07")
    assert not app.exception, app.exception
    told = app.table[0].value
    assert list(told["Change"]) == ["-0.750", "+0.500"]
    words = everything(app)
    assert "900 numbers were trained; the network has 32,000" in words
    assert "it may know some of these pieces" in words


def test_new_pieces_of_the_dataset_are_offered_to_a_network(full_workspace):
    run = training.runs(full_workspace)[0]  # an n-gram: it has no weights to go on from
    datasets.change(full_workspace, "tunes@1", without=datasets.get(full_workspace, "tunes@1").pieces[:1])  # fmt: skip
    assert fine_tuning.growth(full_workspace, "tunes@1") is None
    back = datasets.get(full_workspace, "tunes@1").pieces[:1]
    datasets.change(full_workspace, "tunes@2", add=back)
    assert fine_tuning.growth(full_workspace, "tunes@2").pieces == 1
    assert "added since" not in everything(open_page("runs", run=run.id))


@pytest.mark.long
def test_a_run_from_elsewhere_is_brought_in_and_opened(full_workspace, tmp_path, monkeypatch):
    run = training.runs(full_workspace)[0].id
    bundle = run_bundles.exported(full_workspace, run)
    workspace = open_workspace(tmp_path / "other")
    monkeypatch.setenv("WORKBENCH_HOME", str(workspace.home))
    app = open_page("runs")
    app.session_state["runs.bring"] = True
    app.run()
    app.file_uploader(key="runs.bundle").set_value(("run.zip", bundle, "application/zip")).run()
    with Registration(workspace, "composer"):  # so that nobody else is called for
        app.button(key="runs.take").click().run()
    activity.finish(workspace, activity.current(workspace)[0].id)
    app = app.run()
    assert not app.exception, app.exception
    assert "brought in" in everything(app)
    assert [each.id for each in training.runs(workspace)] == [run]
    assert run in everything(app)
    table(open_page("runs"))


@pytest.mark.long
def test_a_run_is_given_out_in_its_forms_and_has_its_command_for_tensorboard(full_workspace):
    """What counts comes as a bundle; a network in every form, of which one is made first."""
    (ngram,) = [run.id for run in training.runs(full_workspace)]
    app = unfolded_run(ngram)
    assert [each.label for each in app.get("download_button")][:1] == ["Bundle"]
    assert not app.code
    with open_store(full_workspace) as store:
        network = add_run(store, store.datasets.get("tunes"), run="melody-vae-000001")
    keep_untrained(full_workspace.runs / network, MELODY_VAE)
    (full_workspace.runs / network / "tensorboard").mkdir()
    app = unfolded_run(network)
    shown = [each.label for each in app.get("download_button")]
    assert shown[:3] == ["Bundle", "ONNX", "Keras"]
    assert [each for each in app.button if each.label == "Make SavedModel"]
    assert (
        f"tensorboard --logdir {full_workspace.runs / network / 'tensorboard'}" in app.code[0].value
    )


def unfolded_run(run):
    app = open_page("runs", run=run)
    app.session_state["runs.export"] = True
    app.run()
    assert not app.exception, app.exception
    assert not app.error, app.error
    return app
