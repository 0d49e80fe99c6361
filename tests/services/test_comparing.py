"""Runs side by side: means over seeds, settings that differ, what to mind, cards, and the queue."""

import json

import pytest
from made_runs import BASELINE, MACHINE, add_dataset, add_run

from workbench.core.errors import InvalidSetting, UnknownName
from workbench.core.records import from_json
from workbench.core.run_card import RunCard
from workbench.jobs import capacity
from workbench.services import activity, comparing, run_cards, training
from workbench.store import open_store
from workbench.store.run_query import RunQuery


@pytest.fixture
def runs(workspace):
    """Three seeds of one configuration, one that was stopped, and one of another."""
    with open_store(workspace) as store:
        tunes = add_dataset(store)
        for seed, held_out in enumerate((1.2, 1.3, 1.4)):
            add_run(store, tunes, run=f"small-{seed}", seed=seed, held_out=held_out)
        add_run(store, tunes, run="stopped", seed=3, held_out=9.0, state="stopped")
        add_run(store, tunes, run="large", settings={"units": 64}, held_out=1.0)
    return workspace


def test_seeds_together_are_a_mean_with_its_interval(runs):
    lines, total = comparing.page(runs, together=True, sort="held-out")
    assert total == 2
    small = next(line for line in lines if len(line["ids"]) > 1)
    assert (small["seeds"], small["seed"]) == (3, "0, 1, 2, 3")  # the stopped one is no draw
    assert small["held_out"] == pytest.approx(1.3)
    assert small["held_out_interval"] == pytest.approx(4.3027 * 0.1 / 3**0.5, rel=1e-4)
    assert small["baseline"] == pytest.approx(BASELINE)
    large = next(line for line in lines if line["id"] == "large")
    assert (large["seeds"], large["held_out_interval"]) == (1, None)


def test_the_same_seed_again_is_counted_once(runs):
    with open_store(runs) as store:
        add_run(store, store.datasets.get("tunes"), run="again", seed=0, held_out=1.1)
    (small,), _ = comparing.page(runs, RunQuery(words="small"), together=True)
    assert small["seeds"] == 3
    found = comparing.compare(runs, ["again", "small-0", "small-1"], together=True)
    assert found.lines[0]["seeds"] == 2
    assert found.lines[0]["held_out"] == pytest.approx((1.1 + 1.3) / 2)


def test_only_settings_that_differ_are_compared(runs):
    found = comparing.compare(runs, ["small-0", "small-1", "large"])
    assert found.settings == ["units"]
    assert comparing.compare(runs, ["small-0", "small-1"]).settings == []
    header, *rows = found.table("csv").splitlines()
    assert header.endswith("settings.units")
    assert [row.rsplit(",", 1)[1] for row in rows] == ["32", "32", "64"]
    with pytest.raises(UnknownName):
        comparing.compare(runs, ["small-0", "nothing"])


def test_figures_by_different_rulers_are_said_to_be(runs):
    with open_store(runs) as store:
        add_run(store, add_dataset(store, "hymns"), run="hymn")
    assert not comparing.caveats([training.get(runs, run) for run in ("small-0", "large")])
    (sentence,) = comparing.caveats([training.get(runs, run) for run in ("small-0", "hymn")])
    assert "different datasets" in sentence


def test_energy_is_processor_time_times_watts_that_can_be_said(runs):
    (line,), _ = comparing.page(runs, RunQuery(words="large"))
    assert line["watt_hours"] == pytest.approx(30.0 * 12.0 / 3600)
    comparing.set_watts(runs, 6.0)
    (line,), _ = comparing.page(runs, RunQuery(words="large"))
    assert line["watt_hours"] == pytest.approx(30.0 * 6.0 / 3600)
    (line,), _ = comparing.page(runs, RunQuery(words="large"), power=120.0)
    assert line["watt_hours"] == pytest.approx(1.0)
    with pytest.raises(InvalidSetting, match="watts"):
        comparing.set_watts(runs, 0)


def test_what_is_said_of_runs_is_kept_for_all_or_for_none(runs):
    comparing.annotate(
        runs, ["small-0", "large"], note=" good ", tag=["best", "of May"], pinned=True
    )
    comparing.annotate(runs, ["large"], untag=["best"], archived=True)
    small, large = training.get(runs, "small-0"), training.get(runs, "large")
    assert (small.note, small.tags, small.pinned, small.archived) == ("good", ("best", "of May"), True, False)  # fmt: skip
    assert (large.note, large.tags, large.archived) == ("good", ("of May",), True)
    with pytest.raises(UnknownName):
        comparing.annotate(runs, ["small-1", "nothing"], note="x")
    assert training.get(runs, "small-1").note == ""
    with pytest.raises(InvalidSetting, match="no tag"):
        comparing.annotate(runs, ["small-1"], tag=["x" * 50])


def test_a_card_says_all_that_a_run_depended_on(runs, tmp_path):
    path = run_cards.write(runs, "large", tmp_path / "card.json")
    card = from_json(RunCard, json.loads(path.read_text()))
    assert card == run_cards.card(runs, "large")
    assert card.seeds == {"dataset": 3, "training": 0}
    assert card.dataset.fingerprint == training.get(runs, "large").dataset_fingerprint
    assert card.machine == MACHINE
    words = run_cards.write(runs, "large", tmp_path / "card.md").read_text()
    assert "| this model | 1.0000 | 0.5000 | 60.0% |" in words
    assert "--set epochs=3 learning_rate=0.002" in words
    assert "units=64" in words
    with pytest.raises(InvalidSetting, match="A card is written"):
        run_cards.write(runs, "large", tmp_path / "card.txt")


def test_waiting_runs_are_moved_in_the_queue(workspace):
    with open_store(workspace) as store:
        tunes = add_dataset(store)
        for run in "abcd":
            add_run(store, tunes, run=run, state="waiting")

    def order():
        return "".join(job.spec["run"] for job in activity.training_queue(workspace))

    for run, where, expected in (
        ("d", "first", "dabc"), ("a", "up", "adbc"), ("a", "up", "adbc"), ("b", "down", "adcb"), ("d", "last", "acbd"),
    ):  # fmt: skip
        activity.move(workspace, training.job(workspace, run), where)
        assert order() == expected
    with pytest.raises(InvalidSetting, match="no way"):
        activity.move(workspace, training.job(workspace, "a"), "sideways")
    training.stop(workspace, "a")
    with pytest.raises(InvalidSetting, match="waits no longer"):
        activity.move(workspace, training.job(workspace, "a"), "up")


def test_as_many_trainings_at_once_as_the_machine_bears(workspace, monkeypatch):
    monkeypatch.setattr(capacity, "cores", lambda: 4)
    monkeypatch.setattr(capacity, "memory_bytes", lambda: 7_000_000_000)
    assert activity.trainings_at_once(workspace) == (1, 3)
    activity.set_trainings_at_once(workspace, 3)
    assert activity.trainings_at_once(workspace) == (3, 3)
    with pytest.raises(InvalidSetting, match="1 to 3 trainings"):
        activity.set_trainings_at_once(workspace, 4)
    monkeypatch.setattr(
        capacity, "memory_bytes", lambda: 1_000_000_000
    )  # moved to a smaller machine
    assert activity.trainings_at_once(workspace) == (1, 1)
