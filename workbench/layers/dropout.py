"""Dropout whose masks cost a quarter of the random numbers.

The function is the usual one (Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from
Overfitting*, 2014): while training, each value is hidden with probability ``rate`` and the others are scaled up, so that
their sum stays the same on average. What differs from ``keras.layers.Dropout`` is that eight random bits decide
over a value instead of 32: in a small network on a processor, drawing is a tenth of a training step. So the
rate is that share of 256 that is nearest to the one asked for, and the scale fits it exactly.
"""

from math import prod
from typing import Any

import keras
import numpy as np
from keras import ops

LEVELS = 256
A_DRAW = 4
"""Values that one random number of 32 bits decides over."""


@keras.saving.register_keras_serializable("workbench")
class Dropout(keras.layers.Layer):
    """Hide a share ``rate`` (0 to 1, without 1) of the values of any tensor while training."""

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.seed = seed
        self.kept = round((1 - rate) * LEVELS)
        if not 0 < self.kept <= LEVELS:
            raise ValueError(f"rate must lie between 0 and 1, not {rate}.")
        self.generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x: Any, training: bool = False) -> Any:
        if not training or self.kept == LEVELS:
            return x
        shape = ops.shape(x)
        # Full groups of values, then as many as there are; shapes may be known only when it runs.
        groups = -(-prod(shape) // A_DRAW)
        drawn = keras.random.randint((groups, 1), -(2**31), 2**31 - 1, "int32", self.generator)
        bits = ops.bitwise_and(
            ops.right_shift(drawn, np.array([0, 8, 16, 24], "int32")), LEVELS - 1
        )
        keep = ops.reshape(ops.reshape(bits, (-1,))[: prod(shape)], shape) < self.kept
        return ops.where(keep, x * ops.cast(LEVELS / self.kept, x.dtype), ops.zeros_like(x))

    def compute_output_spec(self, x: Any, training: bool = False) -> Any:
        return keras.KerasTensor(x.shape, x.dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rate": self.rate, "seed": self.seed}
