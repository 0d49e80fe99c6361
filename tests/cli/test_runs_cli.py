"""The commands ``runs``, as a script calls them."""

import json
from pathlib import Path

import pytest
from made_runs import add_dataset, add_run

from workbench.cli import main
from workbench.store import open_store
from workbench.workspace import open_workspace


@pytest.fixture
def run(tmp_path, capsys):
    """Run a command on a workspace with a few runs; its JSON, or what it says."""
    with open_store(open_workspace(tmp_path)) as store:
        tunes = add_dataset(store)
        for seed in (0, 1):
            add_run(store, tunes, run=f"small-{seed}", seed=seed, held_out=1.2 + seed / 10)
        add_run(store, tunes, run="large", settings={"units": 64})
        for name in ("one", "two"):
            add_run(store, tunes, run=name, state="waiting")

    def call(*words, status=0, plain=False):
        options = ["--workspace", str(tmp_path), *([] if plain else ["--json"])]
        assert main([*map(str, words), *options]) == status
        captured = capsys.readouterr()
        if status or plain:
            return captured.err or captured.out
        return json.loads(captured.out)

    return call


def test_runs_are_listed_with_the_figures_of_the_page(run):
    rows = run("runs", "list", "--sort", "held-out", "--state", "done", "--watts", 120)
    assert [row["id"] for row in rows] == ["small-0", "small-1", "large"]
    assert rows[0]["held_out"] == 1.2
    assert rows[0]["baseline"] == 1.9
    assert rows[0]["watt_hours"] == 1.0
    mean = run("runs", "list", "--together", "--where", "small")[0]
    assert (mean["held_out"], mean["seeds"]) == (pytest.approx(1.25), 2)
    assert mean["held_out_interval"] == pytest.approx(12.706 * 0.05, rel=1e-3)


def test_a_run_that_has_ended_is_not_said_to_stop(run):
    assert run("runs", "stop", "small-0") == {"ended": "small-0", "state": "done"}
    assert "has ended already" in run("runs", "stop", "small-0", plain=True)


def test_runs_are_compared_in_every_form(run):
    for form, words in (("csv", "settings.units"), ("latex", "\\toprule"), ("md", "| Units |")):
        said = run("runs", "compare", "small-0", "large", "--format", form, plain=True)
        assert words in said
    assert run("runs", "compare", "small-0", "large")["settings"] == ["units"]
    assert "There is no run" in run("runs", "compare", "small-9", status=1)


def test_notes_cards_and_the_queue(run, tmp_path):
    (noted,) = run("runs", "note", "large", "--text", "wide", "--tag", "best", "--pin", "--archive")
    assert noted == {"id": "large", "pinned": True, "archived": True, "tags": ["best"], "note": "wide"}  # fmt: skip
    assert "large" not in [row["id"] for row in run("runs", "list")]
    assert run("runs", "note", "large", "--no-archive")[0]["note"] == "wide"
    path = run("runs", "card", "large", "--out", tmp_path / "card.json")["file"]
    assert json.loads(Path(path).read_text())["model"]["settings"] == {"units": 64}
    queue = run("runs", "move", "two", "first")["queue"]
    assert [row["id"] for row in queue] == ["two", "one"]
    assert "at once" in run("runs", "queue", "--at-once", 999, status=1)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "There is no model to train"),
        (("--from", "folk", "--set", "units=32"), "folk has units"),
        (("--from", "folk", "--architecture", "gru"), "folk is a lstm"),
        (("--from", "folk", "--tokenizer", "abc-chars"), "folk speaks melody-steps"),
        (("--architecture", "lstm", "--also-anew"), "stands beside --from"),
        (("--from", "folk", "--set", "tune=head", "lora_rank=2"), "changes nothing where tune is head"),
    ],
)  # fmt: skip
def test_what_cannot_go_on_learning_is_refused(run, words, sentence):
    assert sentence in run("train", "--dataset", "tunes", *words, status=1)
