"""librosa, whose functions are compiled by one process at a time.

numba compiles them when they are imported, for some half a minute, and keeps what it made in files. Processes that fill an empty
cache side by side leave an index that names the code of one type for another: whoever calls such a function later dies without
a word, every time. So the first import is made under a lock, and in a folder that nobody else fills, for one of this
machine's may be broken already. It is one for each version, for a process may be killed between index and code.
"""

import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

CACHE = "NUMBA_CACHE_DIR"  # numba's own name for it, read when numba is imported


def import_librosa() -> None:
    """Import what the workbench uses of librosa; to be called before any other import of it."""
    if "librosa.beat" in sys.modules:
        return
    from filelock import FileLock

    try:
        folder = _folder()
        lock = FileLock(folder / "lock")
        lock.acquire()
    except OSError:  # nowhere to keep it: this process compiles for itself alone
        folder = Path(tempfile.mkdtemp(prefix="numba-"))
        lock = FileLock(folder / "lock")
        lock.acquire()
    try:
        os.environ[CACHE] = str(folder)
        import librosa.beat
        import librosa.core.pitch
        import librosa.core.spectrum
        import librosa.feature.spectral
        import librosa.onset
        import librosa.sequence
        import librosa.util.utils  # noqa: F401  each compiles its own
    finally:
        lock.release()


def _folder() -> Path:
    given = os.environ.get(CACHE)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    versions = f"librosa-{version('librosa')}-numba-{version('numba')}"
    folder = Path(given or Path(caches, "workbench", "numba"), versions)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
