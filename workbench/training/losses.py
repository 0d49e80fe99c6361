"""What a network makes small, by the names that settings give it; all of Keras' own.

Each is a mean over the tokens that count, in nats for plain cross-entropy. Label smoothing: Szegedy et al., *Rethinking
the Inception Architecture* (2016). Focal loss: Lin et al., *Focal Loss for Dense Object Detection* (2017), without their
weights of classes.
"""

from typing import Any

import keras
from keras import ops

from workbench.core.training_settings import TrainingSettings

_MEAN = "mean_with_sample_weight"


def loss(training: TrainingSettings) -> keras.losses.Loss:
    """The loss of logits (…, V) and targets (…) as the settings say."""
    if training.loss == "label-smoothing":
        return _OneHot(
            keras.losses.CategoricalCrossentropy(
                label_smoothing=training.label_smoothing, from_logits=True, reduction=None
            )
        )
    if training.loss == "focal":
        return _OneHot(
            keras.losses.CategoricalFocalCrossentropy(
                alpha=1.0, gamma=training.focal_gamma, from_logits=True, reduction=None
            )
        )
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=_MEAN)


class _OneHot(keras.losses.Loss):
    """A loss of probabilities for targets that are numbers of tokens."""

    def __init__(self, inner: keras.losses.Loss) -> None:
        super().__init__(name=inner.name, reduction=_MEAN)
        self.inner = inner

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.inner(ops.one_hot(y_true, y_pred.shape[-1]), y_pred)
