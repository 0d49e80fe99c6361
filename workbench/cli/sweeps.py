"""Searching for good settings: ``sweep``."""

import argparse
import sys
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, fields, follow, table
from workbench.cli.training import add_spec_options, asked_spec
from workbench.core.errors import WorkFailed
from workbench.core.records import to_json
from workbench.core.runs import FAILED
from workbench.core.sweeps import SAMPLERS, Budget, Sweep, SweepSpec
from workbench.services import sweeps
from workbench.workspace import Workspace

USUAL_TRIALS = 20


def _start(options: argparse.Namespace, workspace: Workspace) -> Answer:
    base = asked_spec(options, workspace)
    spec = SweepSpec(
        base=base,
        vary=sweeps.ranges(base, assignments(options.vary)),
        sampler=options.sampler,
        seed=options.seed,
        prunes=options.prune,
    )
    budget = _budget(options) or Budget(trials=USUAL_TRIALS)
    return _go_on(options, workspace, sweeps.start(workspace, spec, budget))


def _resume(options: argparse.Namespace, workspace: Workspace) -> Answer:
    sweeps.resume(workspace, options.sweep, _budget(options))
    return _go_on(options, workspace, options.sweep)


def _budget(options: argparse.Namespace) -> Budget | None:
    given = options.trials, options.minutes
    return None if given == (None, None) else Budget(*given)


def _go_on(options: argparse.Namespace, workspace: Workspace, sweep: str) -> Answer:
    """Do the sweep's work here, or leave it to a trainer with ``--detach``; the sweep as it is then."""
    if options.detach:
        sweeps.launch(workspace, sweep)
        return _answer(sweeps.get(workspace, sweep))
    while job := sweeps.next_job(workspace, sweep):
        done = follow(workspace, job)
        if done.state == FAILED and done.kind == "train":
            print(f"{done.title}: {done.message}", file=sys.stderr)
    found = sweeps.get(workspace, sweep)
    if found.state == FAILED:
        raise WorkFailed(found.message)
    return _answer(found)


def _answer(sweep: Sweep) -> Answer:
    data = to_json(sweep) | {"best": to_json(sweep.best)}
    spec, best = sweep.spec, sweep.best
    shown = {
        "id": sweep.id,
        "state": sweep.state,
        "model": f"{spec.base.model.architecture} on {spec.base.dataset}",
        "varies": {vary.name: vary.words for vary in spec.vary},
        "sampler": f"{spec.sampler}, seed {spec.seed}",
        "budget": _words(sweep.budget),
        "best": best and f"{best.run}: {best.best_loss:.4g} nats/token",
        "importance": sweep.importance or None,
        "message": sweep.message,
    }
    rows: list[dict[str, Any]] = [
        {"trial": t.number + 1, "run": t.run, "state": t.state, "best_loss": t.best_loss, "epoch": t.epoch, **t.settings}
        for t in sweep.trials
    ]  # fmt: skip
    return data, f"{fields(shown)}\n{table(rows)}" if rows else fields(shown)


def _words(budget: Budget) -> str:
    return f"{budget.trials} trials" if budget.trials is not None else f"{budget.minutes:g} minutes"


def _list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    found = sweeps.all(workspace)
    rows = [
        {
            "id": sweep.id, "state": sweep.state, "model": sweep.spec.base.model.architecture,
            "dataset": sweep.spec.base.dataset, "varies": [vary.name for vary in sweep.spec.vary],
            "trials": len(sweep.trials), "budget": _words(sweep.budget), "best_run": sweep.best and sweep.best.run,
            "best_loss": sweep.best and sweep.best.best_loss, "created": sweep.created,
        }
        for sweep in found
    ]  # fmt: skip
    return rows, table(rows)


def _show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _answer(sweeps.get(workspace, options.sweep))


def _stop(options: argparse.Namespace, workspace: Workspace) -> Answer:
    sweeps.stop(workspace, options.sweep)
    return {
        "stopping": options.sweep
    }, "The sweep stops within seconds; its trials keep their best weights."


def add(commands: Commands) -> None:
    """The commands of this module."""
    group = commands.group("sweep", "search for good settings")
    start = group.command("start", _start, "train with many settings, and find those that do best")
    start.add_argument("--dataset", required=True, metavar="NAME")
    start.add_argument("--architecture", metavar="A")
    add_spec_options(start)
    start.add_argument(
        "--vary", nargs="+", required=True, action="extend", metavar="KEY=RANGE",
        help="a setting of the architecture or of training: LOW..HIGH, LOW..HIGH:log, or choices with commas between",
    )  # fmt: skip
    samplers = "; ".join(
        f"{name}: {words[0].lower()}{words[1:]}" for name, words in SAMPLERS.items()
    )
    start.add_argument("--sampler", default="tpe", choices=SAMPLERS, help=samplers)
    start.add_argument("--seed", type=int, default=0, metavar="N", help="of the sampler")
    start.add_argument(
        "--prune", action=argparse.BooleanOptionalAction, default=False,
        help="end trials early that are worse than half of those before",
    )  # fmt: skip
    group.command("list", _list, "list the sweeps")
    show = group.command("show", _show, "show a sweep with its trials")
    stop = group.command("stop", _stop, "stop a sweep; it can go on later")
    resume = group.command(
        "resume", _resume, "go on with a sweep, with what is left or so much more"
    )
    for command in (show, stop, resume):
        command.add_argument("sweep", metavar="SWEEP")
    for command in (start, resume):
        budget = command.add_mutually_exclusive_group()
        usual = f" ({USUAL_TRIALS})" if command is start else ""
        budget.add_argument("--trials", type=int, metavar="N", help=f"so many trials{usual}")
        budget.add_argument("--minutes", type=float, metavar="M", help="so long by the clock")
        command.add_argument("--detach", action="store_true", help="train in the background")
