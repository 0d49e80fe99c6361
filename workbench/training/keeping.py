"""The models a network's training keeps: the best, and every n-th by itself; the rule that prunes them."""

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from workbench.core.errors import UnreadableFile
from workbench.core.files import written_whole
from workbench.core.model_card import ModelCard, file_digest, is_whole, read_card, write_card
from workbench.core.records import to_json
from workbench.core.report import Report
from workbench.core.runs import Checkpoint, EpochMetrics
from workbench.training.adapting import ADAPTERS_FILE
from workbench.training.network import Network
from workbench.training.objectives import Objective

WEIGHTS_FILE = "best.keras"
GRAPH_FILE = "best.onnx"
APART = "epoch-"
EXPORT_SHARE = 0.1  # of the time, at most, while epochs are short

MakeCard = Callable[[EpochMetrics, str, dict[str, str]], ModelCard]
"""The card of a model: from its epoch, the digest of its graph, and those of the files beside it."""


class Keeping:
    """The models in a run's folder.

    The graph that composes is exported when the validation loss has improved, but while epochs are so short that
    exporting (2 s) would take more than ``EXPORT_SHARE`` of the time, only every so often, and at the end.
    """

    def __init__(
        self, folder: Path, network: Network, objective: Objective, report: Report, card: MakeCard
    ) -> None:
        self._folder, self._network, self._objective = folder, network, objective
        self._report, self._card = report, card
        self._exported = self._exported_epoch()
        self._export_due = 0.0

    def best(self, metrics: EpochMetrics) -> None:
        """Keep the weights, which are the best so far."""
        self._write_weights(self._folder)
        if time.monotonic() >= self._export_due:
            self._export_best(metrics)

    def finish(self, best: EpochMetrics | None) -> None:
        """See to it that the best weights compose."""
        if best and self._exported < best.epoch:
            self._network.kept.load_weights(self._folder / WEIGHTS_FILE)
            self._export_best(best)

    def apart(self, metrics: EpochMetrics, most: int) -> None:
        """Keep a model by itself, and of such the newest ``most``."""
        folder = self._folder / f"{APART}{metrics.epoch}"
        folder.mkdir(exist_ok=True)
        self._write_weights(folder)
        self._export(metrics, folder)
        self.tell(f"epoch {metrics.epoch}", metrics, f"{folder.name}/{WEIGHTS_FILE}")
        epochs = sorted(
            int(each.name.removeprefix(APART)) for each in self._folder.glob(f"{APART}*")
        )
        for epoch in epochs[:-most]:
            self._report.event(
                "checkpoint_gone", {"run": self._folder.name, "kind": f"epoch {epoch}"}
            )
            shutil.rmtree(self._folder / f"{APART}{epoch}")

    def tell(self, kind: str, metrics: EpochMetrics, name: str) -> None:
        """Report a file that was kept."""
        path = f"{self._folder.parent.name}/{self._folder.name}/{name}"
        checkpoint = Checkpoint(self._folder.name, kind, metrics.epoch, metrics.valid_loss, path)
        self._report.event("checkpoint", to_json(checkpoint))

    def _write_weights(self, folder: Path) -> None:
        with written_whole(folder / WEIGHTS_FILE, self._report.holding) as partial:
            self._network.kept.save(partial)
        self._network.save_adapters(folder / ADAPTERS_FILE, self._report.holding)

    def _export_best(self, metrics: EpochMetrics) -> None:
        began = time.monotonic()
        self._export(metrics, self._folder)
        self._exported = metrics.epoch
        seconds = time.monotonic() - began
        self._export_due = time.monotonic() + seconds / EXPORT_SHARE

    def _export(self, metrics: EpochMetrics, folder: Path) -> None:
        """Write the kept graph for composing, with its card."""
        names = (GRAPH_FILE, *self._objective.companions)
        with ExitStack() as files:
            partial = [
                files.enter_context(written_whole(folder / name, self._report.holding))
                for name in names
            ]
            self._objective.export(self._network, *partial)
            digests = dict(zip(names, map(file_digest, partial), strict=True))
            card = self._card(metrics, digests.pop(GRAPH_FILE), digests)
        with self._report.holding():
            write_card(folder, card)

    def _exported_epoch(self) -> int:
        """The epoch that composes now; 0 where graph and card do not (or no longer) agree."""
        try:
            card = read_card(self._folder)
            return card.epoch if is_whole(self._folder, card) else 0
        except (UnreadableFile, OSError):
            return 0
