"""A network in training: its weights, its optimizer, and one step.

Two graphs of the same architecture stand side by side. The *trained* one may compute in bfloat16 and is compiled as a
whole (XLA) for batches of one shape. The *kept* one computes in float32, has the
weights of the trained one after :meth:`Network.settle` (or their moving average, where that is asked for), and is what is
scored, saved and exported: so the figures are those of the model that composes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.specs import TrainingSettings
from workbench.core.vocabulary import Vocabulary
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
        with _policy("float32"):
            self.kept = architecture.build(settings, vocabulary)
        self._scorer = keras.Model(self.kept.inputs, self.kept.outputs)
        self._scorer.compile(jit_compile=False)  # shapes differ from batch to batch
        self.trained.compile(
            optimizer=optimizer(training),
            loss=loss(training),
            weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
            jit_compile=True,
        )
        self.trained.optimizer.build(self.trained.trainable_variables)

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return int(self.trained.count_params())

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
        """Give the kept graph the weights of the trained one, averaged where that is asked for."""
        self.kept.set_weights(self.trained.get_weights())
        if self.trained.optimizer.use_ema and int(self.trained.optimizer.iterations):
            averages = self.trained.optimizer._model_variables_moving_average
            for mine, average in zip(self.kept.trainable_variables, averages, strict=True):
                mine.assign(average)

    def begin_with(self, path: Path) -> None:
        """Take the weights of a ``.keras`` file; ``InvalidSetting`` where it holds another network."""
        weights = keras.saving.load_model(path, compile=False, safe_mode=True).get_weights()
        mine = [each.shape for each in self.trained.get_weights()]
        if [each.shape for each in weights] != mine:
            raise InvalidSetting(
                "The weights to start from belong to another network; choose the same architecture, "
                "tokenizer and settings as theirs, or start from nothing."
            )
        self.trained.set_weights(weights)

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
