"""A sweep as a study in a real file of Optuna's: what is hopeless, what is heard again, what matters."""

from dataclasses import replace
from functools import partial

import pytest

from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSpec
from workbench.core.sweeps import ENDED_EARLY, Budget, Sweep, SweepSpec, SweepTrial, Vary
from workbench.store.database import open_file
from workbench.studies.study import Study

BASE = TrainingSpec("d@1", TokenizerSpec("melody-steps"), ModelSpec("lstm"))
RATE = Vary("learning_rate", 1e-4, 1e-2, is_log=True)
UNITS = Vary("units", 16.0, 64.0, is_whole=True)
CURVES = ((3.0, 2.0, 1.5), (3.1, 2.2, 1.7), (3.2, 2.4, 1.9), (3.3, 2.6, 2.1), (3.4, 2.8, 2.3))


def trials(count, state="done"):
    return tuple(
        SweepTrial(n, f"lstm-{n}", {"learning_rate": 10 ** -(2 + n / 3), "units": 16 + n}, state, CURVES[n][-1])
        for n in range(count)
    )  # fmt: skip


@pytest.fixture
def opened(tmp_path):
    sweep = Sweep("sweep-1", SweepSpec(BASE, (RATE, UNITS)), "running", Budget(trials=9))
    with Study(partial(open_file, tmp_path / "studies.db"), sweep) as study:
        yield study, sweep


def trained(study, sweep, count):
    """The sweep after so many trials, every epoch of which was heard."""
    study.follow(replace(sweep, trials=trials(count, "running")))
    for number in range(count):
        for epoch, loss in enumerate(CURVES[number], 1):
            study.heard(number, epoch, loss)
    after = replace(sweep, trials=trials(count))
    study.follow(after)
    return after


def test_a_trial_is_hopeless_from_its_second_epoch_on_once_three_have_come_to_their_end(opened):
    study, sweep = opened
    trained(study, sweep, 2)
    assert study.ask(2, lambda settings: True, 5)
    study.heard(2, 1, 9.0)
    study.heard(2, 2, 9.0)
    assert not study.is_hopeless(2)  # two are too few
    trained(study, sweep, 4)
    for loss, verdict in ((2.1, False), (2.5, True)):
        number = study._trials()[-1].number + 1
        study.ask(number, lambda settings: True, 5)
        study.heard(number, 1, 9.0)
        assert not study.is_hopeless(number)  # its first epoch
        study.heard(number, 2, loss)
        assert study.is_hopeless(number) is verdict


def test_what_is_known_stays_as_it_is(opened):
    study, sweep = opened
    after = trained(study, sweep, 3)
    before = [(t.params, t.value, t.intermediate_values) for t in study._trials()]
    study.heard(0, 3, 9.0)
    study.heard(0, 4, 9.0)
    changed = [replace(trial, state=ENDED_EARLY, best_loss=0.1) for trial in after.trials]
    study.follow(replace(after, trials=tuple(changed)))
    assert [(t.params, t.value, t.intermediate_values) for t in study._trials()] == before


def test_draws_have_few_digits_stay_within_the_range_and_are_made_once(opened):
    study, _ = opened
    for number in range(8):
        drawn = study.ask(number, lambda settings: True, 5)
        assert study.ask(number, lambda settings: True, 5) == drawn
        rate = drawn["learning_rate"]
        assert RATE.low <= rate == float(f"{rate:.3g}") <= RATE.high
        assert 16 <= drawn["units"] <= 64
    assert study.ask(8, lambda settings: False, 5) is None
    assert not study.knows(8)


def test_what_matters_is_told_once_five_trials_have_come_to_their_end(opened):
    study, sweep = opened
    trained(study, sweep, 4)
    assert study.importance() == {}
    trained(study, sweep, 5)
    assert set(study.importance()) == {"learning_rate", "units"}
