"""Sweeps: searching for good settings. Asking for one, watching it, stopping it, going on with it.

The search goes on in the trainer (:mod:`workbench.jobs.sweep`), run after run, whoever watches.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.runs import DONE, RUNNING, STOPPED
from workbench.core.settings import Setting, describe
from workbench.core.specs import TrainingSettings, TrainingSpec
from workbench.core.sweeps import (
    SAMPLERS,
    Budget,
    Sweep,
    SweepSpec,
    SweepTrial,
    Vary,
    checked,
    understood,
    variable,
)
from workbench.core.training_settings import TUNING_FIELDS
from workbench.jobs import TRAIN
from workbench.jobs.sweep import trial_spec
from workbench.services import activity, training
from workbench.store import open_store
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

_MOST_SEED = 2**31 - 1


def settings(base: TrainingSpec) -> list[Setting]:
    """What can be varied: settings of the architecture, then of training where it is a network.

    A trained model that goes on learning stays what it is; so does what of it goes on.
    """
    kind = ARCHITECTURES.get(base.model.architecture)
    of_model = [] if base.start_from else variable(describe(kind.settings))
    omitted = {each.name for each in of_model} | (
        {"tune"} if base.start_from else set(TUNING_FIELDS)
    )
    if kind.is_autoencoder:
        omitted.add("window")  # it reads segments of bars
    of_training = variable(describe(TrainingSettings)) if kind.is_network else []
    return of_model + [each for each in of_training if each.name not in omitted]


def ranges(base: TrainingSpec, words: Mapping[str, str]) -> tuple[Vary, ...]:
    """What a person wrote of some settings (:func:`workbench.core.sweeps.understood`), by name."""
    known = _known(base)
    return tuple(understood(known[name], text) for name, text in _each(base, words))


def start(workspace: Workspace, spec: SweepSpec, budget: Budget) -> str:
    """Check a sweep at the door, lay out the music, and queue the choice of its first settings; the sweep's id.

    Raises
    ------
    WorkbenchError
        For whatever a training would be refused for, a range that a setting does not allow, or a budget that is none.
    """
    budget.check()
    vary = _checked(spec)
    asked = training.checked(workspace, spec.base)
    resolved = replace(spec, base=asked.spec, vary=vary)
    sweep = f"sweep-{secrets.token_hex(3)}"
    shared = training.lay_out(workspace, asked, workspace.sweeps / sweep)
    title = f"Choosing settings of {asked.spec.model.architecture} on {asked.spec.dataset}"
    with open_store(workspace) as store, store.db.atomic():
        store.sweeps.add(
            sweep, resolved, budget, job=shared, fingerprint=asked.dataset.fingerprint,
            asked_by=workspace.asker,
        )  # fmt: skip
        store.jobs.add("sweep", TRAIN, {"sweep": sweep}, title=title)
    return sweep


def _checked(spec: SweepSpec) -> tuple[Vary, ...]:
    if not spec.vary:
        raise InvalidSetting("Nothing is varied; name at least one setting with its range.")
    if spec.sampler not in SAMPLERS:
        raise InvalidSetting(
            f"There is no sampler {spec.sampler!r}; choose one of {', '.join(SAMPLERS)}."
        )
    if not 0 <= spec.seed <= _MOST_SEED:
        raise InvalidSetting(f"The seed of a sweep is 0 to {_MOST_SEED}, not {spec.seed}.")
    varied = {vary.name: vary for vary in spec.vary}
    known = _known(spec.base)
    return tuple(checked(vary, known[name]) for name, vary in _each(spec.base, varied))


def _known(base: TrainingSpec) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings(base)}


def _each(base: TrainingSpec, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names with what was given; ``InvalidSetting`` for a name that nothing can be varied by."""
    known = _known(base)
    for name in given:
        if name not in known:
            raise InvalidSetting(f"{name!r} cannot be varied here. These can: {', '.join(known)}.")
    return list(given.items())


def get(workspace: Workspace, sweep: str) -> Sweep:
    """A sweep as it is now, with its trials."""
    with activity.open_current(workspace) as store:
        return store.sweeps.get(sweep)


def all(workspace: Workspace, *, limit: int = -1) -> list[Sweep]:
    """Every sweep, the newest first."""
    with activity.open_current(workspace) as store:
        return store.sweeps.all(limit)


def of_run(workspace: Workspace, run: str) -> tuple[str, int] | None:
    """Sweep and number (from 0) of the trial that a run is; None where it is none."""
    with open_store(workspace) as store:
        return store.sweeps.of_run(run)


def launch(workspace: Workspace, sweep: str) -> None:
    """See to it that a trainer takes what is to be done next."""
    job = next_job(workspace, sweep)
    if job:
        activity.launch(workspace, job)


def next_job(workspace: Workspace, sweep: str) -> str | None:
    """What is to be done next of a sweep: the choice of settings, else a trial; None where nothing waits or runs."""
    with open_store(workspace) as store:
        return next(iter(store.sweeps.unfinished_jobs(sweep)), None)


def stop(workspace: Workspace, sweep: str) -> None:
    """Stop a sweep; its trials stop within seconds, keep their best weights, and go on with it."""
    with open_store(workspace) as store, store.db.atomic():
        store.sweeps.get(sweep)
        trials = store.sweeps.pause(sweep)
        for job in {*trials, *store.sweeps.unfinished_jobs(sweep)}:
            store.jobs.request_stop(job)


def resume(workspace: Workspace, sweep: str, more: Budget | None = None) -> None:
    """Go on with a sweep that has ended, from where it was: with what is left of its budget, or with so much from now on.

    Raises ``InvalidSetting`` where it still goes on, or where nothing is left and nothing is given.
    """
    with open_store(workspace) as store, store.db.atomic():
        known = store.sweeps.get(sweep)
        if known.state == RUNNING or store.sweeps.unfinished_jobs(sweep):
            raise InvalidSetting(
                f"The sweep {sweep} has not come to its end yet; stop it first, or wait a moment."
            )
        store.sweeps.go_on(sweep, _budget(known, more))
        for trial in known.trials:
            if trial.is_paused and trial.state == STOPPED:
                old = store.jobs.get(store.runs.job(trial.run))
                again = store.jobs.add(
                    old.kind, old.lane, old.spec, title=old.title, asked_by="sweep"
                )
                store.runs.set_job(trial.run, again)
        store.jobs.add("sweep", TRAIN, {"sweep": sweep}, title=f"Choosing settings for {sweep}")


def _budget(sweep: Sweep, more: Budget | None) -> Budget:
    """What a sweep goes on with."""
    if more:
        more.check()
        if more.trials is None:
            return more
        return Budget(trials=len(sweep.trials) + more.trials)
    left = sweep.budget
    if sweep.seconds_left is not None:
        left = Budget(minutes=sweep.seconds_left / 60)
    if sweep.state == DONE or left.minutes == 0:
        raise InvalidSetting(
            f"The budget of {sweep.id} is spent; say how many more trials or minutes it may take."
        )
    return left


def settings_of(sweep: Sweep, trial: SweepTrial) -> TrainingSpec:
    """All settings of a trial, as a training of its own would be asked for."""
    return trial_spec(sweep.spec, trial.settings)
