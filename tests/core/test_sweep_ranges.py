"""What a person writes of a setting that is to be varied, and how far a sweep has come."""

import time

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.settings import describe
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.core.sweeps import (
    ENDED_EARLY,
    Budget,
    Sweep,
    SweepSpec,
    SweepTrial,
    Vary,
    understood,
    usual,
    variable,
)

SETTINGS = {each.name: each for each in describe(TrainingSettings)}


def test_ranges_and_choices_are_understood():
    assert understood(SETTINGS["learning_rate"], "1e-4..1e-2:log") == Vary("learning_rate", 1e-4, 1e-2, is_log=True)  # fmt: skip
    assert understood(SETTINGS["batch_size"], "16..64") == Vary("batch_size", 16.0, 64.0, is_whole=True)  # fmt: skip
    assert understood(SETTINGS["batch_size"], "16,32,16").choices == (16, 32)
    assert understood(SETTINGS["optimizer"], "adam,sgd").choices == ("adam", "sgd")
    assert understood(SETTINGS["mixed_precision"], "true,false").choices == (True, False)
    for words in ("0.0001..0.01:log", "0.001,0.01"):
        assert understood(SETTINGS["learning_rate"], words).words == words


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("learning_rate", "1e-4", "name at least two"),
        ("learning_rate", "1e-4..x", "write learning_rate=LOW..HIGH"),
        ("learning_rate", "1e-4..1e-2:lin", "not understood"),
        ("learning_rate", "1e-2..1e-4", "from the smaller to the larger"),
        ("learning_rate", "1e-9..1e-2", "smallest allowed"),
        ("learning_rate", "1e-4..nan", "smallest allowed"),
        ("batch_size", "1.5..8", "a whole number"),
        ("weight_decay", "0..1:log", "begin above 0"),
        ("optimizer", "a..b", "not understood"),
        ("optimizer", "adam,best", "choose one of"),
        ("seed", "1,2", "no value of it is better"),
    ],
)
def test_what_cannot_be_varied_is_refused_in_words(name, words, sentence):
    with pytest.raises(InvalidSetting, match=sentence):
        understood(SETTINGS[name], words)


def test_every_setting_that_can_be_varied_has_a_range_to_begin_with():
    found = variable(list(SETTINGS.values()))
    assert "seed" not in {each.name for each in found}
    for each in found:
        vary = usual(each, each.default)
        if vary.choices:
            assert each.default in vary.choices
        else:
            assert each.low <= vary.low <= each.default <= vary.high <= each.high
            assert vary.low < vary.high
            assert vary.low > 0 or not vary.is_log


def sweep(*states, budget=None, begun_at=0, deadline=None):
    base = TrainingSpec("d@1", TokenizerSpec("melody-steps"), ModelSpec("ngram"))
    trials = tuple(
        SweepTrial(n, f"ngram-{n}", {}, state, None if state == "failed" else 2.0 - n / 10, message=f"no {n}")
        for n, state in enumerate(states)
    )  # fmt: skip
    spec = SweepSpec(base, (Vary("order", 1.0, 8.0, is_whole=True),))
    return Sweep("sweep-1", spec, "running", budget or Budget(trials=5), trials, deadline, begun_at)


def test_three_failures_in_a_row_are_too_many_and_count_from_when_it_was_last_begun():
    assert sweep("failed", "failed").failing is None
    assert sweep("failed", "failed", "done", "failed").failing is None
    assert sweep("done", "failed", "failed", "failed", "running").failing.message == "no 3"
    assert sweep("failed", "failed", "failed", "failed", begun_at=3).failing is None


def test_the_best_has_ended_and_the_budget_is_spent():
    found = sweep("done", "failed", ENDED_EARLY, "running")
    assert found.best.number == 2
    assert [trial.number for trial in found.live] == [3]
    assert not found.is_spent
    assert sweep("done", budget=Budget(trials=1)).is_spent
    minutes = Budget(minutes=1.0)
    assert not sweep("done", budget=minutes).is_spent
    assert sweep("done", budget=minutes, deadline=time.time() - 1).is_spent


@pytest.mark.parametrize(
    "budget", [Budget(), Budget(1, 1.0), Budget(trials=0), Budget(trials=10**6), Budget(minutes=0.0), Budget(minutes=float("nan"))]
)  # fmt: skip
def test_a_budget_is_one_of_two_and_within_bounds(budget):
    with pytest.raises(InvalidSetting):
        budget.check()
