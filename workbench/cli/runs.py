"""What was trained: ``runs``."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, fields, finish, table
from workbench.core.records import to_json
from workbench.core.runs import ENDED, STOPPED
from workbench.core.tables import FORMS
from workbench.jobs import TRAIN
from workbench.services import activity, comparing, run_bundles, run_cards, run_exports, training
from workbench.store.run_query import SORTS, RunQuery
from workbench.workspace import Workspace

_SHOWN = (
    "id", "state", "architecture", "dataset", "epoch", "best_loss", "held_out", "baseline", "parameters", "seconds",
    "watt_hours", "tags",
)  # fmt: skip
_OF_SEEDS = ("seeds", "held_out_interval")


def run_answer(options: argparse.Namespace, workspace: Workspace, run: str) -> Answer:
    """Do a run's job here, or leave it to a trainer with ``--detach``; the run as it is then."""
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
        "figures": comparing.line([record], comparing.watts(workspace)),
    }
    shown = ("id", "state", "epoch", "best_loss", "parameters", "evaluation", "note", "tags", "message")  # fmt: skip
    return data, fields({name: data[name] for name in shown})


def _list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    query = RunQuery(
        words=options.where, state=options.state, tag=options.tag, archived=options.archived
    )
    rows, _ = comparing.page(
        workspace, query, sort=options.sort, reverse=options.reverse, together=options.together, power=options.watts
    )  # fmt: skip
    columns = [*_SHOWN, *(_OF_SEEDS if options.together else ())]
    words = table(rows, columns)
    return rows, f"{words}\n{comparing.energy_words(options.watts or comparing.watts(workspace))}"


def _compare(options: argparse.Namespace, workspace: Workspace) -> Answer:
    found = comparing.compare(
        workspace, options.run_ids, together=options.together, power=options.watts
    )
    return found, found.table(options.format).rstrip("\n")


def _card(options: argparse.Namespace, workspace: Workspace) -> Answer:
    path = run_cards.write(workspace, options.run_id, options.out)
    return {"file": str(path)}, str(path)


def _show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _run_data(workspace, options.run_id)


def _stop(options: argparse.Namespace, workspace: Workspace) -> Answer:
    before = training.get(workspace, options.run_id)
    if before.state in ENDED:
        return {
            "ended": before.id,
            "state": before.state,
        }, f"The run {before.id} has ended already."
    training.stop(workspace, options.run_id)
    run = training.get(workspace, options.run_id)
    if run.state != STOPPED:
        return {"stopping": run.id}, "The run stops within seconds and keeps its best weights."
    if run.message:  # its trainer is gone, and others may wait for one
        activity.launch_next(workspace, TRAIN)
    return {"stopped": run.id, "message": run.message}, f"The run has ended. {run.message}".strip()


def _resume(options: argparse.Namespace, workspace: Workspace) -> Answer:
    training.resume(workspace, options.run_id)
    return run_answer(options, workspace, options.run_id)


def _export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if not run_exports.is_ready(workspace, options.run_id, options.format):
        finish(workspace, run_exports.prepare(workspace, options.run_id, options.format))
    path = run_exports.write(workspace, options.run_id, options.format, options.out)
    return {"file": str(path)}, str(path)


def _import(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = run_bundles.take(workspace, options.file)
    finish(workspace, job)
    run, is_new = run_bundles.taken(workspace, job)
    data, text = _run_data(workspace, run)
    return data | {"is_new": is_new}, text if is_new else f"The run {run} is here already."


def _queue(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.at_once is not None:
        activity.set_trainings_at_once(workspace, options.at_once)
    at_once, most = activity.trainings_at_once(workspace)
    rows = [
        {"id": job.spec.get("run", job.id), "state": job.standing, "progress": job.progress, "asked_by": job.asked_by, "created": job.created}
        for job in activity.training_queue(workspace)
    ]  # fmt: skip
    words = f"{table(rows)}\nAt once in the background: {at_once} of at most {most}."
    return {"at_once": at_once, "most": most, "queue": rows}, words


def _move(options: argparse.Namespace, workspace: Workspace) -> Answer:
    activity.move(workspace, training.job(workspace, options.run_id), options.where)
    return _queue(argparse.Namespace(at_once=None), workspace)


def _note(options: argparse.Namespace, workspace: Workspace) -> Answer:
    said: dict[str, Any] = {
        "note": options.text, "pinned": options.pin, "archived": options.archive, "tag": options.tag, "untag": options.untag,
    }  # fmt: skip
    comparing.annotate(workspace, options.run_ids, **said)
    rows = [
        {"id": run.id, "pinned": run.pinned, "archived": run.archived, "tags": list(run.tags), "note": run.note}
        for run in (training.get(workspace, each) for each in options.run_ids)
    ]  # fmt: skip
    return rows, table(rows)


def add(commands: Commands) -> None:
    """The commands of this module."""
    runs = commands.group("runs", "training runs")
    _add_figures(runs)
    _add_notes(runs)
    _add_queue(runs)
    _add_single(runs)


def _add_figures(runs: Commands) -> None:
    """``list`` and ``compare``."""
    listing = runs.command("list", _list, "list the runs with their figures")
    listing.add_argument(
        "--where", default="", metavar="WORDS", help="found in id, note, tags, dataset, model"
    )
    listing.add_argument("--state", default="", metavar="STATE")
    listing.add_argument("--tag", default="", metavar="TAG")
    listing.add_argument("--archived", action="store_true", help="archived runs too")
    listing.add_argument("--sort", default="begun", choices=SORTS)
    listing.add_argument("--reverse", action="store_true", help="the worst or the oldest first")
    compare = runs.command(
        "compare", _compare, "figures of some runs, and the settings that differ"
    )
    compare.add_argument("run_ids", nargs="+", metavar="RUN")
    compare.add_argument("--format", default="md", choices=FORMS)
    for command in (listing, compare):
        command.add_argument(
            "--together", action="store_true", help="seeds of one configuration as a mean with its 95 %% interval"
        )  # fmt: skip
        command.add_argument(
            "--watts", type=float, metavar="W",
            help=f"of a busy core, for the estimate of energy ({comparing.WATTS:g}, or what was set on the page)",
        )  # fmt: skip


def _add_notes(runs: Commands) -> None:
    """``note``."""
    note = runs.command("note", _note, "say something of runs: a note, tags, pin, archive")
    note.add_argument("run_ids", nargs="+", metavar="RUN")
    note.add_argument("--text", metavar="NOTE", help="replaces the note there was")
    note.add_argument("--tag", nargs="+", default=[], action="extend", metavar="TAG")
    note.add_argument("--untag", nargs="+", default=[], action="extend", metavar="TAG")
    note.add_argument("--pin", action=argparse.BooleanOptionalAction)
    note.add_argument("--archive", action=argparse.BooleanOptionalAction)


def _add_queue(runs: Commands) -> None:
    """``queue`` and ``move``."""
    queue = runs.command("queue", _queue, "what is trained and what waits")
    queue.add_argument(
        "--at-once",
        type=int,
        metavar="N",
        help="train so many at once in the background, from now on",
    )
    move = runs.command("move", _move, "move a waiting run in the queue")
    move.add_argument("run_id", metavar="RUN")
    move.add_argument("where", choices=("first", "up", "down", "last"))


def _add_single(runs: Commands) -> None:
    """What is done with one run."""
    taking = runs.command("import", _import, "bring in a run that export wrote elsewhere")
    taking.add_argument("file", type=Path, metavar="FILE.zip")
    for name, run, help in (
        ("show", _show, "show a run with its history"),
        ("card", _card, "write all that a run depended on and came to"),
        ("stop", _stop, "stop a run, keeping its best weights"),
        ("resume", _resume, "go on with a run from its last checkpoint"),
        ("export", _export, "write a run, or its model, to a zip file"),
    ):
        one = runs.command(name, run, help)
        one.add_argument("run_id", metavar="RUN")
        if name == "resume":
            one.add_argument("--detach", action="store_true", help="train in the background")
        if name in ("export", "card"):
            forms = "FILE.zip" if name == "export" else "FILE.json|.md"
            one.add_argument("--out", type=Path, required=True, metavar=forms)
        if name == "export":
            one.add_argument(
                "--format", default="bundle", choices=run_exports.FORMS,
                help="; ".join(f"{name}: {words}" for name, words in run_exports.FORMS.items()),
            )  # fmt: skip
