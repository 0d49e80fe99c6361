"""What a network is told of a whole piece, in its step graph: read at the first position, and looked at from every one.

Both are for step graphs, and are not saved. B is the batch, K what is told, Q the positions that look there, W the width, H the heads.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops


class LookedAcross(keras.layers.Layer):
    """Keras' ``MultiHeadAttention`` in plain products of matrices, with its weights, and in two halves.

    What is looked at does not change from step to step: :meth:`kept` brings it into keys and values once. As Keras
    spells the layer out, an exported graph has ten operations for each of these.
    """

    def __init__(self, attention: keras.layers.MultiHeadAttention, **kwargs: Any) -> None:
        super().__init__(dtype=attention.dtype_policy, **kwargs)
        self.attention = attention
        self.heads, self.each = attention.num_heads, attention.key_dim

    def kept(self, told: Any) -> tuple[Any, Any]:
        """(B, K, W) to keys and values, (B, H, K, W/H) each."""
        attention = self.attention
        return self._entered(attention.key_dense, told), self._entered(attention.value_dense, told)

    def call(self, x: Any, keys: Any, values: Any) -> Any:
        """(B, Q, W) to (B, Q, W); or (B, W) to (B, W), where one position looks."""
        query = self._entered(self.attention.query_dense, x)
        scores = ops.matmul(query, ops.swapaxes(keys, 2, 3)) / math.sqrt(self.each)
        found = ops.matmul(ops.softmax(scores, axis=-1), values)  # (B, H, Q, W/H)
        found = ops.reshape(ops.transpose(found, (0, 2, 1, 3)), (-1, x.shape[-1]))
        leaving = self.attention.output_dense
        left = ops.matmul(found, ops.reshape(leaving.kernel, (-1, x.shape[-1]))) + leaving.bias
        return ops.reshape(left, (-1, *x.shape[1:]))

    def compute_output_spec(self, x: Any, keys: Any, values: Any) -> Any:
        return keras.KerasTensor(x.shape, self.compute_dtype)

    def _entered(self, dense: keras.layers.EinsumDense, x: Any) -> Any:
        """(B, N, W) to (B, H, N, W/H); N is 1 for (B, W)."""
        width, positions = x.shape[-1], tuple(x.shape)[1:-1] or (1,)
        rows = ops.reshape(x, (-1, width))
        entered = ops.matmul(rows, ops.reshape(dense.kernel, (width, -1)))
        entered = entered + ops.reshape(dense.bias, (-1,))
        apart = ops.reshape(entered, (-1, *positions, self.heads, self.each))
        return ops.transpose(apart, (0, 2, 1, 3))


class Once(keras.layers.Layer):
    """What ``read`` gives for rows at their first position, and from then on what it gave.

    ``once(count, x, *kept)``: where no positions were before, by ``count`` (B, 1), a row is at its first. In an exported graph ``read`` is a
    branch that only such a step goes through.
    """

    def __init__(self, read: Callable[[Any], Sequence[Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def call(self, count: Any, x: Any, *kept: Any) -> list[Any]:
        is_first = ops.reshape(count, (-1, 1, 1, 1)) < 0.5

        def anew() -> list[Any]:
            found = zip(self.read(x), kept, strict=True)
            return [ops.where(is_first, new, old) for new, old in found]

        return ops.cond(ops.min(count) < 0.5, anew, lambda: [ops.copy(each) for each in kept])

    def compute_output_spec(self, count: Any, x: Any, *kept: Any) -> list[Any]:
        return [keras.KerasTensor(each.shape, self.compute_dtype) for each in kept]
