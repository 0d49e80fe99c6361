"""A network's training from its first epoch, or from where it was interrupted, to its end."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.core import forms
from workbench.core.model_card import ModelCard, heard
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import EpochMetrics
from workbench.core.schedules import learning_rate
from workbench.core.specs import TrainingSpec
from workbench.core.training_settings import NEVER, PLAIN, TrainingSettings
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.training.checkpoints import LAST_FILE, Progress, digest, load_last, save_last
from workbench.training.failures import check_step, check_valid_loss
from workbench.training.keeping import GRAPH_FILE, WEIGHTS_FILE, Keeping
from workbench.training.meter import Meter, memory_mb
from workbench.training.network import Network, Stepped
from workbench.training.objectives import objective
from workbench.training.samples import Samples
from workbench.training.segments import SegmentBatch
from workbench.training.versions import versions
from workbench.zoo import Architecture

STEP_EVENT_SECONDS = 0.5
RECORD_SECONDS = 300.0
"""The most that is trained again after a crash, while an epoch lasts."""


class NetworkRun:
    """One network, one folder, one report."""

    def __init__(
        self,
        spec: TrainingSpec,
        architecture: Architecture,
        settings: Any,
        tokenizer: Tokenizer,
        train: Sequence[TokenSequence],
        valid: Sequence[TokenSequence],
        folder: Path,
        report: Report,
    ) -> None:
        report.progress(0.0, "Building the network")
        self.folder = folder
        self.vocabulary = tokenizer.vocabulary
        self.valid, self.report = valid, report
        self.network = Network(architecture, settings, self.vocabulary, spec.training)
        self.objective = objective(architecture, settings, self.vocabulary, spec.training, train)
        self.progress = Progress(spec, digest(train, valid))
        self.keeping = Keeping(folder, self.network, self.objective, report, self._card)
        self._heard = heard(train, forms.texts(tokenizer, train))
        self._samples = Samples(folder, tokenizer, self._heard, spec.training.seed)
        self._step_event_due = 0.0
        self._record_due = time.monotonic() + RECORD_SECONDS
        self._meter = Meter()

    @property
    def training(self) -> TrainingSettings:
        """How it is trained."""
        return self.progress.spec.training

    def begin(self, initial: Path | None) -> None:
        """Take up what an interrupted training left, else the weights to start from, if any."""
        found = load_last(self.folder, self.progress)
        if found:
            self.progress, state = found
            self.network.restore(state)
        elif initial:
            self.network.begin_with(initial)

    def train(self) -> bool:
        """Epoch after epoch; True where somebody stopped it.

        Where it breaks, the best weights so far are made to compose before the error goes on, as far as memory and disk
        still allow.
        """
        try:
            if not self.progress.history and not self.progress.begun.batches:
                self._tell_first()
                self._sample(0, None)
            while not self.progress.is_over:
                metrics = self._epoch(self.progress.epoch + 1)
                if metrics is None:
                    break
                self._keep(metrics)
        except Exception:
            with suppress(Exception):
                self.keeping.finish(self.progress.best)
            raise
        self.keeping.finish(self.progress.best)
        return not self.progress.is_over

    def _tell_first(self) -> None:
        """Where the curve begins: the loss on the first batch before anything is learned, seconds before a step is compiled."""
        batch = next(iter(self.objective.epoch(self.training.seed, 1)))
        if self.training.loss != PLAIN or isinstance(batch, SegmentBatch):
            return  # what is optimised is on another scale
        self.network.settle()
        loss, accuracy = self.network.plain_loss(batch)
        moment = {"step": 0, "epoch": 0.0, "loss": loss, "accuracy": accuracy}
        self.report.event("step", moment | {"learning_rate": self._rate()})

    def _epoch(self, epoch: int) -> EpochMetrics | None:
        """Train one epoch, or the rest of it, and score it; None where it was stopped within."""
        self._meter = Meter()
        batches = self.objective.epoch(self.training.seed, epoch)
        seconds_before, at_first = self.progress.begun.seconds, self.progress.begun.batches
        rate = self._rate()
        for batch in islice(batches, at_first, None):
            if self.report.should_stop():
                self._record(seconds_before)
                return None
            stepped, tokens = None, float(batch.counted.sum())
            if tokens:
                rate = self._rate()
                stepped = self.network.step(batch, rate)
                check_step(stepped, self.progress)
                self._meter.passed(tokens)
            begun = self.progress.begun.after(tokens, stepped)
            self.progress = replace(self.progress, begun=begun)
            if stepped:
                self._tell(epoch, stepped, rate)
            if time.monotonic() >= self._record_due:
                self._record(seconds_before)
        score: tuple[float | None, float | None] = (None, None)
        if self.training.validates(epoch):
            self.network.settle()
            found = self.objective.score(
                self.network, self.valid, lambda: not self.report.should_stop()
            )
            if found is None:
                self._record(seconds_before)
                return None
            check_valid_loss(found[0], self.progress)
            score = found
        return self._measured(epoch, score, rate, seconds_before)

    def _measured(
        self, epoch: int, score: tuple[float | None, float | None], rate: float, seconds: float
    ) -> EpochMetrics:
        begun = self.progress.begun
        return EpochMetrics(
            epoch=epoch,
            train_loss=begun.nats / begun.tokens,
            valid_loss=score[0],
            valid_accuracy=score[1],
            learning_rate=rate,
            tokens_per_second=self._meter.tokens_per_second,
            seconds=seconds + self._meter.seconds,
            train_accuracy=begun.correct / begun.tokens,
            gradient_norm=begun.norms / begun.tokens,
            cpu_cores=self._meter.cpu_cores,
            memory_mb=memory_mb(),
        )

    def _rate(self) -> float:
        steps = self.objective.batches
        done = self.progress.epoch * steps + self.progress.begun.batches
        return learning_rate(self.training, done, steps, self.progress.losses)

    def _tell(self, epoch: int, stepped: Stepped, rate: float) -> None:
        passed, steps = self.progress.begun.batches, self.objective.batches
        done = epoch - 1 + passed / steps
        self.report.progress(
            done / self.training.epochs, f"Epoch {epoch} of {self.training.epochs}"
        )
        if time.monotonic() < self._step_event_due:
            return
        self._step_event_due = time.monotonic() + STEP_EVENT_SECONDS
        memory = memory_mb()
        self.report.event(
            "step",
            {
                "step": (epoch - 1) * steps + passed,
                "epoch": done,
                "loss": stepped.loss,
                "accuracy": stepped.accuracy,
                "gradient_norm": stepped.gradient_norm,
                "learning_rate": rate,
                "tokens_per_second": self._meter.tokens_per_second,
                "cpu_cores": self._meter.cpu_cores,
                **({"memory_mb": memory} if memory is not None else {}),
            },
        )

    def _record(self, seconds_before: float) -> None:
        """Write down a part of an epoch, so that it goes on from here."""
        begun = replace(self.progress.begun, seconds=seconds_before + self._meter.seconds)
        self.progress = replace(self.progress, begun=begun)
        if begun.batches:
            save_last(self.folder, self.progress, self.network.state(), self.report.holding)
        self._record_due = time.monotonic() + RECORD_SECONDS

    def _keep(self, metrics: EpochMetrics) -> None:
        """Write down an epoch. The record comes last: killed before it, the epoch is trained again."""
        loss = metrics.valid_loss
        is_better = loss is not None and self.progress.is_better(loss)
        self.progress = self.progress.after(metrics)
        if is_better:
            self.keeping.best(metrics)
        self.report.event("epoch", to_json(metrics))
        if is_better:
            self.keeping.tell("best", metrics, WEIGHTS_FILE)
        if self.training.keeps_apart(metrics.epoch):
            self.keeping.apart(metrics, self.training.checkpoints_kept)
        self._sample(metrics.epoch, loss)
        save_last(self.folder, self.progress, self.network.state(), self.report.holding)
        self._record_due = time.monotonic() + RECORD_SECONDS
        self.keeping.tell("last", metrics, LAST_FILE)

    def _sample(self, epoch: int, valid_loss: float | None) -> None:
        """Compose a piece to hear how it learns, where one is due."""
        is_last = self.progress.is_over and self.training.samples != NEVER
        if is_last or self.training.samples_after(epoch):
            self._samples.take(epoch, valid_loss, self.network, self.objective)

    def _card(self, metrics: EpochMetrics, sha256: str, companions: dict[str, str]) -> ModelCard:
        spec = self.progress.spec
        assert metrics.valid_loss is not None  # only what was validated is kept
        return ModelCard(
            model=spec.model,
            tokenizer=spec.tokenizer,
            vocabulary=self.vocabulary,
            file=GRAPH_FILE,
            sha256=sha256,
            parameters=self.network.parameters,
            epoch=metrics.epoch,
            valid_loss=metrics.valid_loss,
            heard=self._heard,
            versions=versions(),
            companions=companions,
        )
