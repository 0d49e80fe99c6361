"""Work on a model's files in a process of its own, with limits on time and memory.

TensorFlow must not enter the composer, and files from a stranger must not enter any process that lives on. The child
is :mod:`workbench.jobs.model_child`; what it says comes as lines of JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkFailed
from workbench.core.report import Report
from workbench.workspace import REPOSITORY

SECONDS = 600.0
_WATCH_SECONDS = 0.2
_NO_ACCELERATOR = {
    "CUDA_VISIBLE_DEVICES": "-1"
}  # one may be training, and its driver reserves without bound


def do_apart(
    task: str, folder: Path, report: Report, *, begun: float = 0.0, seconds: float = SECONDS
) -> dict[str, Any] | None:
    """What a task of the child says of a folder; None where somebody asked for a stop.

    Progress is passed on from ``begun`` to 1. Raises ``WorkFailed`` with the child's sentence, or where it broke a limit.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench.jobs.model_child", task, str(folder)],
            cwd=REPOSITORY,
            env=os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), place) | _NO_ACCELERATOR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        watch = _Watch(process, report, seconds)
        try:
            answer = _listen(process, report, begun)
        finally:
            watch.end()
            process.kill()
            process.wait()
    if watch.was_stopped:
        return None
    if watch.is_overdue:
        raise WorkFailed(
            f"The files of this model took longer than {seconds:.0f} seconds; nothing was kept."
        )
    if answer is None:
        raise WorkFailed(
            "The process that looked at the files of this model broke, most likely for lack of memory; nothing was kept. "
            "Close other programs, or use a smaller model."
        )
    if "error" in answer:
        raise WorkFailed(str(answer["error"])[:1000])
    return answer


def _listen(process: subprocess.Popen, report: Report, begun: float) -> dict[str, Any] | None:
    """The last line that the child says; None where it said no end."""
    assert process.stdout is not None
    for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if "progress" not in said:
            return said
        report.progress(begun + (1 - begun) * float(said["progress"]), str(said["text"])[:200])
    return None


class _Watch:
    """Ends a process that takes too long or that nobody wants any more."""

    def __init__(self, process: subprocess.Popen, report: Report, seconds: float) -> None:
        self.is_overdue = self.was_stopped = False
        self._process, self._report, self._left = process, report, seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """No longer needed."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS):
            self._left -= _WATCH_SECONDS
            self.was_stopped = self._report.should_stop()
            self.is_overdue = self._left <= 0
            if self.was_stopped or self.is_overdue:
                self._process.kill()
                return
