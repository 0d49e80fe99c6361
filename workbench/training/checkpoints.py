"""What a training keeps in its folder, so that it can be killed at any instant.

``last.npz``
    Everything the next step depends on (weights and their averages, the optimizer's memory, seeds of dropout, place in the
    epoch), and the record of the epochs so far, in *one* file: whatever happens, weights and record belong together.
    Batches follow from seed, epoch and place; the learning rate from place and record. So resuming
    gives the same losses as if nothing had happened. Plain arrays and JSON, no pickle.
``best.keras``
    The weights with the lowest validation loss, as a Keras model without an optimizer.
``best.onnx``, ``model.json``
    The step graph that composes, and the card with its checksum. Both are complete on disk before the one and
    right after it the other take their places.
``epoch-N/``
    The same three files as after epoch N, where the settings ask for such.

An epoch writes ``last.npz`` last; a stop, and every few minutes of a long epoch, write it too. Killed before that, what came after
the last one is trained again from the same state and leaves the same files.
"""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.files import Holding, written_whole
from workbench.core.records import from_json, to_json
from workbench.core.runs import EpochMetrics, best_of
from workbench.core.specs import TrainingSpec
from workbench.core.vocabulary import TokenSequence
from workbench.training.network import Stepped

LAST_FILE = "last.npz"
RECORD = "record"


@dataclass(frozen=True)
class Begun:
    """The part of an epoch that is done: batches, and sums over the tokens that counted in them."""

    batches: int = 0
    tokens: float = 0.0
    nats: float = 0.0
    correct: float = 0.0
    norms: float = 0.0
    seconds: float = 0.0

    def after(self, tokens: float, stepped: Stepped | None) -> "Begun":
        """With one more batch; None where nothing counted in it."""
        if stepped is None:
            return replace(self, batches=self.batches + 1)
        return Begun(
            self.batches + 1,
            self.tokens + tokens,
            self.nats + stepped.loss * tokens,
            self.correct + stepped.accuracy * tokens,
            self.norms + stepped.gradient_norm * tokens,
            self.seconds,
        )


@dataclass(frozen=True)
class Progress:
    """How far a training has come."""

    spec: TrainingSpec
    data: str
    """Digest of the sequences it is trained on."""
    history: tuple[EpochMetrics, ...] = ()
    begun: Begun = Begun()

    @property
    def epoch(self) -> int:
        """Epochs that are done."""
        return len(self.history)

    @property
    def losses(self) -> list[float | None]:
        """Validation loss of every epoch."""
        return [each.valid_loss for each in self.history]

    @property
    def best(self) -> EpochMetrics | None:
        """The epoch with the lowest validation loss; of equals the first."""
        return best_of(self.history)

    def is_better(self, valid_loss: float) -> bool:
        """Whether a loss is lower than every one before."""
        return all(loss is None or valid_loss < loss for loss in self.losses)

    def after(self, metrics: EpochMetrics) -> "Progress":
        """With one more epoch."""
        return replace(self, history=(*self.history, metrics), begun=Begun())

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or a validation told that too many went by without a better one."""
        training = self.spec.training
        if self.epoch >= training.epochs:
            return True
        if not self.history or self.losses[-1] is None or not self.best:
            return False
        return 0 < training.patience <= self.epoch - self.best.epoch


def digest(*splits: Sequence[TokenSequence]) -> str:
    """64 hex digits over all tokens and contexts, in order."""
    total = hashlib.sha256()
    for split in splits:
        for sequence in split:
            total.update(len(sequence.tokens).to_bytes(8, "little"))
            total.update(sequence.tokens.astype("<i4").tobytes())
            total.update(sequence.context.astype("<i4").tobytes())
        total.update(b"|")
    return total.hexdigest()


def save_last(
    folder: Path, progress: Progress, state: dict[str, NDArray], holding: Holding = nullcontext
) -> None:
    """Write ``last.npz``, whole or not at all."""
    record = np.array(json.dumps(to_json(progress)))
    with written_whole(folder / LAST_FILE, holding) as partial:
        np.savez(partial, allow_pickle=False, **{RECORD: record}, **state)


def load_last(folder: Path, asked: Progress) -> tuple[Progress, dict[str, NDArray]] | None:
    """Progress and state to go on from; None where there is nothing (readable) to go on from.

    Raises
    ------
    InvalidSetting
        Where what lies there was trained with other settings or on other music.
    """
    try:
        with np.load(folder / LAST_FILE, allow_pickle=False) as arrays:
            state = {name: arrays[name] for name in arrays.files}
        progress = from_json(Progress, json.loads(str(state.pop(RECORD))))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if (progress.spec, progress.data) != (asked.spec, asked.data):
        raise InvalidSetting(
            f"The folder {folder.name} holds a training with other settings or other music; "
            "start a new run for these."
        )
    return progress, state
