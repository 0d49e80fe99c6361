"""The commands ``sweep``, as a script calls them."""

import json

import pytest

from workbench.cli import main
from workbench.services import activity, datasets, importing, sweeps
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Twelve tunes as a dataset."""
    workspace = open_workspace(tmp_path_factory.mktemp("home"))
    activity.finish(workspace, importing.load_corpus(workspace, "ryans-mammoth", limit=12))
    datasets.create(workspace, "tunes", split="60/20/20")
    return workspace.home


@pytest.fixture
def run(home, capsys):
    """Run a command; its JSON, or what it says."""

    def call(*words, status=0, plain=False):
        options = ["--workspace", str(home), *([] if plain else ["--json"])]
        assert main([*map(str, words), *options]) == status
        captured = capsys.readouterr()
        return (captured.err or captured.out) if status or plain else json.loads(captured.out)

    return call


START = ("sweep", "start", "--dataset", "tunes", "--architecture", "ngram")


def test_a_sweep_is_started_listed_shown_stopped_and_resumed(run, home, monkeypatch):
    vary = ("--vary", "order=1..3", "use_position=true,false")
    done = run(*START, *vary, "--trials", 2, "--sampler", "random", "--seed", 4, "--prune")
    assert (done["state"], len(done["trials"])) == ("done", 2)
    assert done["spec"]["prunes"] is True
    assert done["best"]["best_loss"] == min(trial["best_loss"] for trial in done["trials"])
    (row,) = run("sweep", "list")
    assert (row["id"], row["trials"], row["best_run"]) == (done["id"], 2, done["best"]["run"])
    assert "order=1..3, use_position=True,False" in run("sweep", "show", done["id"], plain=True)
    assert run("runs", "show", done["best"]["run"])["state"] == "done"

    more = run("sweep", "resume", done["id"], "--trials", 1)
    assert len(more["trials"]) == 3
    assert "how many more" in run("sweep", "resume", done["id"], status=1)

    monkeypatch.setattr(sweeps, "launch", lambda workspace, sweep: None)  # no process in this test
    waiting = run(*START, *vary, "--minutes", 5, "--detach")
    assert (waiting["state"], waiting["budget"]) == ("running", {"trials": None, "minutes": 5.0})
    assert run("sweep", "stop", waiting["id"]) == {"stopping": waiting["id"]}
    assert run("sweep", "show", waiting["id"])["state"] == "stopped"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--vary", "ordr=1..3"], "'ordr' cannot be varied here. These can: order, use_position."),
        (["--vary", "order=3"], "name at least two"),
        (["--vary", "order=1..3", "--trials", "0"], "takes 1 to 1000 trials"),
        (["--vary", "order"], "write it as name=value"),
        (["--vary", "order=1..3", "--from", "folk"], "leave --architecture out"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_a_sentence(run, words, sentence):
    assert sentence in run(*START, *words, status=1)
    assert "There is no sweep" in run("sweep", "show", "sweep-0", status=1)
