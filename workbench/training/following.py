"""Others who follow a training: what it tells its report, TensorBoard and Weights & Biases are told too.

A follower never breaks a training: one that fails is left out from then on, with a line in the log.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from workbench.core.explanation import Explanation
from workbench.core.recording import Recording
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.specs import TrainingSpec
from workbench.core.sweeps import Sweep
from workbench.training import weights_and_biases
from workbench.training.event_files import EventFiles

log = logging.getLogger("workbench.train")


class Follower(Protocol):
    """One that is told of a training's moments and epochs, as their events have them."""

    def step(self, data: dict[str, Any]) -> None:
        """A moment within an epoch; a few a second at most."""
        ...

    def epoch(self, data: dict[str, Any]) -> None:
        """The end of an epoch."""
        ...

    def close(self) -> None:
        """There is nothing more to tell."""
        ...


class FollowedReport:
    """A report that tells followers what it passes on."""

    def __init__(self, report: Report, followers: Sequence[Follower]) -> None:
        self._report = report
        self._followers = list(followers)
        self.progress = report.progress
        self.should_stop = report.should_stop
        self.holding = report.holding

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Passed on first; then followers hear of steps and epochs."""
        self._report.event(kind, data)
        if kind == "step":
            self._tell(lambda follower: follower.step(data))
        elif kind == "epoch":
            self._tell(lambda follower: follower.epoch(data))

    def known(self, checksums: Sequence[str]) -> set[str]:
        """As the report knows it."""
        return self._report.known(checksums)

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """As the report knows it."""
        return self._report.outdated(version, after, limit)

    def sweep(self, sweep: str) -> Sweep:
        """As the report knows it."""
        return self._report.sweep(sweep)

    def composition(self, composition: str) -> tuple[Composition, Explanation | None]:
        """As the report knows it."""
        return self._report.composition(composition)

    def close(self) -> None:
        """Followers have heard all."""
        self._tell(lambda follower: follower.close())

    def _tell(self, say: Callable[[Follower], None]) -> None:
        for follower in tuple(self._followers):
            try:
                say(follower)
            except Exception as error:
                self._followers.remove(follower)
                log.warning("%s follows no longer: %s", type(follower).__name__, error)


@contextmanager
def followed(report: Report, folder: Path, spec: TrainingSpec) -> Iterator[FollowedReport]:
    """The report of a run in ``folder``, followed by whoever is there to follow it."""
    told = FollowedReport(report, [EventFiles(folder, spec), *_tracker(folder, spec)])
    try:
        yield told
    finally:
        told.close()


def _tracker(folder: Path, spec: TrainingSpec) -> list[Follower]:
    """Weights & Biases where it is wanted and answers."""
    if not weights_and_biases.is_wanted():
        return []
    try:
        return [weights_and_biases.WeightsAndBiases(folder, spec)]
    except Exception as error:  # no network, a key that is none, a disk that is full
        log.warning("Weights & Biases is not told of this run: %s", error)
        return []
