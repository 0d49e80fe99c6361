"""The machine that the workbench runs on: what a result was made with, and how much work it can bear at once."""

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory_bytes() -> int | None:
    """Memory of the machine, in bytes; None where the system does not tell."""
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def machine() -> dict[str, Any]:
    """``system``, ``processor``, ``cores`` and ``memory_bytes``."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": cores(),
        "memory_bytes": memory_bytes(),
    }


def _processor() -> str:
    """Its model, where the system names it; else its kind."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
