"""How work tells what happens: progress, events, and whether it should stop.

What does the work knows nothing of databases or pages; whoever starts it hands it a report.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from workbench.core.errors import UnknownName
from workbench.core.explanation import Explanation
from workbench.core.recording import Recording
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.sweeps import Sweep


class Report(Protocol):
    """The way home for a job's news. Calls are cheap; they may be made every step."""

    def progress(self, done: float, text: str) -> None:
        """How far the work is, from 0 to 1, in words a person reads."""
        ...

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Something to be kept, such as an epoch's metrics or a composition."""
        ...

    def known(self, checksums: Sequence[str]) -> set[str]:
        """Which of some files, by the SHA-256 of their content, the library has already."""
        ...

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """The next pieces by id, after that one, whose facts are older than a version, with their music."""
        ...

    def sweep(self, sweep: str) -> Sweep:
        """A sweep with its trials, as it is now."""
        ...

    def composition(self, composition: str) -> tuple[Composition, Explanation | None]:
        """A composition as it is now, and what its tokens were drawn among."""
        ...

    def should_stop(self) -> bool:
        """Whether the work should end early and keep what it has."""
        ...

    def holding(self) -> AbstractContextManager[object]:
        """While it lasts nobody else can take the work over; raises where somebody has. For the moment in which a file takes its place."""
        ...


class SilentReport:
    """A report for work that nobody watches."""

    def progress(self, done: float, text: str) -> None:
        """Nobody looks."""

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Nobody keeps it."""

    def known(self, checksums: Sequence[str]) -> set[str]:
        """None: there is no library."""
        return set()

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """None: there is no library."""
        return []

    def sweep(self, sweep: str) -> Sweep:
        """There is none."""
        raise UnknownName(f"There is no sweep {sweep!r}.")

    def composition(self, composition: str) -> tuple[Composition, Explanation | None]:
        """There is none."""
        raise UnknownName(f"There is no composition {composition!r}.")

    def should_stop(self) -> bool:
        """Never."""
        return False

    def holding(self) -> AbstractContextManager[object]:
        """Nobody else wants it."""
        return nullcontext()
