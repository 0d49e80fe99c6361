"""How commands answer: tables and fields for a person, progress while a job is done."""

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from workbench.core.errors import WorkbenchError, WorkFailed
from workbench.services import activity
from workbench.store.jobs import Job
from workbench.workspace import Workspace

Answer = tuple[Any, str]
"""What ``--json`` prints, and what a person reads."""
Run = Callable[[argparse.Namespace, Workspace], Answer]


class Commands:
    """A place for commands: the whole command line, or one of its groups."""

    def __init__(self, parser: argparse.ArgumentParser, options: argparse.ArgumentParser) -> None:
        self._options = options
        self._places = parser.add_subparsers(required=True, metavar="COMMAND")

    def group(self, name: str, help: str) -> "Commands":
        """Commands under a word of their own, such as ``runs``."""
        return Commands(self._places.add_parser(name, help=help, description=help), self._options)

    def command(self, name: str, run: Run, help: str) -> argparse.ArgumentParser:
        """A command and what it does; its options are added to what is returned."""
        added = self._places.add_parser(name, parents=[self._options], help=help, description=help)
        added.set_defaults(run=run)
        return added


def finish(workspace: Workspace, job: str) -> Job:
    """Do a job in this process, with its progress on standard error; ``WorkFailed`` where it failed."""
    done = follow(workspace, job)
    if done.state == "failed":
        raise WorkFailed(done.message)
    return done


def follow(workspace: Workspace, job: str) -> Job:
    """Do a job in this process, with its progress on standard error, however it ends."""
    ended = threading.Event()
    watcher = threading.Thread(target=_show_progress, args=(workspace, job, ended), daemon=True)
    watcher.start()
    try:
        return activity.finish(workspace, job)
    finally:
        ended.set()
        watcher.join()


def _show_progress(workspace: Workspace, job: str, ended: threading.Event) -> None:
    last = ""
    while not ended.wait(1.0):
        now = activity.job(workspace, job)
        line = f"{now.title}: {now.progress:4.0%} {now.text}"
        if now.text and line != last:
            print(line, file=sys.stderr)
            last = line


def assignments(pairs: Sequence[str]) -> dict[str, str]:
    """``["mood=calm"]`` as a dictionary; ``WorkbenchError`` where there is no ``=``."""
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise WorkbenchError(f"{pair!r} is not understood; write it as name=value.")
        result[name] = value
    return result


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows under their names, in columns."""
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


def fields(data: dict[str, Any]) -> str:
    """One line for each name and value."""
    width = max(len(name) for name in data)
    return "\n".join(f"{name.ljust(width)}  {_cell(value)}" for name, value in data.items())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name}={_cell(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
