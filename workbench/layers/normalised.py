"""Layer normalisation as onnxruntime knows it.

The function is that of ``keras.layers.LayerNormalization`` (Ba et al., *Layer Normalization*, 2016)::

    (x - mean) / sqrt(variance + epsilon) * gamma + beta

Keras multiplies gamma with the root first. In the order above, onnxruntime finds it in an exported graph and runs it as one
operation; a step of a small network is mostly the number of its operations.
"""

from typing import Any

import keras
from keras import ops


class Normalised(keras.layers.Layer):
    """What ``layer`` does over the last axis, with its weights."""

    def __init__(self, layer: keras.layers.LayerNormalization, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, x: Any) -> Any:
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.power(centred, 2.0), axis=-1, keepdims=True)
        root = ops.sqrt(variance + self.layer.epsilon)
        return centred / root * self.layer.gamma + self.layer.beta

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape, self.compute_dtype)
