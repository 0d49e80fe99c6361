"""The command line: ``python -m workbench …``, thin over the services.

Every command takes ``--workspace DIR`` (or ``WORKBENCH_HOME``) and ``--json``: one JSON document on standard output
and nothing else there. Progress and log lines go to standard error. Exit status: 0 done, 1 refused with
one clear sentence on standard error, 2 wrong usage.
"""

import argparse
import json
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError, WorkFailed
from workbench.core.records import to_json
from workbench.core.settings import describe, validated
from workbench.core.specs import (
    ComposeRequest,
    ModelSpec,
    TokenizerSpec,
    TrainingSettings,
    TrainingSpec,
)
from workbench.services import (
    activity,
    composing,
    datasets,
    evaluation,
    library,
    models,
    training,
)
from workbench.store import DatabaseError
from workbench.store.jobs import Job
from workbench.workspace import Workspace, open_workspace

Answer = tuple[Any, str]
"""What ``--json`` prints, and what a person reads."""
Command = Callable[[argparse.Namespace, Workspace], Answer]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("workbench").setLevel(
        logging.INFO if options.run is _worker else logging.WARNING
    )
    try:
        data, text = options.run(options, open_workspace(options.workspace))
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, DatabaseError) as error:
        print(f"The workspace cannot be used: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; what was saved is usable.", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(to_json(data), ensure_ascii=False))
    elif text:
        print(text)
    return 0


# --- commands ---------------------------------------------------------------------------------


def _corpora_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"name": c.name, "title": c.title, "licence": c.licence.name, "pieces": len(c.members())}
        for c in library.corpora()
    ]
    return rows, _table(rows)


def _corpora_load(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _import_answer(
        workspace, library.load_corpus(workspace, options.name, limit=options.limit)
    )


def _import(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = library.import_paths(workspace, options.paths, collection=options.collection)
    return _import_answer(workspace, job)


def _import_answer(workspace: Workspace, job: str) -> Answer:
    _finish(workspace, job)
    report = library.import_report(workspace, job)
    counts = {"imported": 0, "duplicate": 0, "refused": 0}
    for row in report:
        counts[row["outcome"]] += 1
    lines = [f"{row['name']}: {row['reason']}" for row in report if row["outcome"] == "refused"]
    summary = (
        f"{counts['imported']} files imported, {counts['duplicate']} were there already, "
        f"{counts['refused']} refused."
    )
    if report and counts["refused"] == len(report):
        raise WorkFailed("\n".join([*lines, "Nothing was imported."]))
    return {**counts, "files": report}, "\n".join([*lines, summary])


def _pieces_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    pieces, total = library.search(workspace, options.where, limit=options.limit)
    rows = [
        {"id": p.id, "title": p.title, "collection": p.collection}
        | {name: p.facts.get(name) for name in ("key", "meter", "bars")}
        | {"tags": p.tags}
        for p in pieces
    ]
    return {"total": total, "pieces": rows}, f"{_table(rows)}\n{total} pieces match."


def _pieces_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    piece = library.piece(workspace, options.id)
    data = to_json(piece) | {
        "datasets": library.datasets_holding(workspace, piece.id),
        "remarks": library.remarks(workspace, piece.id),
    }
    return data, _fields(data)


def _pieces_tag(options: argparse.Namespace, workspace: Workspace) -> Answer:
    changes = {name: value or None for name, value in _assignments(options.set).items()}
    library.tag(workspace, options.ids, changes)
    return {"tagged": options.ids}, f"{len(options.ids)} pieces tagged."


def _pieces_export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    paths = library.export(workspace, options.ids, options.out)
    return {"files": [str(path) for path in paths]}, "\n".join(str(path) for path in paths)


def _datasets_create(options: argparse.Namespace, workspace: Workspace) -> Answer:
    dataset = datasets.create(
        workspace, options.name, query=options.where, split=options.split, seed=options.seed
    )
    return _dataset_answer(dataset)


def _datasets_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _dataset_answer(datasets.get(workspace, options.name))


def _dataset_answer(dataset: Any) -> Answer:
    data = to_json(dataset) | {"id": dataset.id}
    counts = {split: len(dataset.members(split)) for split in ("train", "valid", "test")}
    shown = {"id": dataset.id, "pieces": len(dataset.pieces), **counts}
    return data, _fields(shown | {"seed": dataset.seed, "fingerprint": dataset.fingerprint})


def _datasets_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = datasets.summaries(workspace)
    return rows, _table(rows, ("id", "pieces", "train", "valid", "test", "created"))


def _datasets_diff(options: argparse.Namespace, workspace: Workspace) -> Answer:
    change = datasets.difference(workspace, options.a, options.b)
    text = f"{len(change.added)} added, {len(change.removed)} removed, {len(change.moved)} moved."
    return change, text


def _train(options: argparse.Namespace, workspace: Workspace) -> Answer:
    architecture, tokenizer, settings = training.sort_settings(
        options.architecture, options.tokenizer, _assignments(options.set)
    )
    spec = TrainingSpec(
        dataset=options.dataset,
        tokenizer=TokenizerSpec(options.tokenizer, tokenizer),
        model=ModelSpec(options.architecture, architecture),
        training=validated(TrainingSettings, settings),
        start_from=options.start_from,
    )
    run = training.start(workspace, spec)
    return _run_answer(options, workspace, run)


def _run_answer(options: argparse.Namespace, workspace: Workspace, run: str) -> Answer:
    job = training.job(workspace, run)
    if options.detach:
        activity.launch(workspace, job)
    else:
        _finish(workspace, job)
    return _run_data(workspace, run)


def _run_data(workspace: Workspace, run: str) -> Answer:
    record = training.get(workspace, run)
    data = to_json(record) | {
        "epochs": to_json(training.history(workspace, run)),
        "checkpoints": to_json(training.checkpoints(workspace, run)),
    }
    shown = ("id", "state", "epoch", "best_loss", "parameters", "evaluation", "message")
    return data, _fields({name: data[name] for name in shown})


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
    return rows, _table(rows)


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


def _compose(options: argparse.Namespace, workspace: Workspace) -> Answer:
    composing.check_targets(options.out, options.count)
    request = ComposeRequest(
        model=options.model, bars=options.bars, seed=options.seed,
        temperature=options.temperature, top_k=options.top_k, top_p=options.top_p,
        key=options.key, meter=options.meter, tempo=options.tempo, primer=options.primer_text,
    )  # fmt: skip
    if options.primer:
        request = composing.with_primer_file(workspace, request, options.primer)
    rows: list[dict[str, Any]] = []
    for request_now in composing.variations(request, options.count):
        job = _finish(workspace, composing.enqueue(workspace, request_now))
        made = composing.get(workspace, job.result["composition"])
        files = composing.write(workspace, made.id, options.out, number=len(rows), of=options.count)
        rows.append({"id": made.id, "request": to_json(made.request), "seconds": made.seconds})
        rows[-1]["files"] = [str(path) for path in files]
    text = "\n".join(path for row in rows for path in row["files"])
    return {"compositions": rows}, text


def _evaluate(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = evaluation.enqueue(workspace, options.model, options.dataset, split=options.split)
    result = _finish(workspace, job).result["evaluation"]
    return result, _fields(result)


def _models_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"name": model.name, "title": model.title, "tokenizer": model.card.tokenizer.name}
        for model in models.available(workspace)
    ]
    return rows, _table(rows)


def _worker(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.kind == "composer":
        from workbench.jobs.composer import compose_until_idle

        compose_until_idle(workspace)
    else:
        from workbench.jobs.trainer import train_until_done

        train_until_done(workspace)
    return {}, ""


# --- doing the work ---------------------------------------------------------------------------


def _finish(workspace: Workspace, job: str) -> Job:
    """Do a job in this process, with its progress on standard error; ``WorkFailed`` where it failed."""
    ended = threading.Event()
    watcher = threading.Thread(target=_show_progress, args=(workspace, job, ended), daemon=True)
    watcher.start()
    try:
        done = activity.finish(workspace, job)
    finally:
        ended.set()
        watcher.join()
    if done.state == "failed":
        raise WorkFailed(done.message)
    return done


def _show_progress(workspace: Workspace, job: str, ended: threading.Event) -> None:
    last = ""
    while not ended.wait(1.0):
        now = activity.job(workspace, job)
        line = f"{now.title}: {now.progress:4.0%} {now.text}"
        if now.text and line != last:
            print(line, file=sys.stderr)
            last = line


# --- words ------------------------------------------------------------------------------------


def _assignments(pairs: Sequence[str]) -> dict[str, str]:
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise WorkbenchError(f"{pair!r} is not understood; write it as name=value.")
        result[name] = value
    return result


def _table(rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> str:
    if not rows:
        return "There is nothing yet."
    columns = columns or list(rows[0])
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    lines = [columns, *cells]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _fields(data: dict[str, Any]) -> str:
    width = max(len(name) for name in data)
    return "\n".join(f"{name.ljust(width)}  {_cell(value)}" for name, value in data.items())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name}={_cell(item)}" for name, item in value.items())
    return str(value)


# --- the parser -------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--workspace", metavar="DIR", help="where everything is kept")
    common.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser = argparse.ArgumentParser(prog="python -m workbench", description=__doc__.split("\n")[0])
    groups = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(place: Any, name: str, run: Command, help: str) -> argparse.ArgumentParser:
        added = place.add_parser(name, parents=[common], help=help, description=help)
        added.set_defaults(run=run)
        return added

    def group(name: str, help: str) -> Any:
        place = groups.add_parser(name, help=help, description=help)
        return place.add_subparsers(required=True, metavar="COMMAND")

    _library_parsers(groups, group, command)
    _dataset_parsers(group, command)
    _training_parsers(groups, group, command)
    _composing_parsers(groups, group, command)
    worker = command(groups, "worker", _worker, "serve the queue (started by the app itself)")
    worker.add_argument("kind", choices=("composer", "trainer"))
    return parser


def _library_parsers(groups: Any, group: Any, command: Any) -> None:
    corpora = group("corpora", "public collections")
    command(corpora, "list", _corpora_list, "list the collections that can be loaded")
    load = command(corpora, "load", _corpora_load, "load a collection into the library")
    load.add_argument("name")
    load.add_argument("--limit", type=int, metavar="N", help="only the first N pieces")

    bring = command(groups, "import", _import, "import files, folders and zip archives")
    bring.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    bring.add_argument("--collection", metavar="NAME")

    pieces = group("pieces", "the library")
    listing = command(pieces, "list", _pieces_list, "list pieces")
    listing.add_argument("--where", default="", metavar="QUERY")
    listing.add_argument("--limit", type=int, default=-1, metavar="N")
    command(pieces, "show", _pieces_show, "show one piece").add_argument("id")
    tag = command(pieces, "tag", _pieces_tag, "tag pieces; an empty value takes the tag away")
    tag.add_argument("ids", nargs="+", metavar="ID")
    tag.add_argument("--set", nargs="+", required=True, metavar="NAME=VALUE")
    export = command(pieces, "export", _pieces_export, "write pieces to a file or folder")
    export.add_argument("ids", nargs="+", metavar="ID")
    export.add_argument("--out", type=Path, required=True, metavar="FILE_OR_FOLDER")


def _dataset_parsers(group: Any, command: Any) -> None:
    sets = group("datasets", "fixed selections of pieces with fair splits")
    create = command(sets, "create", _datasets_create, "fix a new dataset version")
    create.add_argument("name")
    create.add_argument("--where", default="", metavar="QUERY")
    create.add_argument("--split", default="80/10/10", metavar="TRAIN/VALID/TEST")
    create.add_argument("--seed", type=int, default=0)
    command(sets, "list", _datasets_list, "list dataset versions")
    command(sets, "show", _datasets_show, "show a dataset version").add_argument("name")
    diff = command(sets, "diff", _datasets_diff, "what changed between two versions")
    diff.add_argument("a")
    diff.add_argument("b")


def _training_parsers(groups: Any, group: Any, command: Any) -> None:
    known = ", ".join(setting.name for setting in describe(TrainingSettings))
    train = command(groups, "train", _train, "train a model on a dataset")
    train.add_argument("--dataset", required=True, metavar="NAME")
    train.add_argument("--architecture", required=True, metavar="A")
    train.add_argument("--tokenizer", default="melody-steps", metavar="T")
    train.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", action="extend",
        help=f"settings of the architecture, the tokenizer, or of training ({known})",
    )  # fmt: skip
    train.add_argument("--from", dest="start_from", metavar="RUN_OR_PRETRAINED")
    train.add_argument("--detach", action="store_true", help="train in the background")

    runs = group("runs", "training runs")
    command(runs, "list", _runs_list, "list the runs")
    for name, run, help in (
        ("show", _runs_show, "show a run with its history"),
        ("stop", _runs_stop, "stop a run, keeping its best weights"),
        ("resume", _runs_resume, "go on with a run from its last checkpoint"),
        ("export", _runs_export, "write a run's model to a zip file"),
    ):
        one = command(runs, name, run, help)
        one.add_argument("run_id", metavar="RUN")
        if name == "resume":
            one.add_argument("--detach", action="store_true", help="train in the background")
        if name == "export":
            one.add_argument("--out", type=Path, required=True, metavar="FILE.zip")


def _composing_parsers(groups: Any, group: Any, command: Any) -> None:
    command(group("models", "what can compose"), "list", _models_list, "list the models")
    compose = command(groups, "compose", _compose, "compose new music")
    compose.add_argument("--model", required=True, metavar="RUN_OR_PRETRAINED")
    compose.add_argument("--bars", type=int, default=8)
    compose.add_argument("--seed", type=int, default=0)
    compose.add_argument("--temperature", type=float, default=1.0)
    compose.add_argument("--top-k", type=int, default=0, help="0 for all")
    compose.add_argument("--top-p", type=float, default=1.0)
    compose.add_argument("--key", metavar="K", help='such as "D major"')
    compose.add_argument("--meter", metavar="M", help="such as 6/8")
    compose.add_argument("--tempo", type=float, help="quarter notes per minute")
    compose.add_argument("--primer", type=Path, metavar="FILE", help="begin as this file does")
    compose.add_argument(
        "--primer-text", default="", metavar="SYMBOLS", help='such as "60 _ 62 _ 64 _"'
    )
    compose.add_argument("--count", type=int, default=1, help="pieces, with seeds that count up")
    compose.add_argument("--out", nargs="+", type=Path, required=True, metavar="FILE")

    evaluate = command(groups, "evaluate", _evaluate, "score held-out pieces with a model")
    evaluate.add_argument("--model", required=True, metavar="RUN_OR_PRETRAINED")
    evaluate.add_argument("--dataset", required=True, metavar="NAME")
    evaluate.add_argument("--split", default="test", choices=("train", "valid", "test"))
