"""One sweep as an Optuna study: which settings to try next, whether a trial is hopeless, which settings matter.

Optuna keeps its studies in a SQLite file of its own (numbers and JSON, no pickle). What counts is the workbench's database; the study
follows it, and :meth:`Study.follow` brings it up to date whatever was lost in between. Trials have the same numbers in both.

Settings are drawn on a copy in memory and written down in one piece, so that a process that is killed leaves a trial with all of its
settings or none. The random numbers of a draw follow from the sweep's seed and the trial's number alone: a draw that is made
again, by whichever process, is the same draw.
"""

import logging
import math
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from workbench.core.runs import DONE, FAILED
from workbench.core.specs import Values
from workbench.core.sweeps import Sweep, SweepTrial, Vary

log = logging.getLogger("workbench.studies")
optuna.logging.set_verbosity(optuna.logging.WARNING)

BLIND_TRIALS = 5
"""Trials that TPE draws at random before it has something to learn from."""
BEFORE_PRUNING = 3
"""No trial is hopeless before so many have come to their end."""
SPARED_EPOCHS = 1
"""Nor in its first so many epochs."""
LEAST_FOR_IMPORTANCE = 5
DIGITS = 3

Connect = Callable[[], Any]
"""Opens the file of the studies."""


class Study:
    """The study of a sweep, made where there is none. Use it as a context."""

    def __init__(self, connect: Connect, sweep: Sweep) -> None:
        self._spec = sweep.spec
        self._distributions = {vary.name: _distribution(vary) for vary in sweep.spec.vary}
        # The address only says which kind of file it is; ``connect`` opens the file.
        self._storage = optuna.storages.RDBStorage("sqlite:///studies", {"creator": connect})
        self._study = optuna.create_study(
            storage=self._storage,
            study_name=sweep.id,
            direction="minimize",
            load_if_exists=True,
            sampler=RandomSampler(),  # draws nothing: see _drawn
            pruner=optuna.pruners.MedianPruner(BEFORE_PRUNING, SPARED_EPOCHS + 1),
        )
        self._id = self._storage.get_study_id_from_name(sweep.id)

    def __enter__(self) -> "Study":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._storage.remove_session()
        self._storage.engine.dispose()

    def follow(self, sweep: Sweep) -> None:
        """Learn what has become of the sweep's trials. What is known already stays as it is."""
        known = self._trials()
        for trial in sweep.trials:
            if trial.number >= len(known):  # the file lost it, or is a new one
                self._write_down(trial.settings)
            elif known[trial.number].state.is_finished():
                continue
            if trial.has_ended and not trial.is_paused:
                self._tell(trial)

    def knows(self, number: int) -> bool:
        """Whether a trial of that number is written down."""
        return number < len(self._trials())

    def ask(self, number: int, is_possible: Callable[[Values], bool], tries: int) -> Values | None:
        """Settings of trial ``number`` that no trial before it had; None where of so many draws none is new and goes together.

        A trial that was written down by a process that then died is taken as it stands.
        """
        trials = self._trials()
        if number < len(trials):
            return dict(trials[number].params)
        for attempt in range(tries):
            # TPE keeps to what did well; where all of that was tried, chance finds what is left.
            sampler = self._spec.sampler if attempt < tries // 2 else "random"
            settings = self._drawn(trials, number, attempt, sampler)
            if is_possible(settings) and not any(settings == each.params for each in trials):
                self._write_down(settings)
                return settings
        return None

    def importance(self) -> dict[str, float]:
        """By setting, its share in what made trials good, the largest first; empty while there are too few trials."""
        done = [t for t in self._trials() if t.state == TrialState.COMPLETE]
        if len(done) < LEAST_FOR_IMPORTANCE or len(self._distributions) < 2:
            return {}
        found = optuna.importance.get_param_importances(self._study)
        return {name: float(share) for name, share in found.items() if math.isfinite(share)}

    def heard(self, number: int, epoch: int, loss: float) -> None:
        """Keep the validation loss of an epoch; one that is heard again changes nothing."""
        try:
            trial = self._trials()[number]
            if epoch not in trial.intermediate_values:
                place = self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
                self._storage.set_trial_intermediate_value(place, epoch, loss)
        except UpdateFinishedTrialError:
            pass  # it goes on as an ordinary run
        except StorageInternalError:
            log.exception("the study could not be written; the training goes on")

    def is_hopeless(self, number: int) -> bool:
        """Whether the trial's best loss is worse than the median of the earlier trials' at the same epoch."""
        try:
            trial = self._trials()[number]
            return not trial.state.is_finished() and bool(
                self._study.pruner.prune(self._study, trial)
            )
        except StorageInternalError:
            log.exception("the study could not be read; the training goes on")
            return False

    # --- inside -------------------------------------------------------------------------------

    def _trials(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _write_down(self, settings: Values) -> None:
        """A trial with all of its settings, in one transaction."""
        self._study.add_trial(
            create_trial(
                state=TrialState.RUNNING, params=settings, distributions=self._distributions
            )
        )

    def _tell(self, trial: SweepTrial) -> None:
        loss = trial.best_loss
        if loss is None or not math.isfinite(loss) or trial.state == FAILED:
            self._study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
        elif trial.state == DONE:
            self._study.tell(trial.number, loss, skip_if_finished=True)
        else:  # hopeless, or stopped by somebody: what was measured on the way is known
            self._study.tell(trial.number, state=TrialState.PRUNED, skip_if_finished=True)

    def _drawn(self, trials: list[FrozenTrial], number: int, attempt: int, sampler: str) -> Values:
        """A draw after some trials; the file knows nothing of it yet."""
        seeds = np.random.SeedSequence([self._spec.seed, number, attempt])
        memory = optuna.create_study(sampler=_sampler(sampler, int(seeds.generate_state(1)[0])))
        memory.add_trials(trials)
        drawn = memory.ask(self._distributions).params
        return {name: _rounded(drawn[name], each) for name, each in self._distributions.items()}


def _sampler(name: str, seed: int) -> BaseSampler:
    if name == "random":
        return RandomSampler(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # Trials that are still trained count as bad ones, so that those side by side differ.
        return TPESampler(
            n_startup_trials=BLIND_TRIALS, multivariate=True, constant_liar=True, seed=seed
        )


def _rounded(value: Any, among: BaseDistribution) -> Any:
    """A drawn number with as many digits as a person would write; others as they are."""
    if not isinstance(among, FloatDistribution):
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), among.low), among.high)


def _distribution(vary: Vary) -> BaseDistribution:
    if vary.choices:
        return CategoricalDistribution(vary.choices)
    assert vary.low is not None and vary.high is not None  # checked at the door
    if vary.is_whole:
        return IntDistribution(int(vary.low), int(vary.high), log=vary.is_log)
    return FloatDistribution(vary.low, vary.high, log=vary.is_log)
