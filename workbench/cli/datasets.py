"""Fixed selections of pieces: ``datasets``."""

import argparse

from workbench.cli.answers import Answer, Commands, fields, table
from workbench.core.dataset import DatasetVersion
from workbench.core.records import to_json
from workbench.services import datasets
from workbench.workspace import Workspace


def _datasets_create(options: argparse.Namespace, workspace: Workspace) -> Answer:
    dataset = datasets.create(
        workspace, options.name, query=options.where, split=options.split, seed=options.seed
    )
    return _dataset_answer(dataset)


def _datasets_show(options: argparse.Namespace, workspace: Workspace) -> Answer:
    return _dataset_answer(datasets.get(workspace, options.name))


def _dataset_answer(dataset: DatasetVersion) -> Answer:
    data = to_json(dataset) | {"id": dataset.id}
    counts = {split: len(dataset.members(split)) for split in ("train", "valid", "test")}
    shown = {"id": dataset.id, "pieces": len(dataset.pieces), **counts}
    return data, fields(shown | {"seed": dataset.seed, "fingerprint": dataset.fingerprint})


def _datasets_list(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows = datasets.summaries(workspace)
    return rows, table(rows, ("id", "pieces", "train", "valid", "test", "created"))


def _datasets_diff(options: argparse.Namespace, workspace: Workspace) -> Answer:
    change = datasets.difference(workspace, options.a, options.b)
    text = f"{len(change.added)} added, {len(change.removed)} removed, {len(change.moved)} moved."
    return change, text


def add(commands: Commands) -> None:
    """The commands of this module."""
    sets = commands.group("datasets", "fixed selections of pieces with fair splits")
    create = sets.command("create", _datasets_create, "fix a new dataset version")
    create.add_argument("name")
    create.add_argument("--where", default="", metavar="QUERY")
    create.add_argument("--split", default="80/10/10", metavar="TRAIN/VALID/TEST")
    create.add_argument("--seed", type=int, default=0)
    sets.command("list", _datasets_list, "list dataset versions")
    sets.command("show", _datasets_show, "show a dataset version").add_argument("name")
    diff = sets.command("diff", _datasets_diff, "what changed between two versions")
    diff.add_argument("a")
    diff.add_argument("b")
