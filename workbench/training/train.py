"""Train a model by its spec: the one way in, for networks and for models that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.files import clear_torn
from workbench.core.machine import machine
from workbench.core.report import Report
from workbench.core.runs import EpochMetrics, best_of
from workbench.core.settings import validated
from workbench.core.specs import TrainingSettings, TrainingSpec
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.training.counting import train_counting
from workbench.training.failures import explained
from workbench.training.following import followed
from workbench.training.run import NetworkRun
from workbench.training.versions import versions
from workbench.zoo import ARCHITECTURES


@dataclass(frozen=True)
class TrainingResult:
    """What a training came to. ``stopped`` where somebody ended it early."""

    parameters: int
    learned: int
    """How many of the parameters, or of adapters beside them, this training changed."""
    history: tuple[EpochMetrics, ...]
    stopped: bool
    versions: dict[str, str]
    machine: dict[str, Any]

    @property
    def best(self) -> EpochMetrics | None:
        """The epoch whose weights were kept; None where it was stopped before the first validation."""
        return best_of(self.history)


def train(
    spec: TrainingSpec,
    tokenizer: Tokenizer,
    train: Sequence[TokenSequence],
    valid: Sequence[TokenSequence],
    folder: Path,
    report: Report,
    *,
    initial: Path | None = None,
) -> TrainingResult:
    """Train, and leave in ``folder`` what :mod:`workbench.core.model_card` describes.

    Where ``folder`` holds a training of the same spec that was interrupted, it is gone on with, to the same
    losses. The same spec, music and machine give the same losses to the last digit.

    Parameters
    ----------
    train, valid
        At least one piece each.
    initial
        ``best.keras`` of another run to begin with, for networks (``spec.start_from``).

    Raises
    ------
    InvalidSetting
        For settings out of range, a vocabulary that does not suit, or weights that belong to another network.
    WorkFailed
        Where memory or disk are full or the loss is no number any more; what was kept is usable.
    """
    architecture = ARCHITECTURES.get(spec.model.architecture)
    architecture.check_suits(tokenizer.vocabulary)
    settings = validated(architecture.settings, spec.model.settings)
    validated(TrainingSettings, vars(spec.training))
    folder.mkdir(parents=True, exist_ok=True)
    with report.holding():
        clear_torn(folder)
    found = versions(), machine()
    with explained():
        if architecture.is_network:
            with followed(report, folder, spec) as told:
                run = NetworkRun(
                    spec, architecture, settings, tokenizer, train, valid, folder, told
                )
                run.begin(initial)
                stopped = run.train()
            return TrainingResult(
                run.network.parameters, run.network.learned, run.progress.history, stopped, *found
            )
        counted = train_counting(
            spec, architecture, settings, tokenizer, train, valid, folder, report
        )
        return TrainingResult(
            counted.parameters, counted.parameters, counted.history, False, *found
        )
