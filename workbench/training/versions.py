"""Versions of the software that a result depends on."""

import platform
import subprocess
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from workbench import __version__
from workbench.workspace import REPOSITORY

_GIT_SECONDS = 5.0


def versions() -> dict[str, str]:
    """By the name a person knows; ``commit`` only where the workbench runs from a Git repository."""
    return {
        "workbench": __version__,
        "python": platform.python_version(),
        "tensorflow": _tensorflow(),
        **{name: version(name) for name in ("keras", "numpy", "onnxruntime")},
        **_commit(),
    }


def _tensorflow() -> str:
    """Whichever is installed: the one for processors, or the one for Macs and accelerators."""
    with suppress(PackageNotFoundError):
        return version("tensorflow-cpu")
    return version("tensorflow")


@cache
def _commit() -> dict[str, str]:
    """The commit of the code that runs, with ``-dirty`` where files were changed since."""
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=40"]  # fmt: skip
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_SECONDS)
        if done.returncode == 0 and (REPOSITORY / ".git").exists():
            return {"commit": done.stdout.strip()}
    return {}
