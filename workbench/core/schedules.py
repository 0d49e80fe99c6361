"""The learning rate over a training, by the names that settings give schedules.

Pure functions, without Keras, so that a page can draw the curve before anything is trained, and so that a training
that is resumed has the rate it would have had: nothing is remembered but the validation losses so far.

``cosine``
    A short rise, then half a cosine down to a hundredth. Loshchilov & Hutter, *SGDR: Stochastic Gradient Descent with
    Warm Restarts* (2017), without restarts.
``exponential``, ``step``
    As ``keras.optimizers.schedules.ExponentialDecay``, without and with ``staircase``.
``plateau``
    As ``keras.callbacks.ReduceLROnPlateau`` with ``min_delta=0``.
"""

import math
from collections.abc import Sequence

from workbench.core.training_settings import TrainingSettings

WARM_UP_SHARE = 0.05  # of all steps
MOST_WARM_UP_STEPS = 200
FLOOR = 0.01  # of the highest rate


def learning_rate(
    training: TrainingSettings,
    step: int,
    steps_an_epoch: int,
    losses: Sequence[float | None] = (),
) -> float:
    """The rate for ``step`` (from 0) of the whole training.

    Parameters
    ----------
    losses
        Validation loss of each epoch that is over, None where it was not validated; only ``plateau`` looks at them.
    """
    highest, epochs = training.learning_rate, step / steps_an_epoch
    if training.schedule == "cosine":
        steps = training.epochs * steps_an_epoch
        return _cosine(step, steps, highest, training.warm_up_steps)
    if training.schedule == "exponential":
        return highest * training.decay ** (epochs / training.decay_epochs)
    if training.schedule == "step":
        return highest * training.decay ** math.floor(epochs / training.decay_epochs)
    if training.schedule == "plateau":
        return highest * training.decay ** reductions(losses, training.decay_epochs)
    return highest


def _cosine(step: int, steps: int, highest: float, warm_up: int) -> float:
    warm_up = warm_up or min(MOST_WARM_UP_STEPS, max(1, round(steps * WARM_UP_SHARE)))
    if step < warm_up:
        return highest * (step + 1) / (warm_up + 1)
    done = (step - warm_up) / max(1, steps - warm_up)
    return highest * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * min(done, 1.0))) / 2)


def reductions(losses: Sequence[float | None], patience: int) -> int:
    """How often ``patience`` epochs went by without a better validation loss."""
    best, since, count = math.inf, 0, 0
    for epoch, loss in enumerate(losses, start=1):
        if loss is None:
            continue
        if loss < best:
            best, since = loss, epoch
        elif epoch - since >= patience:
            count, since = count + 1, epoch
    return count
