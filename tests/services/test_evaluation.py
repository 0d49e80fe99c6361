"""Scoring held-out music on demand: estimates, and readings from left to right."""

import pytest

from workbench.cli import main
from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.core.report import SilentReport
from workbench.jobs.evaluate import evaluate
from workbench.services import activity, datasets, evaluation, importing
from workbench.workspace import open_workspace


@pytest.fixture(scope="module")
def chorales(tmp_path_factory):
    """A workspace with a few chorales, in stretches of a bar."""
    workspace = open_workspace(tmp_path_factory.mktemp("evaluation"))
    activity.finish(workspace, importing.load_corpus(workspace, "bach-chorales", limit=4))
    datasets.create(workspace, "bars", query="parts:4", split="50/25/25", seed=1, window_bars=1)
    return workspace


def evaluated(workspace, model, **how):
    done = activity.finish(workspace, evaluation.enqueue(workspace, model, "bars", **how))
    assert done.state == "done", done.details
    return done.result["evaluation"]


def test_what_fills_holes_is_estimated_or_read_in_order(chorales):
    estimated, read = (evaluated(chorales, "harmoniser", in_order=each) for each in (False, True))
    assert "all orders" in estimated["estimate"] and read["estimate"] == ""
    same = ("pieces", "tokens", "quarters", "split")
    assert [read[each] for each in same] == [estimated[each] for each in same]
    # One and the same model, scored in two ways: near one another, the mixture over orders of voices below the mean.
    assert 0.8 * estimated["nats_per_quarter"] < read["nats_per_quarter"] < estimated["nats_per_quarter"]  # fmt: skip
    assert abs(read["accuracy"] - estimated["accuracy"]) < 0.05
    assert read["baseline"] == estimated["baseline"]


def test_other_models_go_from_left_to_right_in_any_case(chorales):
    plain, read = (evaluated(chorales, "chorales", in_order=each) for each in (False, True))
    assert plain | {"seconds": 0} == read | {"seconds": 0}


def test_where_there_is_only_a_bound_that_is_said(chorales, capsys):
    with pytest.raises(InvalidSetting, match="only a bound"):
        evaluation.enqueue(chorales, "melody-vae", "bars", in_order=True)
    asked = ["evaluate", "--dataset", "bars", "--workspace", str(chorales.home), "--in-order"]
    assert main([*asked, "--all"]) == 1
    assert "leave out --in-order" in capsys.readouterr().err


class Stopping(SilentReport):
    """Somebody stops the work when the first piece was read."""

    def should_stop(self):
        return True


def test_a_reading_can_be_stopped(chorales):
    asked = evaluation.prepared(chorales, "harmoniser", "bars", "test") | {"in_order": True}
    with pytest.raises(WorkFailed, match="was stopped"):
        evaluate(asked, chorales, Stopping())
