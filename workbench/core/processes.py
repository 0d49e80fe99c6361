"""Whether a process still lives: told by its number, its start, and the place where the number means something.

A process is written down as ``PLACE NUMBER START``. The place is the boot of the machine and the container (its namespace of process numbers)
on Linux, the name of the machine elsewhere; where a system names no place the whole is empty. The start tells a
process from a later one with the same number: ticks since boot on Linux (``proc(5)``, ``starttime``), the second elsewhere.
"""

import os
import platform
import subprocess
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_ENDED = ("Z", "X", "x")
"""States of a process that has ended and whose parent has not asked how."""
_STATE, _START = 0, 19
"""Fields of ``/proc/N/stat`` behind the name in brackets, which may hold anything."""
_PS_SECONDS = 5.0


def this_process() -> str:
    """The process that asks; empty where the system does not tell enough."""
    place, start = _place(), _start(os.getpid())
    return f"{place} {os.getpid()} {start}" if place and start else ""


def lives(process: str, *, closely: bool = True) -> bool | None:
    """Whether a process lives that :func:`this_process` once named; None where nobody can tell from here.

    That is so for another machine or container, and on Windows. A process that is stopped or busy lives; one that has
    ended lives no longer, though its parent has not looked yet; nor does one whose number another has by now. Where that
    takes a look through ``ps`` (10 ms), ``closely`` says whether it is worth it; None else.
    """
    with suppress(ValueError, OverflowError):
        place, number, start = process.split(" ", 2)
        if os.name == "posix" and place == _place():
            return _lives(int(number), start, closely)
    return None


def _lives(number: int, start: str, closely: bool) -> bool | None:
    try:
        os.kill(number, 0)  # sends nothing. On Windows it would
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's
    if not closely and not _has_proc():
        return None
    found = _start(number)
    return found == start if found is not None else None


def _place() -> str:
    """Where a number of a process means the same as here; empty where nobody can tell."""
    if os.name != "posix":
        return ""
    if not _has_proc():
        return platform.node().replace(" ", "-")
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _start(number: int) -> str | None:
    """When a process began, as text to compare; empty where it has ended, None where nobody can tell."""
    if os.name != "posix":
        return None
    if not _has_proc():
        return _start_by_ps(number)
    try:
        text = (PROC / str(number) / "stat").read_text(errors="replace")
        fields = text.rpartition(")")[2].split()
        return "" if fields[_STATE] in _ENDED else fields[_START]
    except (OSError, IndexError):  # hidden from this user, or gone at this very moment
        return None


def _start_by_ps(number: int) -> str | None:
    try:
        said = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(number)],
            env=os.environ | {"LC_ALL": "C", "TZ": "UTC"},
            capture_output=True, text=True, timeout=_PS_SECONDS, check=True,
        ).stdout.split(maxsplit=1)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    if len(said) != 2:
        return None
    return "" if said[0][0] in _ENDED else " ".join(said[1].split())


def _has_proc() -> bool:
    return (PROC / "self/stat").exists()
