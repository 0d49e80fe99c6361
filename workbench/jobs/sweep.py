"""Going on with a sweep as a job of the trainer: what became of the trials is told to Optuna, and the next settings are chosen.

It may be killed at any instant and done again. Settings are first written down by Optuna, whole or not at all; then, in one transaction of
the workbench's database, the run is queued. Killed in between, the next attempt finds settings without a run and takes these. Two such
jobs of one sweep never run side by side (``store.jobs.Jobs.claim``).
"""

import os
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import DONE, FAILED, RUNNING
from workbench.core.settings import applicable, validated
from workbench.core.specs import ModelSpec, TrainingSettings, TrainingSpec, Values
from workbench.core.sweeps import FAILURES_IN_A_ROW, Sweep, SweepSpec
from workbench.jobs import TRAIN, Result, Spec, job
from workbench.jobs.encoding import DATASET_FILE, LABELS_FILE
from workbench.jobs.forgetting import REMEMBERED_FILE
from workbench.store.database import open_file
from workbench.workspace import Workspace
from workbench.zoo import ARCHITECTURES

DRAWS = 100
"""For one trial, until settings are found that go together."""
NOTHING_FITS = (
    f"Of {DRAWS} draws no settings went together (a number of heads, say, must divide the width); vary fewer "
    "settings, or give choices in place of a range."
)
NOTHING_NEW = f"Nothing is left to try: {DRAWS} draws gave no settings that were not tried before."


@job("sweep", lane=TRAIN)
def advance(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """Go on with sweep ``sweep``: choose settings for as many trials as may be trained side by side, or end it."""
    from workbench.studies.study import Study  # here: the composer and the web list this job too

    sweep = report.sweep(spec["sweep"])
    over: dict[str, Any] | None = None
    with Study(partial(open_file, workspace.studies), sweep) as study:
        study.follow(sweep)
        report.event("sweep_told", {"sweep": sweep.id, "importance": study.importance()})
        over = _over(sweep)
        while not over and sweep.state == RUNNING and not sweep.is_spent and len(sweep.live) < sweep.at_once:  # fmt: skip
            number = len(sweep.trials)
            settings = study.ask(number, partial(_go_together, sweep.spec), DRAWS)
            if settings is None:
                over = _exhausted(sweep)
                break
            report.event("trial_chosen", _queued(sweep, number, settings, workspace))
            sweep = report.sweep(sweep.id)
            study.follow(sweep)
    if over:
        report.event("sweep_over", {"sweep": sweep.id, **over})
    return {"sweep": sweep.id}


def _over(sweep: Sweep) -> dict[str, Any] | None:
    """State and message where the sweep is to end."""
    if failing := sweep.failing:
        return {
            "state": FAILED,
            "message": f"{FAILURES_IN_A_ROW} trials failed in a row, so the sweep has ended; vary the settings less far and "
            f"go on. The last one said: {failing.message}",
        }
    return {"state": DONE, "message": ""} if sweep.is_spent and not sweep.live else None


def _exhausted(sweep: Sweep) -> dict[str, Any] | None:
    """State and message where nothing new can be drawn; None while there are trials to wait for."""
    if sweep.live:
        return None
    if sweep.trials:
        return {"state": DONE, "message": NOTHING_NEW}
    return {"state": FAILED, "message": NOTHING_FITS}


def _queued(sweep: Sweep, number: int, settings: Values, workspace: Workspace) -> dict[str, Any]:
    """A trial's run, with its folder laid out: the music is shared with the other trials where the disk can share files."""
    asked = trial_spec(sweep.spec, settings)
    run = f"{asked.model.architecture}-{sweep.id.rpartition('-')[2]}t{number + 1}"
    folder = workspace.runs / run
    folder.mkdir(parents=True, exist_ok=True)
    for name in (DATASET_FILE, LABELS_FILE, REMEMBERED_FILE):
        source = workspace.sweeps / sweep.id / name
        if source.exists() and not (folder / name).exists():
            _shared(source, folder / name)
    return {
        "sweep": sweep.id,
        "number": number,
        "run": run,
        "spec": to_json(asked),
        "settings": settings,
    }


def _shared(source: Path, target: Path) -> None:
    """Two names for one file, else a copy; whole or not at all. Nobody writes into it: files here are replaced, not changed."""
    partial_file = target.with_name(f"{target.name}.partial")
    partial_file.unlink(missing_ok=True)
    with suppress(OSError, NotImplementedError):
        os.link(source, partial_file)
    if not partial_file.exists():
        shutil.copyfile(source, partial_file)
    partial_file.replace(target)


def trial_spec(spec: SweepSpec, settings: Values) -> TrainingSpec:
    """The training with the settings of a trial; those that mean nothing beside the others stay at their defaults."""
    base = spec.base
    architecture = ARCHITECTURES.get(base.model.architecture)
    of_model = {**base.model.settings, **_of(base.model.settings, settings)}
    of_training = {**vars(base.training), **_of(vars(base.training), settings, base.model.settings)}
    model = validated(architecture.settings, applicable(architecture.settings, of_model))
    return TrainingSpec(
        dataset=base.dataset,
        tokenizer=base.tokenizer,
        model=ModelSpec(architecture.name, to_json(model)),
        training=validated(TrainingSettings, applicable(TrainingSettings, of_training)),
        start_from=base.start_from,
        controls=base.controls,
    )


def _of(names: Values, settings: Values, others: Values | None = None) -> Values:
    """Those of some settings that have one of these names, and none of the others."""
    return {n: v for n, v in settings.items() if n in names and n not in (others or {})}


def _go_together(spec: SweepSpec, settings: Values) -> bool:
    """Whether the architecture takes these settings beside one another."""
    try:
        trial_spec(spec, settings)
    except InvalidSetting:
        return False
    return True
