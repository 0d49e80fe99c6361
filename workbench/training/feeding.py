"""Windows as a ``tf.data.Dataset``, for training loops that want one: ``model.fit``, prefetching, several devices.

The batches are those of :meth:`workbench.training.batches.Windows.epoch`, in the same order: what a run here learns
from, a loop of one's own learns from too.
"""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from workbench.training.batches import Windows


def as_dataset(
    windows: Windows, seed: int, epochs: int, *, first_epoch: int = 1
) -> tf.data.Dataset:
    """``(inputs, targets, counted)`` of every batch of so many epochs, prefetched.

    ``inputs`` is (B, T) int32 or, where the vocabulary has context, a pair with (B, T, C) int32; ``targets`` is (B, T)
    int32; ``counted`` (B, T) float32 serves ``model.fit`` as the weight of each sample.
    """

    def batches() -> Iterator[tuple]:
        for epoch in range(first_epoch, first_epoch + epochs):
            for batch in windows.epoch(seed, epoch):
                inputs = tuple(batch.inputs) if len(batch.inputs) > 1 else batch.inputs[0]
                yield inputs, batch.targets, batch.counted

    shape = (windows.batch_size, windows.window)
    tokens = tf.TensorSpec(shape, np.int32)
    known = tf.TensorSpec((*shape, windows.context_fields), np.int32)
    inputs = (tokens, known) if windows.context_fields else tokens
    signature = (inputs, tokens, tf.TensorSpec(shape, np.float32))
    steps = windows.batches * epochs
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(tf.data.AUTOTUNE)
