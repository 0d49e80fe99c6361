"""What a training costs while it goes on: tokens a second, processors at work, memory."""

import os
import sys
import time
from pathlib import Path

STATM = Path("/proc/self/statm")


class Meter:
    """Measures from the moment it is made; the pace without the first step, which may compile the network."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._processor = time.process_time()
        self._tokens = 0.0
        self._first: tuple[float, float] | None = None

    def passed(self, tokens: float) -> None:
        """A step has been done."""
        self._tokens += tokens
        if self._first is None:
            self._first = (tokens, time.perf_counter())

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.perf_counter() - self._began

    @property
    def tokens_per_second(self) -> float:
        """Mean so far."""
        now = time.perf_counter()
        if self._first is None or self._tokens == self._first[0]:
            return self._tokens / max(now - self._began, 1e-9)
        tokens, ended = self._first
        return (self._tokens - tokens) / max(now - ended, 1e-9)

    @property
    def cpu_cores(self) -> float:
        """Processor time of this process over time, mean so far: 2.0 is two cores at work."""
        return (time.process_time() - self._processor) / max(self.seconds, 1e-9)


def memory_mb() -> float | None:
    """What this process holds in memory, in MB of 10^6 bytes: now on Linux, its most so far on macOS, None elsewhere."""
    if STATM.exists():
        pages = int(STATM.read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return None
