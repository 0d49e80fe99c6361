"""The child that works on a model's files: with TensorFlow or ONNX's tools, within limits, and then gone.

``python -m workbench.jobs.model_child TASK FOLDER``. Each line on standard output is JSON: ``progress`` with its ``text``, and
last what came of it, or an ``error`` in words. Limits are those of the bounded reader but for memory, of which
TensorFlow needs more.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import IO, Any

from workbench.core.errors import WorkbenchError
from workbench.core.files import written_whole
from workbench.core.report import SilentReport
from workbench.core.run_bundle import GRAPH_FILE
from workbench.jobs.reader_child import limit

MEMORY_BYTES = 8 * 2**30
"""Of address space, of which TensorFlow takes 2 GB for a network of a million weights."""


class LineReport(SilentReport):
    """Tells progress in lines of JSON."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers

    def progress(self, done: float, text: str) -> None:
        say(self._answers, {"progress": done, "text": text})


def say(answers: IO[str], line: dict[str, Any]) -> None:
    """Write a line of JSON at once."""
    answers.write(json.dumps(line) + "\n")
    answers.flush()


def work(task: str, folder: Path, answers: IO[str]) -> dict[str, Any]:
    """Do a task, ``check``, ``save`` or ``eight-bits``; what came of it."""
    if task == "eight-bits":
        from workbench.sampling.eight_bits import write_in_eight_bits

        with written_whole(folder / GRAPH_FILE) as partial:
            write_in_eight_bits(folder / GRAPH_FILE, partial)
        return {}
    # Here, not above: the composer starts this module's process and never loads TensorFlow itself.
    if task == "check":
        from workbench.training.checking import check_model

        return check_model(folder, LineReport(answers))
    from workbench.training.saving import save_model

    return save_model(folder, LineReport(answers))


def main() -> None:
    """Do what the command line asks for."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    limit(MEMORY_BYTES)
    logging.getLogger("absl").setLevel(logging.ERROR)  # TensorFlow's remarks are for its developers
    try:
        say(answers, work(sys.argv[1], Path(sys.argv[2]), answers))
    except WorkbenchError as error:
        say(answers, {"error": str(error)})
    except MemoryError:
        os._exit(1)  # the parent has words for it
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:300]
        say(
            answers,
            {"error": f"The files of this model cannot be used ({words}); export it again."},
        )


if __name__ == "__main__":
    main()
