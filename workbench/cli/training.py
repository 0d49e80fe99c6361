"""Training and its results: ``train``, ``runs``."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, fields, finish, table
from workbench.controls import CONTROLS
from workbench.core.records import to_json
from workbench.core.settings import describe, validated
from workbench.core.specs import ModelSpec, TokenizerSpec, TrainingSettings, TrainingSpec
from workbench.services import activity, training
from workbench.workspace import Workspace
from workbench.zoo import PRESETS


def _train(options: argparse.Namespace, workspace: Workspace) -> Answer:
    architecture, tokenizer, settings = training.sort_settings(
        options.architecture, options.tokenizer, assignments(options.set), size=options.preset
    )
    spec = TrainingSpec(
        dataset=options.dataset,
        tokenizer=TokenizerSpec(options.tokenizer, tokenizer),
        model=ModelSpec(options.architecture, architecture),
        training=validated(TrainingSettings, settings),
        start_from=options.start_from,
        controls=tuple(options.controls),
    )
    run = training.start(workspace, spec)
    return _run_answer(options, workspace, run)


def _run_answer(options: argparse.Namespace, workspace: Workspace, run: str) -> Answer:
    job = training.job(workspace, run)
    if options.detach:
        activity.launch(workspace, job)
    else:
        finish(workspace, job)
    return _run_data(workspace, run)


def _run_data(workspace: Workspace, run: str) -> Answer:
    record = training.get(workspace, run)
    data = to_json(record) | {
        "epochs": to_json(training.history(workspace, run)),
        "checkpoints": to_json(training.checkpoints(workspace, run)),
    }
    shown = ("id", "state", "epoch", "best_loss", "parameters", "evaluation", "message")
    return data, fields({name: data[name] for name in shown})


def _runs_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows: list[dict[str, Any]] = [
        {
            "id": run.id,
            "state": run.state,
            "architecture": run.spec.model.architecture,
            "dataset": run.spec.dataset,
            "epoch": run.epoch,
            "best_loss": run.best_loss,
        }
        for run in training.runs(workspace)
    ]
    return rows, table(rows)


def _runs_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _run_data(workspace, options.run_id)


def _runs_stop(options: argparse.Namespace, workspace: Workspace) -> Answer:
    training.stop(workspace, options.run_id)
    return {"stopping": options.run_id}, "The run stops within seconds and keeps its best weights."


def _runs_resume(options: argparse.Namespace, workspace: Workspace) -> Answer:
    training.resume(workspace, options.run_id)
    return _run_answer(options, workspace, options.run_id)


def _runs_export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    path = training.export(workspace, options.run_id, options.out)
    return {"file": str(path)}, str(path)


def add(commands: Commands) -> None:
    """The commands of this module."""
    known = ", ".join(setting.name for setting in describe(TrainingSettings))
    train = commands.command("train", _train, "train a model on a dataset")
    train.add_argument("--dataset", required=True, metavar="NAME")
    train.add_argument("--architecture", required=True, metavar="A")
    train.add_argument("--tokenizer", default="melody-steps", metavar="T")
    train.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", action="extend",
        help=f"settings of the architecture, the tokenizer, or of training ({known})",
    )  # fmt: skip
    sizes = "; ".join(f"{size}: {words.lower()}" for size, words in PRESETS.items())
    train.add_argument("--preset", default="small", choices=PRESETS, help=sizes)
    train.add_argument(
        "--controls", nargs="+", default=[], metavar="NAME", choices=sorted(c.name for c in CONTROLS),
        help="what the model is told of every piece, to be chosen when composing: "
        + ", ".join(sorted(control.name for control in CONTROLS)),
    )  # fmt: skip
    train.add_argument("--from", dest="start_from", metavar="RUN_OR_PRETRAINED")
    train.add_argument("--detach", action="store_true", help="train in the background")

    runs = commands.group("runs", "training runs")
    runs.command("list", _runs_list, "list the runs")
    for name, run, help in (
        ("show", _runs_show, "show a run with its history"),
        ("stop", _runs_stop, "stop a run, keeping its best weights"),
        ("resume", _runs_resume, "go on with a run from its last checkpoint"),
        ("export", _runs_export, "write a run's model to a zip file"),
    ):
        one = runs.command(name, run, help)
        one.add_argument("run_id", metavar="RUN")
        if name == "resume":
            one.add_argument("--detach", action="store_true", help="train in the background")
        if name == "export":
            one.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
