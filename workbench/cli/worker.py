"""The processes that do the work: ``worker``."""

import argparse

from workbench.cli.answers import Answer, Commands
from workbench.workspace import Workspace


def add(commands: Commands) -> None:
    """The command of this module."""
    worker = commands.command("worker", run, "serve the queue (started by the app itself)")
    worker.add_argument("kind", choices=("composer", "trainer"))


def run(options: argparse.Namespace, workspace: Workspace) -> Answer:
    if options.kind == "composer":
        from workbench.jobs.composer import compose_until_idle

        compose_until_idle(workspace)
    else:
        from workbench.jobs.trainer import train_until_done

        train_until_done(workspace)
    return {}, ""
