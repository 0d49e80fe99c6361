"""The ways a training can break that a person can do something about, in words."""

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from workbench.core.errors import WorkFailed
from workbench.training.checkpoints import Progress
from workbench.training.network import Stepped

_DISK_ERRORS = ("No space left on device", "errno = 28")


@contextmanager
def explained() -> Iterator[None]:
    """Turn a full memory or a full disk into a ``WorkFailed`` that says what to change."""
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise WorkFailed(
            "The machine ran out of memory; choose a smaller batch_size, window or network. "
            "What was kept before is usable."
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC and not any(words in str(error) for words in _DISK_ERRORS):
            raise
        raise WorkFailed(
            "The disk is full; free some space and resume the run. What was kept before is usable."
        ) from error


def check_step(stepped: Stepped, progress: Progress) -> None:
    """``WorkFailed`` where a loss or a gradient is no number any more: the weights are lost, the kept ones are not."""
    if not math.isfinite(stepped.loss):
        raise _lost("loss", progress)
    if not math.isfinite(stepped.gradient_norm):
        raise _lost("gradient", progress)


def check_valid_loss(loss: float, progress: Progress) -> None:
    """``WorkFailed`` where the validation loss is no number any more."""
    if not math.isfinite(loss):
        raise _lost("validation loss", progress)


def _lost(what: str, progress: Progress) -> WorkFailed:
    kept = (
        f"The weights of epoch {progress.best.epoch} are kept and usable."
        if progress.best
        else "Nothing was kept yet."
    )
    training = progress.spec.training
    remedies = [f"a smaller learning_rate than {training.learning_rate:g}"]
    if not training.clip_norm:
        remedies.append("a clip_norm above 0")
    if training.mixed_precision:
        remedies.append("no mixed_precision")
    return WorkFailed(
        f"The {what} is no longer a number in epoch {progress.epoch + 1}; train anew with {', or '.join(remedies)}. {kept}"
    )
