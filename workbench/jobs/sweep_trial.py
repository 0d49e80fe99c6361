"""A training that is a trial of a sweep: the study hears its validation losses, and it ends early where it is hopeless.

It also ends where the minutes of the sweep are over. Either way its best weights are kept, as of any run that is stopped.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.core.explanation import Explanation
from workbench.core.recording import Recording
from workbench.core.report import Report
from workbench.core.runs import Composition
from workbench.core.score import Score
from workbench.core.sweeps import Sweep
from workbench.store.database import open_file
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from workbench.studies.study import Study

TIME_IS_UP = "Ended early: the minutes of the sweep are over. Its best weights are kept."


class TrialReport:
    """A report between a training and its way home."""

    def __init__(self, report: Report, study: "Study", sweep: Sweep, number: int) -> None:
        self._report, self._study, self._number = report, study, number
        self._deadline, self._prunes = sweep.deadline, sweep.spec.prunes
        self._hopeless = self._prunes and study.is_hopeless(
            number
        )  # it was, when it was interrupted
        self._epoch = 0
        self.ended_early = ""
        """Why, in a sentence; empty where it was not."""

    def event(self, kind: str, data: dict[str, Any]) -> None:
        """Passed on; of an epoch the study hears the validation loss."""
        self._report.event(kind, data)
        if kind == "epoch" and data["valid_loss"] is not None:
            self._epoch = data["epoch"]
            self._study.heard(self._number, data["epoch"], data["valid_loss"])
            self._hopeless = self._prunes and self._study.is_hopeless(self._number)

    def should_stop(self) -> bool:
        """Asked only while there is more to learn, so a trial that has come to its end is never called hopeless."""
        if self._deadline is not None and time.time() >= self._deadline:
            self.ended_early = TIME_IS_UP
        elif self._hopeless:
            when = f"after epoch {self._epoch}" if self._epoch else "when it was interrupted"
            self.ended_early = (
                f"Ended early as hopeless: {when} it was worse than half of the trials before it at that point. "
                "Its best weights are kept."
            )
        return bool(self.ended_early) or self._report.should_stop()

    def holding(self) -> AbstractContextManager[object]:
        """Passed on."""
        return self._report.holding()

    def progress(self, done: float, text: str) -> None:
        """Passed on."""
        self._report.progress(done, text)

    def known(self, checksums: Sequence[str]) -> set[str]:
        """Passed on."""
        return self._report.known(checksums)

    def outdated(self, version: int, after: str, limit: int) -> list[tuple[str, Score | Recording]]:
        """Passed on."""
        return self._report.outdated(version, after, limit)

    def sweep(self, sweep: str) -> Sweep:
        """Passed on."""
        return self._report.sweep(sweep)

    def composition(self, composition: str) -> tuple[Composition, Explanation | None]:
        """Passed on."""
        return self._report.composition(composition)


@contextmanager
def trial_of_sweep(
    trial: dict[str, Any], workspace: Workspace, report: Report
) -> Iterator[TrialReport]:
    """The report of a training that is trial ``number`` of ``sweep``, whose clock begins with it."""
    from workbench.studies.study import Study  # here: the composer and the web list this job too

    report.event("trial_begins", {"sweep": trial["sweep"]})
    sweep = report.sweep(trial["sweep"])
    with Study(partial(open_file, workspace.studies), sweep) as study:
        if not study.knows(trial["number"]):  # its file was lost since
            study.follow(sweep)
        yield TrialReport(report, study, sweep, trial["number"])
