"""The ways a training can break that a person can do something about, in words."""

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from workbench.core.errors import WorkFailed
from workbench.training.checkpoints import Progress

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


def check_loss(loss: float, progress: Progress) -> None:
    """``WorkFailed`` where a loss is no number any more: the weights are lost, the kept ones are not."""
    if math.isfinite(loss):
        return
    kept = (
        f"The weights of epoch {progress.best.epoch} are kept and usable."
        if progress.best
        else "Nothing was kept yet."
    )
    raise WorkFailed(
        f"The loss is no longer a number in epoch {progress.epoch + 1}; choose a smaller "
        f"learning_rate or a clip_norm above 0. {kept}"
    )
