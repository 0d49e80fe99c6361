"""Fixed selections of pieces: ``datasets``, and the families they keep together: ``families``."""

import argparse
from pathlib import Path
from typing import Any

from workbench.cli.answers import Answer, Commands, assignments, fields, finish, table
from workbench.core.augmentation import NONE, parse_augmentation
from workbench.core.dataset import SPLITS, DatasetVersion
from workbench.core.errors import UnreadableFile
from workbench.core.piece import Piece
from workbench.core.records import to_json
from workbench.core.specs import TokenizerSpec
from workbench.services import datasets, families, leakage, portable, training
from workbench.services.datasets import ONLY_PICKED
from workbench.workspace import Workspace


def _create(options: argparse.Namespace, workspace: Workspace) -> Answer:
    only_picked = options.where is None and options.add
    dataset = datasets.create(
        workspace,
        options.name,
        query=ONLY_PICKED if only_picked else options.where or "",
        add=options.add,
        without=options.without,
        least_notes=options.least_notes,
        split=options.split,
        seed=options.seed,
        stratify=options.stratify,
        augmentation=parse_augmentation(options.augment),
        window_bars=options.window_bars,
        note=options.note,
    )
    return _answer(workspace, dataset)


def _change(options: argparse.Namespace, workspace: Workspace) -> Answer:
    dataset = datasets.change(
        workspace,
        options.name,
        add=options.add,
        without=options.without,
        move=assignments(options.move),
        augmentation=parse_augmentation(options.augment) if options.augment else None,
        note=options.note,
    )
    return _answer(workspace, dataset)


def _show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _answer(workspace, datasets.get(workspace, options.name))


def _answer(workspace: Workspace, dataset: DatasetVersion) -> Answer:
    licences = datasets.licences_of(workspace, dataset)
    shareable = datasets.is_shareable(workspace, dataset)
    data = to_json(dataset) | {"id": dataset.id, "licences": licences, "shareable": shareable}
    shown: dict[str, Any] = {
        "id": dataset.id,
        "parent": dataset.parent,
        "note": dataset.note or None,
    }
    shown |= {"pieces": len(dataset.pieces)}
    shown |= {split: len(dataset.members(split)) for split in SPLITS}
    if dataset.augmentation != NONE:
        shown |= {"augmentation": {k: v for k, v in to_json(dataset.augmentation).items() if v}}
    shown |= {"licences": licences, "model may be shared": "yes" if shareable else "no"}
    return data, fields(shown | {"seed": dataset.seed, "fingerprint": dataset.fingerprint})


def _list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = datasets.summaries(workspace)
    return rows, table(rows, ("id", "pieces", "train", "valid", "test", "parent", "created"))


def _diff(options: argparse.Namespace, workspace: Workspace) -> Answer:
    change = datasets.difference(workspace, options.a, options.b)
    text = (
        f"{len(change.added)} added, {len(change.removed)} removed, {len(change.moved)} moved, "
        f"{len(change.retagged)} retagged."
    )
    return change, text


def _fit(options: argparse.Namespace, workspace: Workspace) -> Answer:
    spec = TokenizerSpec(options.tokenizer, assignments(options.set))
    fit = training.fit_of(workspace, options.name, spec)
    sample = f" looked at of {fit.of}" if fit.pieces < fit.of else ""
    lines = [f"{fit.said} of {fit.pieces} pieces{sample} can be said by {options.tokenizer}."]
    lines += [f"{count}: {reason}" for reason, count in fit.reasons.items()]
    return to_json(fit), "\n".join(lines)


def _leaks(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.splits:
        try:
            text = options.splits.read_text(encoding="utf-8")
        except OSError as error:
            raise UnreadableFile(f"{options.splits} cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                f"{options.splits} is no text in UTF-8 ({error}); save it as CSV in UTF-8."
            ) from error
        report = leakage.of_csv(workspace, text)
    else:
        report = leakage.of_dataset(workspace, options.name)
    rows = [
        {"similarity": leak.similarity, "why": leak.why}
        | {"first": f"{leak.titles[0]} ({leak.first}, {leak.splits[0]})"}
        | {"second": f"{leak.titles[1]} ({leak.second}, {leak.splits[1]})"}
        for leak in report.leaks
    ]
    lines = [table(rows)] if rows else []
    lines += report.unmatched
    lines.append(
        f"{len(report.leaks)} pairs leak among {report.pieces} pieces; {report.leaking} held-out pieces are "
        "known from another split."
    )
    return to_json(report) | {"leaking": report.leaking}, "\n".join(lines)


def _export(options: argparse.Namespace, workspace: Workspace) -> Answer:
    path = portable.export(workspace, options.name, options.out)
    return {"file": str(path)}, str(path)


def _import(options: argparse.Namespace, workspace: Workspace) -> Answer:
    job = portable.take(workspace, options.file)
    finish(workspace, job)
    return _answer(workspace, portable.taken(workspace, job))


# --- families ---------------------------------------------------------------------------------


def _families_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    families.refresh(workspace)
    found = families.families(workspace, limit=options.limit)
    number, pieces = families.counts(workspace)
    data = [[{"id": piece.id, "title": piece.title} for piece in family] for family in found]
    lines = [f"{len(family)}: " + "; ".join(p.title for p in family) for family in found]
    lines.append(f"{number} families of two or more hold {pieces} pieces.")
    return {"families": data, "count": number, "pieces": pieces}, "\n".join(lines)


def _families_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    families.refresh(workspace)
    members = families.family_of(workspace, options.id)
    near = families.similar(workspace, options.id)
    data: dict[str, list[dict[str, Any]]] = {
        "family": [{"id": piece.id, "title": piece.title} for piece in members]
    }
    data["similar"] = [
        {"id": piece.id, "title": piece.title, "similarity": value} for piece, value in near
    ]
    text = f"Its family:\n{table(data['family'])}\nMost like it:\n{table(data['similar'])}"
    return data, text


def _families_join(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _family(families.join(workspace, options.ids))


def _families_part(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _family(families.part(workspace, options.ids))


def _family(members: list[Piece]) -> Answer:
    data = [{"id": piece.id, "title": piece.title} for piece in members]
    return {"family": data}, f"The family of the first is now:\n{table(data)}"


# --- options ----------------------------------------------------------------------------------


def _add_choices(command: argparse.ArgumentParser) -> None:
    command.add_argument("name")
    command.add_argument("--add", nargs="+", default=[], metavar="ID", help="pieces besides")
    command.add_argument("--without", nargs="+", default=[], metavar="ID", help="pieces left out")
    command.add_argument(
        "--augment", nargs="+", default=[], metavar="KIND=…",
        help="heard while training only: keys=all, keys=C major,A minor, semitones=-2,2, tempo=0.9,1.1, velocity=-10,10",
    )  # fmt: skip
    command.add_argument("--note", default="", help="what this version is for")


def add(commands: Commands) -> None:
    """The commands of this module."""
    sets = commands.group("datasets", "fixed selections of pieces with fair splits")
    create = sets.command("create", _create, "fix a new dataset version")
    _add_choices(create)
    create.add_argument("--where", metavar="QUERY", help="all pieces that match")
    create.add_argument("--split", default="80/10/10", metavar="TRAIN/VALID/TEST")
    create.add_argument("--seed", type=int, default=0)
    create.add_argument(
        "--stratify",
        default="",
        metavar="FIELD",
        help="a fact or tag, in like shares in each split",
    )
    create.add_argument("--least-notes", type=int, default=0, help="shorter pieces are left out")
    create.add_argument(
        "--window-bars",
        type=int,
        default=0,
        help="cut longer pieces into so many bars; 0 for whole",
    )
    change = sets.command("change", _change, "a new version whose other pieces keep their splits")
    _add_choices(change)
    change.add_argument(
        "--move",
        nargs="+",
        default=[],
        metavar="ID=SPLIT",
        help="to another split, with its family",
    )
    sets.command("list", _list, "list dataset versions")
    sets.command("show", _show, "show a dataset version").add_argument("name")
    diff = sets.command("diff", _diff, "what changed between two versions")
    diff.add_argument("a")
    diff.add_argument("b")
    fit = sets.command("fit", _fit, "how much of a dataset version a tokenizer can say")
    fit.add_argument("name")
    fit.add_argument("--tokenizer", default="melody-steps", metavar="T")
    fit.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", action="extend",
        help="settings of the tokenizer",
    )  # fmt: skip
    leaks = sets.command("leaks", _leaks, "pairs that a split parts although they belong together")
    leaks.add_argument("name", nargs="?", default="")
    leaks.add_argument("--splits", type=Path, metavar="FILE.csv", help="a split made elsewhere")
    export = sets.command("export", _export, "write a version with its music to one file")
    export.add_argument("name")
    export.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    taking = sets.command("import", _import, "take in what export wrote")
    taking.add_argument("file", type=Path)

    kin = commands.group("families", "pieces that a split never separates")
    listing = kin.command("list", _families_list, "the largest families")
    listing.add_argument("--limit", type=int, default=20)
    kin.command("show", _families_show, "a piece's family").add_argument("id")
    kin.command("join", _families_join, "say that pieces are kin").add_argument("ids", nargs="+")
    part = kin.command("part", _families_part, "say that the first is no kin of the others")
    part.add_argument("ids", nargs="+")
