"""What was composed: ``compositions``."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, fields, finish, table
from workbench.core.errors import InvalidSetting
from workbench.core.provenance import statement
from workbench.core.records import to_json
from workbench.services import composing, exporting, feedback, keeping, versions
from workbench.services.keeping import SORTS, Change, Wish
from workbench.services.previews import BITS, CD, RATES, Quality
from workbench.services.versions import Branch
from workbench.workspace import Workspace


def _list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    wish = Wish(
        options.words, options.folder, options.tag, options.rating, options.model, options.trash
    )
    found, total = keeping.find(workspace, wish, sort=options.sort, limit=options.limit)
    rows = [
        {
            "id": made.id,
            "title": made.title,
            "model": made.request.model,
            "bars": len(made.plan.bars),
            "seed": made.request.seed,
            "created": made.created,
            "rating": made.kept.rating,
            "folder": made.kept.folder,
            "tags": list(made.kept.tags),
        }
        for made in found
    ]
    return {"total": total, "compositions": rows}, table(rows)


def _show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    made = composing.get(workspace, options.id)
    words = {"title": made.title, "statement": statement(made)}
    kin = {"parent": made.parent or None, "origin": made.origin or None}
    said = to_json(made.kept) | {"feedback": feedback.by_name(workspace, made.id)}
    shown = {"id": made.id} | words | said | kin | composing.reproduction(made)
    return shown, fields(shown)


# --- keeping ----------------------------------------------------------------------------------


def _tag(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _changed(keeping.tag(workspace, options.ids, add=options.add, remove=options.remove))


def _move(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _changed(keeping.move(workspace, options.ids, options.to))


def _rate(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _changed(keeping.rate(workspace, options.ids, options.stars))


def _trash(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.empty:
        count = keeping.empty_trash(workspace)
        return {"gone": count}, f"Gone for good: {count:,}."
    if not options.ids:
        raise InvalidSetting("No composition is named; name some, or write --empty.")
    return _changed(keeping.trash(workspace, options.ids))


def _restore(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _changed(keeping.restore(workspace, options.ids))


def _changed(change: Change) -> Answer:
    return {"changed": list(change.before)}, f"{change.words}."


def _feedback(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.id:
        bar = (
            feedback.bar_named(workspace, options.id, options.bar)
            if options.bar
            else feedback.WHOLE
        )
        feedback.say(workspace, options.id, options.say, bar=bar)
        said = feedback.by_name(workspace, options.id)
        return said, fields(said or {"": ""})
    if not options.out:
        raise InvalidSetting("Nothing is asked for; write --out FILE, or an ID with --say up.")
    count = exporting.write_lines(options.out, feedback.lines(workspace))
    return {"file": str(options.out), "lines": count}, str(options.out)


def _diff(options: argparse.Namespace, workspace: Workspace) -> Answer:
    one, other = (composing.get(workspace, each) for each in (options.one, options.other))
    found = versions.whole_difference(workspace, one.id, other.id)
    counts = {"both": found.both, "only_one": len(found.only_one), "only_other": len(found.only_other)}  # fmt: skip
    settings = versions.settings_that_differ(one, other)
    rows = [{"setting": name, "first": was, "second": is_} for name, (was, is_) in settings.items()]
    text = fields({"notes in both": found.both, "only in the first": len(found.only_one), "only in the second": len(found.only_other)})  # fmt: skip
    return counts | {"settings": rows}, f"{text}\n{table(rows)}" if rows else text


def _versions(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows: list[dict[str, Any]] = []
    for branch in versions.tree(workspace, options.id):
        _add_rows(rows, branch, 0)
    lines = [f"{'  ' * row['depth']}{row['id']}  {row['title']}  {row['origin']}".rstrip() for row in rows]  # fmt: skip
    return rows, "\n".join(lines)


def _add_rows(rows: list[dict[str, Any]], branch: Branch, depth: int) -> None:
    made = branch.made
    rows.append({"depth": depth, "id": made.id, "title": made.title, "origin": made.origin, "parent": made.parent or None})  # fmt: skip
    for child in branch.children:
        _add_rows(rows, child, depth + 1)


def _export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    quality = Quality(options.rate, options.bits)
    if options.out.suffix.lower() != ".zip":
        if len(options.ids) > 1 or options.formats:
            raise InvalidSetting(
                f"{options.out} is one file; name a .zip file for several compositions or formats."
            )
        exporting.check_targets([options.out], 1)
        exporting.write(workspace, options.ids[0], [options.out], quality=quality)
        return {"file": str(options.out)}, str(options.out)
    kinds = [
        kind.strip().lstrip(".") for kind in (options.formats or "").split(",") if kind.strip()
    ]
    job = exporting.prepare(workspace, options.ids, kinds or exporting.USUAL, quality)
    result = finish(workspace, job).result
    exporting.keep(workspace, result["stored"], options.out)
    return {"file": str(options.out), "files": result["files"]}, str(options.out)


def add(commands: Commands) -> None:
    """The commands of this module."""
    group = commands.group("compositions", "what was composed here")
    listing = group.command("list", _list, "list compositions, the newest first")
    listing.add_argument("--limit", type=int, default=-1, metavar="N")
    listing.add_argument("--words", default="", help="of title, tags, note, folder or model")
    listing.add_argument("--folder", default="", metavar="PATH", help="with all within it")
    for name in ("tag", "model"):
        listing.add_argument(f"--{name}", default="", metavar="NAME")
    listing.add_argument(
        "--rating", type=int, default=0, metavar="N", help="at least so many stars"
    )
    listing.add_argument("--trash", action="store_true", help="what lies in the trash instead")
    listing.add_argument("--sort", choices=list(SORTS), default="newest")
    group.command("show", _show, "show all that made a composition").add_argument("id")
    _add_keeping(group)
    _add_comparing(group)
    export = group.command(
        "export", _export, "write one to a file of any format, or many to a zip with a manifest"
    )
    export.add_argument("ids", nargs="+", metavar="ID")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument(
        "--formats", metavar="A,B", help=f"of the files in a zip; else {','.join(exporting.USUAL)}"
    )
    export.add_argument("--rate", type=int, default=CD.rate, choices=RATES, help="of sound, in Hz")
    export.add_argument("--bits", type=int, default=CD.bits, choices=BITS, help="of WAV and FLAC")


def _add_keeping(group: Commands) -> None:
    """What changes compositions: each command takes several."""
    commands = {
        "tag": (_tag, "tag compositions, or take tags away"),
        "move": (_move, "put compositions into a folder"),
        "rate": (_rate, "give compositions stars"),
        "trash": (_trash, "put compositions into the trash, or empty it"),
        "restore": (_restore, "take compositions out of the trash"),
    }
    added = {name: group.command(name, *each) for name, each in commands.items()}
    for name, command in added.items():
        command.add_argument("ids", nargs="*" if name == "trash" else "+", metavar="ID")
    added["tag"].add_argument("--add", nargs="+", default=[], metavar="TAG")
    added["tag"].add_argument("--remove", nargs="+", default=[], metavar="TAG")
    added["move"].add_argument(
        "--to", required=True, metavar="PATH", help='such as Waltzes/Sketches; "" for no folder'
    )
    added["rate"].add_argument("--stars", type=int, required=True, metavar="0..5")
    added["trash"].add_argument(
        "--empty", action="store_true", help="throw all of it away for good"
    )


def _add_comparing(group: Commands) -> None:
    """Versions, and what is thought of them."""
    tree = group.command("versions", _versions, "show what came out of what")
    tree.add_argument("id")
    diff = group.command("diff", _diff, "count the notes and list the settings that differ")
    diff.add_argument("one")
    diff.add_argument("other")
    said = group.command(
        "feedback", _feedback, "write all feedback to a file of JSON lines, or say something of one"
    )
    said.add_argument("id", nargs="?")
    said.add_argument("--out", type=Path, metavar="FILE")
    said.add_argument(
        "--say", default="up", choices=[*feedback.VALUES, ""], help='"" takes it back'
    )
    said.add_argument(
        "--bar",
        metavar="N",
        help="of that bar, as the score numbers it (upbeat, 8, 8b); else of the whole piece",
    )
