"""What models are worth: ``evaluate``, ``benchmark``, ``benchmarks``."""

import argparse
from pathlib import Path

from workbench.cli.answers import Answer, Commands, fields, finish, table
from workbench.core.bench import BenchSpec
from workbench.core.errors import InvalidSetting, WorkFailed
from workbench.metrics.standings import BY_NAME
from workbench.services import bench_reports, benches, benchmarks, evaluation, models
from workbench.workspace import Workspace


def _evaluate(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.all:
        if options.in_order:
            raise InvalidSetting("The bench compares estimates; leave out --in-order, or --all.")
        return _bench(options, workspace)
    if len(options.model) != 1:
        raise InvalidSetting("Name one model with --model, or write --all to compare several.")
    job = evaluation.enqueue(
        workspace, options.model[0], options.dataset, split=options.split, in_order=options.in_order
    )
    result = finish(workspace, job).result["evaluation"]
    shown = fields(result)
    split = options.split
    of, heard, is_known = evaluation.heard(workspace, options.model[0], options.dataset, split)
    result |= {"heard": heard, "all_heard_is_known": is_known}
    note = _of_heard(options.model[0], heard, f"{of} pieces of the split {split}", is_known)
    return result, f"{shown}\n{note}" if note else shown


def _of_heard(model: str, heard: int, of: str, is_known: bool) -> str:
    """A word of warning where a figure is of music that a model learned from, or may have."""
    if heard and is_known:
        return f"Note: {model} has heard {heard} of the {of} or one of their families, so this is no held-out figure."
    if heard:
        return f"Note: {model} learned from the collections of {heard} of the {of} and may have heard any of them."
    return "" if is_known else f"Note: it is not known here what all {model} has heard."


def _bench(options: argparse.Namespace, workspace: Workspace) -> Answer:
    names = options.model or [model.name for model in models.available(workspace)]
    spec = BenchSpec(
        options.dataset, tuple(names), options.pieces, options.seed, options.split, options.unheard
    )
    for path in options.out:
        bench_reports.form_of(path)  # refused before any work begins
    bench = benches.enqueue(workspace, spec)
    finish(workspace, benches.job(workspace, bench).id)
    for path in options.out:
        bench_reports.write(workspace, bench, path, (), options.figure, together=options.together)
    found = benches.leaderboard(workspace, bench, (), options.figure, together=options.together)
    return found.as_json(), found.table("md")


def _benchmark(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.self_test:
        return _self_test(options, workspace)
    if not options.model or not options.data:
        raise InvalidSetting(
            f"What is to be measured? Write benchmark {options.name} --model RUN_OR_PRETRAINED --data PATH, or --self-test."
        )
    job = benchmarks.enqueue(
        workspace, options.name, options.model, options.data,
        split=options.split, keys=options.keys, recall=options.recall,
    )  # fmt: skip
    reading = finish(workspace, job).result["reading"]
    remarks = [f"Note: {remark}" for remark in reading["remarks"]]
    shown = {name: value for name, value in reading.items() if name != "remarks"}
    return reading, "\n".join([fields(shown), *remarks])


def _self_test(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = benchmarks.enqueue_self_test(workspace, options.name, options.data)
    checks = finish(workspace, job).result["checks"]
    lines = [
        f"{'ok    ' if each['holds'] else 'WRONG '} {each['what']}: {each['reads']:.4f} ({each['why']})"
        for each in checks
    ]
    if not all(each["holds"] for each in checks):
        raise WorkFailed("\n".join([*lines, "The benchmark does not read what it must."]))
    return {"benchmark": options.name, "checks": checks}, "\n".join(lines)


def _benchmarks(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"name": each.name, "title": each.title, "unit": each.unit}
        for each in benchmarks.available()
    ]
    return rows, table(rows)


def add(commands: Commands) -> None:
    """The commands of this module."""
    _add_evaluate(commands)
    commands.group("benchmarks", "rulers that others use").command(
        "list", _benchmarks, "list the benchmarks"
    )
    _add_benchmark(commands)


def _add_evaluate(commands: Commands) -> None:
    """``evaluate``."""
    evaluate = commands.command(
        "evaluate", _evaluate, "score held-out pieces with a model, or put several on the bench"
    )
    evaluate.add_argument("--model", action="append", default=[], metavar="RUN_OR_PRETRAINED")
    evaluate.add_argument("--dataset", required=True, metavar="NAME")
    evaluate.add_argument("--split", default="test", choices=("train", "valid", "test"))
    evaluate.add_argument(
        "--in-order", action="store_true",
        help="read a model that fills holes (Coconet) frame after frame from left to right: exact, but minutes; without it, an estimate over all orders of filling",
    )  # fmt: skip
    evaluate.add_argument(
        "--all", action="store_true",
        help="every figure of the bench, for the models that are named (--model may be repeated) or for all",
    )  # fmt: skip
    evaluate.add_argument(
        "--pieces",
        type=int,
        default=40,
        metavar="N",
        help="with --all: composed by each model (40)",
    )
    evaluate.add_argument(
        "--seed", type=int, default=0, metavar="N", help="with --all: of the compositions (0)"
    )
    evaluate.add_argument(
        "--unheard",
        action="store_true",
        help="with --all: only pieces that none of the models has heard",
    )
    evaluate.add_argument(
        "--together",
        action="store_true",
        help="with --all: runs that differ in their seed alone as one",
    )
    evaluate.add_argument(
        "--figure", action="append", default=[], choices=list(BY_NAME), metavar="NAME",
        help=f"with --all: only this figure, may be repeated: {', '.join(BY_NAME)}",
    )  # fmt: skip
    evaluate.add_argument(
        "--out", type=Path, action="append", default=[], metavar="FILE",
        help="with --all: a report too, .html .pdf .csv .tex .md .png or .svg",
    )  # fmt: skip


def _add_benchmark(commands: Commands) -> None:
    """``benchmark``."""
    one = commands.command("benchmark", _benchmark, "measure a model on a benchmark's data")
    one.add_argument("name", metavar="NAME")
    one.add_argument("--model", metavar="RUN_OR_PRETRAINED")
    one.add_argument("--data", type=Path, metavar="PATH", help="the data, a file or a folder")
    one.add_argument("--split", default="valid", choices=("train", "valid", "test"))
    one.add_argument(
        "--keys", type=int, default=1, metavar="N",
        help="read every piece in so many keys around its own, and take the mean of what the model says",
    )  # fmt: skip
    one.add_argument(
        "--recall", action="store_true",
        help="put a memory beside the model: what followed earlier in the piece, where its last frames come back",
    )  # fmt: skip
    one.add_argument(
        "--self-test", action="store_true",
        help="read models of which the figure is known, on the data or on installed music",
    )  # fmt: skip
