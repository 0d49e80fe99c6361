"""The optimizers of Keras by the names that settings give them, each telling the length of its gradient.

Rates come from outside, step by step (``core.schedules``). Weight decay is apart from the gradient for all that have it
(Loshchilov & Hutter, *Decoupled Weight Decay Regularization*, 2019); Adam has none, for with it Adam is AdamW.
"""

from typing import Any

import keras
from keras import ops

from workbench.core.training_settings import TrainingSettings

NORM = "gradient_norm"

KINDS: dict[str, type[keras.optimizers.Optimizer]] = {
    "adamw": keras.optimizers.AdamW,
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "lion": keras.optimizers.Lion,
}


def optimizer(training: TrainingSettings) -> keras.optimizers.Optimizer:
    """An optimizer as the settings say; its ``gradient_norm`` is the length of the last gradient before clipping."""
    own: dict[str, Any] = {}
    if training.optimizer == "sgd":
        own["momentum"] = training.momentum
    if training.optimizer != "adam":
        own["weight_decay"] = training.weight_decay
    if training.ema_momentum:
        own |= {"use_ema": True, "ema_momentum": training.ema_momentum}
    kind = KINDS[training.optimizer]
    watched = type(f"Watched{kind.__name__}", (_Watched, kind), {})
    return watched(training.learning_rate, global_clipnorm=training.clip_norm or None, **own)


class _Watched(keras.optimizers.Optimizer):
    """Keeps the length of the gradient, as Keras measures it for clipping, in a variable that the step writes."""

    def build(self, variables: Any) -> None:
        super().build(variables)
        self.gradient_norm = self.add_variable((), name=NORM)

    def apply(self, grads: Any, trainable_variables: Any = None) -> Any:
        squares = [ops.sum(ops.square(each)) for each in grads if each is not None]
        self.gradient_norm.assign(ops.sqrt(ops.sum(ops.stack(squares))))
        return super().apply(grads, trainable_variables)
