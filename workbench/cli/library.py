"""Collections, files and pieces: ``corpora``, ``import``, ``pieces``."""

import argparse
from pathlib import Path

from workbench.cli.answers import Answer, Commands, assignments, fields, finish, table
from workbench.core.errors import InvalidSetting, UnknownName, WorkFailed
from workbench.core.records import to_json
from workbench.core.runs import STOPPED
from workbench.services import activity, importing, library, tagging
from workbench.store.imports import OUTCOMES
from workbench.workspace import Workspace


def _corpora_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {
            "name": each.name,
            "title": each.title,
            "licence": each.licence.name,
            "pieces": each.pieces,
            "from": "installed" if each.is_installed else "net" if each.files else "your copy",
        }
        for each in importing.corpora()
    ]
    return rows, table(rows)


def _corpora_load(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = importing.load_corpus(
        workspace, options.name, limit=options.limit, place=options.place, own_net=True
    )
    return _import_answer(workspace, job)


def _import(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = importing.import_places(
        workspace,
        options.paths,
        collection=options.collection,
        licence=importing.LICENCES[options.licence],
    )
    return _import_answer(workspace, job)


def _imports_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"id": job.id, "title": job.title, "state": job.standing, "progress": f"{job.progress:.0%}"}
        | importing.counts(workspace, job.id)
        for job in importing.imports(workspace)
    ]
    return rows, table(rows, ("id", "title", "state", "progress"))


def _imports_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = _import_job(options, workspace)
    if options.csv:
        options.csv.write_text(importing.report_csv(workspace, job), encoding="utf-8")
    reasons = importing.reasons(workspace, job)
    data = {"id": job, "reasons": reasons, "files": importing.report(workspace, job)}
    return data, table(reasons)


def _imports_resume(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = _import_job(options, workspace)
    importing.resume(workspace, job)
    return _import_answer(workspace, job)


def _imports_stop(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = _import_job(options, workspace)
    activity.stop(workspace, job)
    now = activity.job(workspace, job)
    if now.state == STOPPED:
        return {
            "stopped": job,
            "message": now.message,
        }, f"The import has ended. {now.message}".strip()
    return {"stopping": job}, "The import stops within seconds; `imports resume` goes on with it."


def _import_job(options: argparse.Namespace, workspace: Workspace) -> str:
    """The import that was named, or the newest."""
    if options.job:
        return options.job
    last = importing.last_import(workspace)
    if last is None:
        raise UnknownName("Nothing was imported yet; begin with `import PATH`.")
    return last.id


def _import_answer(workspace: Workspace, job: str) -> Answer:
    finish(workspace, job)
    report = importing.report(workspace, job)
    counts = dict.fromkeys(OUTCOMES, 0) | importing.counts(workspace, job)
    lines = [f"{row.name}: {row.reason} {row.remedy}" for row in report if row.outcome == "refused"]
    summary = (
        f"{counts['imported']} files imported, {counts['duplicate']} were there already, "
        f"{counts['refused']} refused, {counts['left out']} left out."
    )
    if report and not counts["imported"] and not counts["duplicate"]:
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
    return {"total": total, "pieces": rows}, f"{table(rows)}\n{total} pieces match."


def _pieces_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    piece = library.piece(workspace, options.id)
    data = to_json(piece) | {
        "datasets": library.datasets_holding(workspace, piece.id),
        "remarks": library.remarks(workspace, piece.id),
    }
    return data, fields(data)


def _pieces_tag(options: argparse.Namespace, workspace: Workspace) -> Answer:
    changes: dict[str, str | None] = {
        name: value or None for name, value in assignments(options.set).items()
    }
    changes |= dict.fromkeys(options.unset)
    if not changes:
        raise InvalidSetting("No tag is named; write --set mood=calm or --unset mood.")
    tagging.tag(workspace, options.ids, changes)
    return {"tagged": options.ids}, f"{len(options.ids)} pieces tagged."


def _pieces_tags(options: argparse.Namespace, workspace: Workspace) -> Answer:
    names = tagging.tag_names(workspace)
    if options.rename:
        count = tagging.rename_tag(workspace, *options.rename)
    elif options.merge:
        count = tagging.merge_values(workspace, *options.merge)
    else:
        rows = [
            {"name": name, "value": value, "pieces": pieces}
            for name, values in names.items()
            for value, pieces in values.items()
        ]
        return names, table(rows)
    return {"pieces": count}, f"{tagging.amount(count)} changed."


def _pieces_history(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = [
        {"id": change.id, "when": change.when[:19], "who": change.who, "what": change.words}
        | {"undone": change.is_undone}
        for change in tagging.history(workspace, limit=options.limit)
    ]
    return rows, table(rows)


def _pieces_undo(options: argparse.Namespace, workspace: Workspace) -> Answer:
    change = tagging.undo(workspace, options.change)
    return to_json(change), f"Taken back: {change.words}."


def _pieces_facts(options: argparse.Namespace, workspace: Workspace) -> Answer:
    count = library.outdated(workspace)
    if not options.recompute:
        return {"outdated": count}, f"{tagging.amount(count)} with facts of an older version."
    done = finish(workspace, library.recompute_facts(workspace))
    count = done.result.get("pieces", 0)
    return {"pieces": count}, f"The facts of {tagging.amount(count)} were computed anew."


def _pieces_metadata(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.source:
        data = _read(options.source)
        count = tagging.read_metadata(workspace, data, options.source.name)
        return {"pieces": count}, f"{tagging.amount(count)} changed."
    form = options.out.suffix.lower().removeprefix(".")
    options.out.write_bytes(tagging.metadata(workspace, options.where, form=form))
    return {"file": str(options.out)}, str(options.out)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSetting(f"{path} cannot be read ({error.strerror}).") from error


def _pieces_export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    paths = library.export(workspace, options.ids, options.out)
    return {"files": [str(path) for path in paths]}, "\n".join(str(path) for path in paths)


def add(commands: Commands) -> None:
    """The commands of this module."""
    corpora = commands.group("corpora", "public collections")
    corpora.command("list", _corpora_list, "list the collections that can be loaded")
    load = corpora.command("load", _corpora_load, "load a collection into the library")
    load.add_argument("name")
    load.add_argument("--limit", type=int, metavar="N", help="only the first N pieces or files")
    load.add_argument(
        "--from", dest="place", metavar="PLACE", help="archive, folder or address that holds it"
    )

    bring = commands.command("import", _import, "import files, folders, archives and addresses")
    bring.add_argument("paths", nargs="+", metavar="PLACE")
    bring.add_argument("--collection", metavar="NAME")
    bring.add_argument("--licence", choices=sorted(importing.LICENCES), default="unknown")

    imports = commands.group("imports", "what imports did")
    imports.command("list", _imports_list, "list the newest imports")
    for name, run, help in (
        ("show", _imports_show, "count an import's files by outcome and reason"),
        ("stop", _imports_stop, "stop an import, keeping what it has"),
        ("resume", _imports_resume, "go on with an import that was stopped"),
    ):
        one = imports.command(name, run, help)
        one.add_argument("job", nargs="?", metavar="IMPORT", help="the newest, if none is named")
        if name == "show":
            one.add_argument(
                "--csv", type=Path, metavar="FILE", help="write the report of each file"
            )

    pieces = commands.group("pieces", "the library")
    listing = pieces.command("list", _pieces_list, "list pieces")
    listing.add_argument("--where", default="", metavar="QUERY")
    listing.add_argument("--limit", type=int, default=-1, metavar="N")
    pieces.command("show", _pieces_show, "show one piece").add_argument("id")
    tag = pieces.command("tag", _pieces_tag, "tag pieces; an empty value takes the tag away")
    tag.add_argument("ids", nargs="+", metavar="ID")
    tag.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE")
    tag.add_argument("--unset", nargs="+", default=[], metavar="NAME", help="take these tags away")
    export = pieces.command("export", _pieces_export, "write pieces to a file or folder")
    export.add_argument("ids", nargs="+", metavar="ID")
    export.add_argument("--out", type=Path, required=True, metavar="FILE_OR_FOLDER")
    tags = pieces.command("tags", _pieces_tags, "list the tags in use; rename or merge them")
    either = tags.add_mutually_exclusive_group()
    either.add_argument("--rename", nargs=2, metavar=("NAME", "NEW"), help="another name for a tag")
    either.add_argument(
        "--merge", nargs=3, metavar=("NAME", "OLD", "NEW"), help="another value for one value"
    )
    past = pieces.command("history", _pieces_history, "list what was changed, the newest first")
    past.add_argument("--limit", type=int, default=50, metavar="N")
    undo = pieces.command("undo", _pieces_undo, "take back a change")
    undo.add_argument("change", nargs="?", type=int, metavar="CHANGE", help="the newest, else")
    facts = pieces.command("facts", _pieces_facts, "count pieces whose facts are out of date")
    facts.add_argument("--recompute", action="store_true", help="compute those anew; tags stay")
    sheet = pieces.command("metadata", _pieces_metadata, "titles, composers and tags as a table")
    sheet.add_argument("--where", default="", metavar="QUERY")
    way = sheet.add_mutually_exclusive_group(required=True)
    way.add_argument("--out", type=Path, metavar="FILE", help="write a .csv or .json file")
    way.add_argument(
        "--from", dest="source", type=Path, metavar="FILE", help="take changes from it"
    )
