"""Sweeps over real music: trials one after another, the same again, kills at every seam, budgets, failures, hopeless trials."""

import os
import shutil
import signal
import time

import pytest
from workspaces import copied

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.sweeps import ENDED_EARLY, Budget, SweepSpec, Vary
from workbench.jobs import launcher
from workbench.jobs.home import HomeReport
from workbench.services import activity, comparing, datasets, sweeps, training
from workbench.store import open_store
from workbench.store.run_query import RunQuery
from workbench.store.sweeps import Sweeps
from workbench.studies import study
from workbench.workspace import open_workspace

ORDERS = Vary("order", 1.0, 4.0, is_whole=True)
PLACES = Vary("use_position", choices=(True, False))


@pytest.fixture(scope="module")
def tunes(loaded, tmp_path_factory):
    """A workspace with a small dataset, to be copied."""
    workspace = copied(loaded, tmp_path_factory.mktemp("tunes") / "home")
    datasets.create(workspace, "tunes", query="jig", split="60/20/20")
    return workspace


@pytest.fixture
def workspace(tunes, tmp_path):
    return copied(tunes, tmp_path / "home")


def counting(seed=0, sampler="tpe", vary=(ORDERS, PLACES), **more):
    base = TrainingSpec("tunes", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    return SweepSpec(base, vary, sampler, seed, **more)


def network(*vary, epochs=2, seed=0):
    model = ModelSpec("lstm", {"units": 16, "layers": 1})
    settings = TrainingSettings(
        epochs=epochs, batch_size=8, window=32, learning_rate=0.01, patience=0, samples="never"
    )
    return SweepSpec(TrainingSpec("tunes", TokenizerSpec("melody-steps"), model, settings), vary, "random", seed)  # fmt: skip


def finished(workspace, sweep):
    """The sweep once nothing waits or runs for it."""
    while job := sweeps.next_job(workspace, sweep):
        activity.finish(workspace, job)
    return sweeps.get(workspace, sweep)


def step(workspace, sweep, times=1):
    """Do so many of the sweep's jobs; the sweep then."""
    for _ in range(times):
        activity.finish(workspace, sweeps.next_job(workspace, sweep))
    return sweeps.get(workspace, sweep)


def settings(sweep):
    return [trial.settings for trial in sweep.trials]


@pytest.fixture(scope="module")
def whole(tunes, tmp_path_factory):
    """A sweep that nothing interrupts."""
    workspace = copied(tunes, tmp_path_factory.mktemp("whole") / "home")
    return workspace, finished(workspace, sweeps.start(workspace, counting(seed=5), Budget(trials=5)))  # fmt: skip


def test_trials_are_ordinary_runs_that_share_their_music(whole):
    workspace, found = whole
    assert (found.state, found.message) == ("done", "")
    assert [trial.number for trial in found.trials] == [0, 1, 2, 3, 4]
    assert len({str(each) for each in settings(found)}) == 5
    music = set()
    for trial in found.trials:
        run = training.get(workspace, trial.run)
        assert (run.state, run.asked_by) == ("done", "sweep")
        assert run.spec.model.settings == trial.settings
        assert run.spec == sweeps.settings_of(found, trial)
        assert run.best_loss == trial.best_loss
        assert run.held_out() > 0
        assert sweeps.of_run(workspace, trial.run) == (found.id, trial.number)
        music.add((workspace.runs / trial.run / "dataset.zip").stat().st_ino)
    assert len(music) == 1
    assert set(found.importance) == {"order", "use_position"}
    assert sum(found.importance.values()) == pytest.approx(1.0)
    assert found.best.best_loss == min(trial.best_loss for trial in found.trials)
    lines, total = comparing.page(workspace, RunQuery(words=found.id.rpartition("-")[2]))
    assert {line["id"] for line in lines} == {trial.run for trial in found.trials}
    assert total == 5


def test_the_same_seed_asks_for_the_same_settings_and_another_for_others(whole, workspace):
    _, found = whole
    again = finished(workspace, sweeps.start(workspace, counting(seed=5), Budget(trials=3)))
    assert settings(again) == settings(found)[:3]
    assert [t.best_loss for t in again.trials] == [t.best_loss for t in found.trials[:3]]
    other = finished(workspace, sweeps.start(workspace, counting(seed=6), Budget(trials=2)))
    assert settings(other) != settings(found)[:2]


class Killed(BaseException):
    """What no part of the workbench catches: as if the process was gone."""


def kill_once(patch, owner, name, when=lambda *given, **named: True):
    """Have a method kill its process the first time that it is called so."""
    real, killed = getattr(owner, name), []

    def deadly(*given, **named):
        if not killed and when(*given, **named):
            killed.append(True)
            raise Killed
        return real(*given, **named)

    patch.setattr(owner, name, deadly)
    return killed


SEAMS = {
    "asked, not queued": (HomeReport, "event", lambda self, kind, data: kind == "trial_chosen" and data["number"] == 1),
    "queued by half": (Sweeps, "add_trial", lambda self, sweep, number, *_: number == 1),
    "not asked yet": (study.Study, "_write_down", lambda self, settings: True),
    "queued, the job not over": (HomeReport, "finish", lambda self, *_, **__: self.job.kind == "sweep"),
    "ended, Optuna not told": (study.Study, "_tell", lambda self, trial: trial.number == 1),
    "told, nothing chosen": (study.Study, "importance", lambda self: len(self._trials()) == 2),
    "trained, the run not over": (HomeReport, "finish", lambda self, *_, **__: self.job.kind == "train"),
    "killed while it trains": (HomeReport, "event", lambda self, kind, data: kind == "epoch"),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seam", SEAMS)
def test_a_kill_at_any_seam_neither_loses_nor_doubles_a_trial(seam, whole, workspace, monkeypatch):
    sweep = sweeps.start(workspace, counting(seed=5), Budget(trials=3))
    killed = kill_once(monkeypatch, *SEAMS[seam])
    with pytest.raises(Killed):
        finished(workspace, sweep)
    assert killed
    with open_store(workspace) as store:  # as if the lease had run out
        store.db.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running'")
    found = finished(workspace, sweep)
    assert found.state == "done"
    assert settings(found) == settings(whole[1])[:3]
    assert len(list(workspace.runs.iterdir())) == training.count(workspace) == 3


def test_optunas_file_may_be_lost_and_is_made_again(whole, workspace):
    sweep = sweeps.start(workspace, counting(seed=5), Budget(trials=3))
    step(workspace, sweep, 4)
    for path in workspace.studies.parent.glob(f"{workspace.studies.name}*"):
        path.unlink()
    assert settings(finished(workspace, sweep)) == settings(whole[1])[:3]


def test_a_trial_that_kills_its_workers_too_often_counts_as_failed(workspace):
    sweep = sweeps.start(workspace, counting(), Budget(trials=2))
    (trial,) = step(workspace, sweep).trials
    with open_store(workspace) as store:
        sql = "UPDATE jobs SET state = 'running', attempt = 5, lease_until = 0 WHERE id = ?"
        store.db.execute(sql, [store.runs.job(trial.run)])
        claimed = store.jobs.claim("train", "worker")
    assert (claimed.kind, claimed.spec) == ("sweep", {"sweep": sweep})
    with open_store(workspace) as store:
        store.db.execute("UPDATE jobs SET lease_until = 0 WHERE id = ?", [claimed.id])
    found = finished(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["failed", "done"]


def test_a_failure_is_passed_over(workspace):
    sweep = sweeps.start(workspace, counting(), Budget(trials=3))
    (first,) = step(workspace, sweep).trials
    (workspace.runs / first.run / "dataset.zip").unlink()
    found = finished(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["failed", "done", "done"]
    assert found.state == "done"
    assert found.best.number != 0


def test_three_failures_in_a_row_end_it_with_a_sentence_and_it_can_go_on(workspace):
    sweep = sweeps.start(workspace, counting(), Budget(trials=9))
    music = workspace.sweeps / sweep / "dataset.zip"
    shutil.move(music, music.with_suffix(".away"))
    found = finished(workspace, sweep)
    assert (found.state, len(found.trials)) == ("failed", 3)
    assert "3 trials failed in a row" in found.message
    shutil.move(music.with_suffix(".away"), music)
    sweeps.resume(workspace, sweep, Budget(trials=1))
    found = finished(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["failed"] * 3 + ["done"]
    assert (found.state, found.message) == ("done", "")


@pytest.mark.long
def test_a_budget_in_minutes_ends_by_the_clock(workspace):
    began = time.time()
    sweep = sweeps.start(workspace, network(Vary("dropout", 0.0, 0.5), epochs=1000), Budget(minutes=0.1))  # fmt: skip
    found = finished(workspace, sweep)
    assert found.state == "done"
    assert found.deadline > began
    assert time.time() - found.deadline < 20
    (trial,) = found.trials
    assert trial.state == ENDED_EARLY
    assert "minutes of the sweep are over" in trial.message
    assert training.get(workspace, trial.run).state == "stopped"
    with pytest.raises(InvalidSetting, match="how many more"):
        sweeps.resume(workspace, sweep)


@pytest.mark.long
def test_a_hopeless_trial_is_ended_early_and_keeps_its_best_weights(workspace, monkeypatch):
    monkeypatch.setattr(study, "BEFORE_PRUNING", 1)
    asked = network(Vary("learning_rate", choices=(0.01, 1e-6)), epochs=3, seed=2)
    found = finished(workspace, sweeps.start(workspace, asked, Budget(trials=2)))
    assert settings(found) == [{"learning_rate": 0.01}, {"learning_rate": 1e-6}]
    good, hopeless = found.trials
    assert (good.state, good.epoch) == ("done", 3)
    assert (hopeless.state, hopeless.epoch) == (ENDED_EARLY, 2)
    assert "after epoch 2 it was worse than half" in hopeless.message
    assert (workspace.runs / hopeless.run / "best.onnx").exists()
    assert found.best == good
    training.resume(workspace, hopeless.run)  # by itself, and nobody ends it early
    activity.finish(workspace, training.job(workspace, hopeless.run))
    assert training.get(workspace, hopeless.run).epoch == 3


@pytest.mark.long
def test_a_sweep_that_was_stopped_goes_on_with_its_trials(whole, workspace):
    sweep = sweeps.start(workspace, counting(seed=5), Budget(trials=3))
    (trial,) = step(workspace, sweep).trials
    with pytest.raises(InvalidSetting, match="stop it first"):
        sweeps.resume(workspace, sweep)
    sweeps.stop(workspace, sweep)
    stopped = sweeps.get(workspace, sweep)
    assert (stopped.state, stopped.trials[0].state) == ("stopped", "stopped")
    assert sweeps.next_job(workspace, sweep) is None
    sweeps.resume(workspace, sweep)
    found = finished(workspace, sweep)
    assert found.trials[0].run == trial.run
    assert [trial.state for trial in found.trials] == ["done"] * 3
    assert settings(found) == settings(whole[1])[:3]
    with pytest.raises(InvalidSetting, match="how many more"):
        sweeps.resume(workspace, sweep)
    sweeps.resume(workspace, sweep, Budget(trials=1))
    assert len(finished(workspace, sweep).trials) == 4


def test_a_trial_that_somebody_stops_is_over_and_the_sweep_goes_on(workspace):
    sweep = sweeps.start(workspace, counting(), Budget(trials=2))
    (trial,) = step(workspace, sweep).trials
    training.stop(workspace, trial.run)
    found = finished(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["stopped", "done"]


def test_a_choice_that_is_stopped_stops_the_sweep(workspace):
    sweep = sweeps.start(workspace, counting(), Budget(trials=2))
    activity.stop(workspace, sweeps.next_job(workspace, sweep))
    assert sweeps.get(workspace, sweep).state == "stopped"
    sweeps.resume(workspace, sweep)
    assert finished(workspace, sweep).state == "done"


def test_as_many_trials_side_by_side_as_there_are_trainers(workspace, monkeypatch):
    monkeypatch.setattr("workbench.jobs.home.most_workers", lambda store, kind: 3)
    sweep = sweeps.start(workspace, counting(), Budget(trials=4))
    found = step(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["waiting"] * 3
    with open_store(workspace) as store:  # two trainers end two trials at the same moment
        for trial in found.trials[:2]:
            held = store.jobs.claim("train", "worker", job=store.runs.job(trial.run))
            with store.jobs.held(held):
                store.jobs.finish(held, "done")
        first = store.jobs.claim("train", "one")
        assert first.kind == "sweep"
        second = store.jobs.claim("train", "two")
        assert second.kind == "train"  # no second choice beside the first
        store.db.execute("UPDATE jobs SET lease_until = 0 WHERE state = 'running'")
    found = finished(workspace, sweep)
    assert len(found.trials) == 4
    assert len({str(each) for each in settings(found)}) == 4


def test_a_small_space_is_tried_once_and_no_more(workspace):
    asked = counting(vary=(PLACES,), sampler="random")
    found = finished(workspace, sweeps.start(workspace, asked, Budget(trials=9)))
    assert sorted(each["use_position"] for each in settings(found)) == [False, True]
    assert found.state == "done"
    assert "Nothing is left to try" in found.message


@pytest.mark.parametrize(
    ("spec", "budget", "sentence"),
    [
        (counting(vary=()), Budget(trials=2), "Nothing is varied"),
        (counting(vary=(Vary("units", 16.0, 64.0),)), Budget(trials=2), "'units' cannot be varied here"),
        (counting(vary=(Vary("order", 1.0, 80.0),)), Budget(trials=2), "largest allowed is 8"),
        (counting(sampler="best"), Budget(trials=2), "choose one of tpe, random"),
        (counting(seed=-1), Budget(trials=2), "seed of a sweep"),
        (counting(), Budget(), "either a number of trials"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_and_leaves_nothing(workspace, spec, budget, sentence):
    with pytest.raises(InvalidSetting, match=sentence):
        sweeps.start(workspace, spec, budget)
    assert not sweeps.all(workspace)
    assert not list(workspace.sweeps.glob("*"))
    with pytest.raises(UnknownName, match="sweep list"):
        sweeps.stop(workspace, "sweep-0")


@pytest.mark.long
def test_a_trainer_is_killed_again_and_again_and_no_trial_is_lost(tmp_path, tunes, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    workspace = open_workspace(copied(tunes, tmp_path / "home").home)
    asked = network(Vary("dropout", 0.0, 0.5))
    sweep = sweeps.start(workspace, asked, Budget(trials=3))
    for kills in range(3):
        process = launcher.start_worker(workspace, "trainer")
        until = time.monotonic() + 60
        while time.monotonic() < until and len(sweeps.get(workspace, sweep).trials) <= kills:
            time.sleep(0.05)
        time.sleep(0.3 * kills)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    found = finished(workspace, sweep)
    assert [trial.state for trial in found.trials] == ["done"] * 3
    assert training.count(workspace) == 3
    other = sweeps.start(workspace, asked, Budget(trials=3))
    assert settings(finished(workspace, other)) == settings(found)
