"""Keeping freed memory for the next step.

A training step needs the same large arrays again and again. By default glibc gives each back to the system and takes it
anew, page by page: measured on two cores, a quarter of a step's time. A trainer ends with its
training, so what it keeps meanwhile is nobody's loss.
"""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT_BYTES = 2**31 - 1


def keep_freed_memory() -> None:
    """Tell the C library of this process not to give memory back. Does nothing but on Linux."""
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):  # glibc; musl has none
        library.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
