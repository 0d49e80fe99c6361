"""Versions of the software that a result depends on."""

import platform
import subprocess
from contextlib import suppress
from functools import cache
from importlib.metadata import version

from workbench import __version__
from workbench.workspace import REPOSITORY

_GIT_SECONDS = 5.0


def versions() -> dict[str, str]:
    """By the name a person knows; ``commit`` only where the workbench runs from a Git repository."""
    tensorflow = "tensorflow" if platform.system() == "Darwin" else "tensorflow-cpu"
    return {
        "workbench": __version__,
        "python": platform.python_version(),
        "tensorflow": version(tensorflow),
        **{name: version(name) for name in ("keras", "numpy", "onnxruntime")},
        **_commit(),
    }


@cache
def _commit() -> dict[str, str]:
    """The commit of the code that runs, with ``-dirty`` where files were changed since."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"]  # fmt: skip
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS)
        if done.returncode == 0 and (REPOSITORY / ".git").exists():
            return {"commit": done.stdout.strip()}
    return {}
