"""A network in training: its weights, its optimizer, and one step.

Two graphs of the same architecture stand side by side. The *trained* one may compute in bfloat16 and is compiled as a
whole (XLA) for batches of one shape. The *kept* one computes in float32, has the
weights of the trained one after :meth:`Network.settle`, and is what is scored, saved and exported: so the
figures are those of the model that composes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from workbench.training.memory import keep_freed_memory
from workbench.training.segments import SegmentBatch
from workbench.zoo import Architecture


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
            optimizer=keras.optimizers.AdamW(
                training.learning_rate,
                weight_decay=training.weight_decay,
                global_clipnorm=training.clip_norm or None,
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, reduction="mean_with_sample_weight"
            ),
            jit_compile=True,
        )
        self.trained.optimizer.build(self.trained.trainable_variables)

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return int(self.trained.count_params())

    def step(self, batch: Batch | CropBatch | SegmentBatch, learning_rate: float) -> float:
        """Learn from a batch; its loss before that, in nats per counted token, losses of the graph itself included."""
        self.trained.optimizer.learning_rate = learning_rate
        self.trained.reset_metrics()
        return float(
            self.trained.train_on_batch(batch.inputs, batch.targets, sample_weight=batch.counted)
        )

    def settle(self) -> None:
        """Give the kept graph the weights of the trained one."""
        self.kept.set_weights(self.trained.get_weights())

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
        for number, variable in enumerate(self.trained.optimizer.variables):
            yield f"optimizer_{number}", variable


@contextmanager
def _policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
