"""A network's training from its first epoch, or from where it was interrupted, to its end."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.model_card import (
    ModelCard,
    file_digest,
    heard,
    is_whole,
    read_card,
    write_card,
)
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.core.specs import TrainingSpec
from workbench.core.vocabulary import Tokenizer, TokenSequence
from workbench.training.checkpoints import LAST_FILE, Progress, digest, load_last, save_last
from workbench.training.failures import check_loss
from workbench.training.files import written_whole
from workbench.training.network import Network
from workbench.training.objectives import objective
from workbench.training.schedule import learning_rate
from workbench.training.versions import versions
from workbench.zoo import Architecture

WEIGHTS_FILE = "best.keras"
GRAPH_FILE = "best.onnx"
STEP_EVENT_SECONDS = 0.5
EXPORT_SHARE = 0.1  # of the time, at most, while epochs are short


class NetworkRun:
    """One network, one folder, one report.

    The graph that composes is exported when the validation loss has improved, but while epochs are so short that
    exporting (2 s) would take more than ``EXPORT_SHARE`` of the time, only every so often, and at the end.
    """

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
        self._heard = heard(train)
        self._exported = 0
        self._export_due = self._step_event_due = 0.0
        self._pace = _Pace()

    @property
    def training(self) -> Any:
        """How it is trained."""
        return self.progress.spec.training

    def begin(self, initial: Path | None) -> None:
        """Take up what an interrupted training left, else the weights to start from, if any."""
        found = load_last(self.folder, self.progress)
        if found:
            self.progress, state = found
            self.network.restore(state)
            self._exported = self._exported_epoch()
        elif initial:
            self.network.begin_with(initial)

    def train(self) -> bool:
        """Epoch after epoch; True where somebody stopped it."""
        while not self.progress.is_over:
            metrics = self._epoch(self.progress.epoch + 1)
            if metrics is None:
                break
            self._keep(metrics)
        best = self.progress.best
        if best and self._exported < best.epoch:
            self.network.kept.load_weights(self.folder / WEIGHTS_FILE)
            self._export(best)
        return not self.progress.is_over

    def _epoch(self, epoch: int) -> EpochMetrics | None:
        """Train one epoch and score it; None where it was stopped within."""
        began = time.perf_counter()
        self._pace = _Pace()
        nats, counted, rate = 0.0, 0.0, 0.0
        for index, batch in enumerate(self.objective.epoch(self.training.seed, epoch)):
            if self.report.should_stop():
                return None
            tokens = float(batch.counted.sum())
            if not tokens:
                continue
            rate = self._rate(epoch, index)
            loss = self.network.step(batch, rate)
            check_loss(loss, self.progress)
            nats, counted = nats + loss * tokens, counted + tokens
            self._pace.passed(tokens)
            self._tell(epoch, index, loss, rate)
        self.network.settle()
        score = self.objective.score(
            self.network, self.valid, lambda: not self.report.should_stop()
        )
        if score is None:
            return None
        check_loss(score[0], self.progress)
        return EpochMetrics(
            epoch=epoch,
            train_loss=nats / counted,
            valid_loss=score[0],
            valid_accuracy=score[1],
            learning_rate=rate,
            tokens_per_second=self._pace.tokens_per_second,
            seconds=time.perf_counter() - began,
        )

    def _rate(self, epoch: int, index: int) -> float:
        steps = self.objective.batches
        done = (epoch - 1) * steps + index
        return learning_rate(done, self.training.epochs * steps, self.training.learning_rate)

    def _tell(self, epoch: int, index: int, loss: float, rate: float) -> None:
        done = epoch - 1 + (index + 1) / self.objective.batches
        self.report.progress(
            done / self.training.epochs, f"Epoch {epoch} of {self.training.epochs}"
        )
        if time.monotonic() < self._step_event_due:
            return
        self._step_event_due = time.monotonic() + STEP_EVENT_SECONDS
        self.report.event(
            "step",
            {
                "step": (epoch - 1) * self.objective.batches + index + 1,
                "epoch": done,
                "loss": loss,
                "learning_rate": rate,
                "tokens_per_second": self._pace.tokens_per_second,
            },
        )

    def _keep(self, metrics: EpochMetrics) -> None:
        """Write down an epoch. The record comes last: killed before it, the epoch is trained again."""
        is_better = self.progress.is_better(metrics.valid_loss)
        self.progress = self.progress.after(metrics)
        if is_better:
            with written_whole(self.folder / WEIGHTS_FILE) as partial:
                self.network.kept.save(partial)
            if time.monotonic() >= self._export_due:
                self._export(metrics)
        self.report.event("epoch", to_json(metrics))
        if is_better:
            self._tell_checkpoint("best", metrics, WEIGHTS_FILE)
        save_last(self.folder, self.progress, self.network.state())
        self._tell_checkpoint("last", metrics, LAST_FILE)

    def _tell_checkpoint(self, kind: str, metrics: EpochMetrics, name: str) -> None:
        path = f"{self.folder.parent.name}/{self.folder.name}/{name}"
        checkpoint = Checkpoint(self.folder.name, kind, metrics.epoch, metrics.valid_loss, path)
        self.report.event("checkpoint", to_json(checkpoint))

    def _export(self, metrics: EpochMetrics) -> None:
        """Write the kept graph for composing, with its card."""
        began = time.monotonic()
        names = (GRAPH_FILE, *self.objective.companions)
        with ExitStack() as files:
            partial = [files.enter_context(written_whole(self.folder / name)) for name in names]
            self.objective.export(self.network, *partial)
            card = self._card(metrics, dict(zip(names, map(file_digest, partial), strict=True)))
        write_card(self.folder, card)
        self._exported = metrics.epoch
        seconds = time.monotonic() - began
        self._export_due = time.monotonic() + seconds / EXPORT_SHARE

    def _card(self, metrics: EpochMetrics, digests: dict[str, str]) -> ModelCard:
        spec = self.progress.spec
        sha256 = digests.pop(GRAPH_FILE)
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
            companions=digests,
        )

    def _exported_epoch(self) -> int:
        """The epoch that composes now; 0 where graph and card do not (or no longer) agree."""
        try:
            card = read_card(self.folder)
            return card.epoch if is_whole(self.folder, card) else 0
        except (UnreadableFile, OSError):
            return 0


class _Pace:
    """Tokens a second, without the first step of an epoch, which may compile the network."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.tokens = 0.0
        self.steps = 0

    def passed(self, tokens: float) -> None:
        """A step has been done."""
        self.steps += 1
        if self.steps == 1:
            self.first = (tokens, time.perf_counter())
        self.tokens += tokens

    @property
    def tokens_per_second(self) -> float:
        """Mean since the epoch began."""
        now = time.perf_counter()
        if self.steps < 2:
            return self.tokens / max(now - self.began, 1e-9)
        tokens, ended = self.first
        return (self.tokens - tokens) / max(now - ended, 1e-9)
