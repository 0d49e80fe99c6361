"""Copies of workspaces, for tests that change what others share."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from workbench.workspace import Workspace, open_workspace


def copied(workspace: Workspace, home: Path) -> Workspace:
    """A workspace of the test's own at ``home``.

    The database is copied by SQLite: files of one that somebody has open do not agree with one another at every moment.
    """
    name = workspace.database.name
    shutil.copytree(workspace.home, home, ignore=shutil.ignore_patterns(f"{name}*"))
    copy = open_workspace(home)
    with (
        closing(sqlite3.connect(workspace.database)) as source,
        closing(sqlite3.connect(copy.database)) as target,
    ):
        source.backup(target)
    return copy
