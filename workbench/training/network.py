"""A network in training: its weights, its optimizer, and one step.

Two graphs of the same architecture stand side by side. The *trained* one may compute in bfloat16, or else is compiled as a
whole (XLA) for batches of one shape, if that makes it faster. The *kept* one computes in float32, has the
weights of the trained one after :meth:`Network.settle` (or their moving average, where that is asked for), and is what is
scored, saved and exported: so the figures are those of the model that composes.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.files import Holding
from workbench.core.specs import TrainingSettings
from workbench.core.vocabulary import Vocabulary
from workbench.training.adapting import adapt, merged, save_adapters, taken_over
from workbench.training.batches import Batch
from workbench.training.crops import CropBatch
from workbench.training.losses import loss
from workbench.training.memory import keep_freed_memory
from workbench.training.optimizers import NORM, optimizer
from workbench.training.segments import SegmentBatch
from workbench.zoo import Architecture


@dataclass(frozen=True)
class Stepped:
    """What one step measured, on its batch and before it learned from it."""

    loss: float
    """What is optimised, per counted token, losses of the graph itself included; nats for cross-entropy."""
    accuracy: float
    """Share of the counted tokens that were right at the first guess."""
    gradient_norm: float
    """Length of the gradient before clipping."""


class Network:
    """An architecture with its weights, ready to be trained. The seed decides the weights."""

    def __init__(
        self,
        architecture: Architecture,
        settings: Any,
        vocabulary: Vocabulary,
        training: TrainingSettings,
    ) -> None:
        assert architecture.build is not None  # a network
        keep_freed_memory()
        keras.utils.set_random_seed(training.seed)
        with _policy("mixed_bfloat16" if training.mixed_precision else "float32"):
            self.trained = architecture.build(settings, vocabulary)
        adapt(self.trained, training)
        with _policy("float32"):
            self.kept = architecture.build(settings, vocabulary)
        self._scorer = keras.Model(self.kept.inputs, self.kept.outputs)
        self._scorer.compile(jit_compile=False)  # shapes differ from batch to batch
        self.trained.compile(
            optimizer=optimizer(training),
            loss=loss(training),
            weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
            # TensorFlow's own library is faster at convolutions, which fill holes, and at anything in bfloat16.
            jit_compile=not (architecture.is_orderless or training.mixed_precision),
        )
        self.trained.optimizer.build(self.trained.trainable_variables)

    @property
    def parameters(self) -> int:
        """Numbers of the network."""
        return int(self.kept.count_params())

    @property
    def learned(self) -> int:
        """Numbers that this training changes: fewer where only a part, or adapters, are learned."""
        return sum(math.prod(each.shape) for each in self.trained.trainable_variables)

    def step(self, batch: Batch | CropBatch | SegmentBatch, learning_rate: float) -> Stepped:
        """Learn from a batch."""
        self.trained.optimizer.learning_rate = learning_rate
        self.trained.reset_metrics()
        found = self.trained.train_on_batch(
            batch.inputs, batch.targets, sample_weight=batch.counted, return_dict=True
        )
        norm = float(self.trained.optimizer.gradient_norm.numpy())
        return Stepped(float(found["loss"]), float(found["accuracy"]), norm)

    def settle(self) -> None:
        """Give the kept graph the weights of the trained one, averaged where that is asked for, with adapters merged."""
        values = merged(self.trained, self._averages())
        for mine in self.kept.weights:
            mine.assign(values[mine.path])

    def save_adapters(self, path: Path, holding: Holding = nullcontext) -> None:
        """Write the low-rank adapters by themselves, where there are any, as :meth:`settle` merges them."""
        save_adapters(path, self.trained, self._averages(), holding)

    def _averages(self) -> dict[str, NDArray]:
        """Moving averages of what is learned, by path; nothing where they are not asked for, or nothing was learned yet."""
        optimizer = self.trained.optimizer
        if not (optimizer.use_ema and int(optimizer.iterations)):
            return {}
        learned = zip(
            self.trained.trainable_variables,
            optimizer._model_variables_moving_average,
            strict=True,
        )
        return {each.path: np.asarray(average) for each, average in learned}

    def begin_with(self, path: Path) -> None:
        """Take the weights of a ``.keras`` file; ``InvalidSetting`` where it holds another network."""
        theirs = keras.saving.load_model(path, compile=False, safe_mode=True)
        mine = {each.path: each for each in self.trained.weights}
        names = [each.path for each in self.kept.weights]  # without adapters, in the file's order
        taken = taken_over(theirs, self.trained, [mine[name] for name in names])
        for name, value in zip(names, taken, strict=True):
            mine[name].assign(value)

    def state(self) -> dict[str, NDArray]:
        """Everything the next step depends on: weights, seeds of dropout, the optimizer's memory."""
        return {name: np.asarray(variable) for name, variable in self._variables()}

    def restore(self, state: dict[str, NDArray]) -> None:
        """Take up a state; ``KeyError`` or ``ValueError`` where it is another network's."""
        for name, variable in self._variables():
            variable.assign(state[name])

    def logits(self, inputs: Sequence[NDArray]) -> NDArray[np.float32]:
        """What the kept graph says, for inputs of any length."""
        return np.asarray(self._scorer.predict_on_batch(list(inputs)))

    def plain_loss(self, batch: Batch | CropBatch) -> tuple[float, float]:
        """Cross-entropy in nats per counted token, and accuracy, of the kept graph on a batch."""
        logits = self.logits(batch.inputs).astype(np.float64)  # (…, V)
        logits -= logits.max(axis=-1, keepdims=True)
        wanted = np.take_along_axis(logits, batch.targets[..., np.newaxis], axis=-1)[..., 0]
        nats = np.log(np.exp(logits).sum(axis=-1)) - wanted
        right = logits.argmax(axis=-1) == batch.targets
        shares = batch.counted / batch.counted.sum()
        return float((nats * shares).sum()), float((right * shares).sum())

    def _variables(self) -> Iterator[tuple[str, Any]]:
        for number, variable in enumerate(self.trained.variables):
            yield f"network_{number}", variable
        remembered = [each for each in self.trained.optimizer.variables if each.name != NORM]
        for number, variable in enumerate(remembered):
            yield f"optimizer_{number}", variable


@contextmanager
def _policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
