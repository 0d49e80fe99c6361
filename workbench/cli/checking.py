"""Was it made by a model here? ``check``."""

import argparse
from pathlib import Path

from workbench.cli.answers import Answer, Commands
from workbench.core.errors import UnreadableFile
from workbench.core.records import to_json
from workbench.services import checking
from workbench.workspace import Workspace


def _check(options: argparse.Namespace, workspace: Workspace) -> Answer:
    rows, lines = [], []
    for path in options.files:
        try:
            found = checking.check(path)
        except UnreadableFile as error:
            if len(options.files) == 1:
                raise
            rows.append({"file": str(path), "error": str(error)})
            lines.append(str(error))
            continue
        rows.append({"file": str(path), "made_by_model": found.is_made_by_model} | to_json(found))
        lines.append("\n  ".join([f"{path}: {checking.words(found)}", *found.statements]))
    return {"files": rows}, "\n".join(lines)


def add(commands: Commands) -> None:
    """The commands of this module."""
    check = commands.command(
        "check", _check, "look for signs that a model made a score, sound, PDF, SVG or share page"
    )
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help=checking.KINDS)
