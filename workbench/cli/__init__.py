"""The command line: ``python -m workbench …``, thin over the services.

Every command takes ``--workspace DIR`` (or ``WORKBENCH_HOME``) and ``--json``: one JSON document on standard output
and nothing else there. Progress and log lines go to standard error. Exit status: 0 done, 1 refused with
one clear sentence on standard error, 2 wrong usage.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence

from workbench.cli import (
    checking,
    composing,
    compositions,
    datasets,
    library,
    listening,
    measuring,
    runs,
    sweeps,
    training,
    worker,
)
from workbench.cli.answers import Commands
from workbench.core.errors import WorkbenchError
from workbench.core.records import to_json
from workbench.store import DatabaseError
from workbench.workspace import open_workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("workbench").setLevel(
        logging.INFO if options.run is worker.run else logging.WARNING
    )
    try:
        data, text = options.run(options, open_workspace(options.workspace, asker="command line"))
    except WorkbenchError as error:
        print(error, file=sys.stderr)
        return 1
    except DatabaseError as error:
        print(f"The workspace cannot be used: {error}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"A file could not be read or written: {error}. Check the path, and that there is space.", file=sys.stderr)  # fmt: skip
        return 1
    except OverflowError:
        print("A number is larger than can be counted here; choose a smaller one.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; what was saved is usable.", file=sys.stderr)
        return 1
    answer = json.dumps(to_json(data), ensure_ascii=False) if options.json else text
    if answer:
        _say(answer)
    return 0


def _say(answer: str) -> None:
    """Print, to a reader who may have enough before the end, as ``head`` has."""
    try:
        print(answer, flush=True)
    except BrokenPipeError:
        # Python flushes once more as it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--workspace", metavar="DIR", help="where everything is kept")
    options.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser = argparse.ArgumentParser(prog="python -m workbench", description=__doc__.split("\n")[0])
    commands = Commands(parser, options)
    groups = (library, datasets, training, runs, sweeps, composing, compositions, listening)
    for module in (*groups, checking, measuring, worker):
        module.add(commands)
    return parser
