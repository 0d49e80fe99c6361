"""Causal self-attention that knows how far back each position lies.

Besides what stands at an earlier position, a query is compared with a learned vector for the distance to it (Shaw
et al., *Self-Attention with Relative Position Representations*, 2018), computed for all positions at once by the
skewing of Huang et al., *Music Transformer* (2019): music repeats itself at distances, not at places. A position
sees itself and the ``reach - 1`` before it; so the keys and values of the last ``reach`` positions are all that a
step has to remember.

B is the batch, T the positions, W the width, H the heads, L the reach.
"""

import math
from typing import Any

import keras
from keras import ops

from workbench.layers.low_rank import Adaptable, LowRank

HIDDEN = -1e9
"""Score of what must not be seen; finite, for in bfloat16 a row of infinities would give NaN."""


@keras.saving.register_keras_serializable("workbench")
class AttentionStep(LowRank):
    """One position. It owns the weights.

    ``step(x, keys, values, count)`` with x (B, W), ``count`` (B, 1) of the positions before, the same in every row, and
    their keys and values (B, H, L, W/H) gives the output (B, W), keys and values with this position in them, and where
    it looked: (B, H, 1, L) the shares of each head's attention.

    Position ``n`` lies at place ``n mod L``, so nothing moves as time goes on, and a step writes one place;
    :class:`NewestLast` brings what stands at places into the order of time. Heads stand before
    positions, so that a step multiplies keys and values as they lie in memory.
    """

    entering = Adaptable()
    leaving = Adaptable()

    def __init__(self, width: int, heads: int, reach: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.heads, self.reach = width, heads, reach

    def build(self, input_shape: tuple[int | None, ...], *_: Any) -> None:
        width = self.width
        self.entering = self.add_weight(name="entering", shape=(width, 3 * width))
        self.leaving = self.add_weight(name="leaving", shape=(width, width))
        self.distance = self.add_weight(
            name="distance", shape=(self.reach, width), initializer=_small
        )
        self.built = True

    def call(self, x: Any, keys: Any, values: Any, count: Any) -> tuple[Any, ...]:
        each, reach = self.width // self.heads, self.reach
        # Queries are divided here: in an exported graph that is done beforehand.
        third = ops.ones((self.width,))
        scale = ops.concatenate([third / math.sqrt(each), third, third])
        entered = ops.matmul(x, self.entering * ops.cast(scale, self.compute_dtype))
        entered = ops.reshape(entered, (-1, 3 * self.heads, 1, each))
        query, key, value = ops.split(entered, 3, axis=1)  # (B, H, 1, W/H)
        places = ops.arange(reach, dtype="int32")
        newest = ops.mod(ops.cast(count, "int32"), reach)
        is_newest = ops.equal(places[:, None], ops.reshape(newest, (-1, 1, 1, 1)))  # (B, 1, L, 1)
        keys = ops.where(is_newest, key, keys)
        values = ops.where(is_newest, value, values)
        scores = ops.matmul(query, ops.swapaxes(keys, 2, 3))  # (B, H, 1, L)
        by_distance = ops.matmul(query, ops.swapaxes(self._apart(self.distance[None]), 2, 3))
        # From distances, the farthest first, to places: as if the nearest were followed by the farthest.
        by_distance = ops.concatenate([by_distance, by_distance], -1)
        start = ops.stack([0, 0, 0, reach - 1 - ops.max(newest)])
        shape = (count.shape[0] or -1, self.heads, 1, reach)  # -1: all rows, however many
        scores = scores + ops.slice(by_distance, start, shape)
        # Added, not chosen among: the same for every block, and in an exported graph one operation.
        is_empty = ops.arange(reach, dtype=count.dtype) > ops.max(count)
        scores = scores + ops.where(is_empty, HIDDEN, 0.0)
        weights = ops.softmax(scores, axis=-1)
        found = ops.reshape(ops.matmul(weights, values), (-1, self.width))
        return ops.matmul(found, self.leaving), keys, values, weights

    def compute_output_spec(self, x: Any, keys: Any, values: Any, count: Any) -> tuple[Any, ...]:
        shapes = [x.shape, keys.shape, values.shape, (x.shape[0], self.heads, 1, self.reach)]
        return tuple(keras.KerasTensor(shape, self.compute_dtype) for shape in shapes)

    def all_positions(self, x: Any) -> Any:
        """(B, T, W) to (B, T, W), each position as if it were the newest."""
        steps = ops.shape(x)[1]
        query, key, value = (
            self._apart(each) for each in ops.split(ops.matmul(x, self.entering), 3, axis=-1)
        )  # (B, H, T, W/H)
        places = ops.arange(steps, dtype="int32")
        # Rows of the table from the farthest distance, steps - 1, to 0; what lies beyond reach is hidden below.
        rows = ops.clip(places + (self.reach - steps), 0, self.reach - 1)
        table = ops.take(ops.cast(self.distance, self.compute_dtype), rows, axis=0)[None]
        scores = ops.matmul(query, ops.swapaxes(key, 2, 3))  # (B, H, T, T)
        scores = scores + _skewed(ops.matmul(query, ops.swapaxes(self._apart(table), 2, 3)))
        back = places[:, None] - places[None, :]
        visible = ops.logical_and(back >= 0, back < self.reach)
        return self._gathered(self._weights(scores, visible), value)

    def _apart(self, x: Any) -> Any:
        """(B, T, W) to (B, H, T, W/H)."""
        shape = (-1, ops.shape(x)[1], self.heads, self.width // self.heads)
        return ops.transpose(ops.reshape(ops.cast(x, self.compute_dtype), shape), (0, 2, 1, 3))

    def _weights(self, scores: Any, visible: Any) -> Any:
        """Shares (B, H, Q, K) of the attention, from scores of that shape."""
        scores = scores / math.sqrt(self.width // self.heads)
        return ops.softmax(ops.where(visible, scores, ops.cast(HIDDEN, scores.dtype)), axis=-1)

    def _gathered(self, weights: Any, values: Any) -> Any:
        """Weights (B, H, Q, K) over values (B, H, K, W/H), together again: (B, Q, W)."""
        found = ops.transpose(ops.matmul(weights, values), (0, 2, 1, 3))
        found = ops.reshape(found, (-1, ops.shape(found)[1], self.width))
        return ops.matmul(found, self.leaving)

    def get_config(self) -> dict[str, Any]:
        own = {"width": self.width, "heads": self.heads, "reach": self.reach}
        return super().get_config() | own


@keras.saving.register_keras_serializable("workbench")
class RelativeAttention(keras.layers.Layer):
    """All positions: (B, T, W) to (B, T, W). ``cell`` takes single ones."""

    def __init__(self, width: int, heads: int, reach: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width, self.heads, self.reach = width, heads, reach
        self.cell = AttentionStep(
            width, heads, reach, dtype=self.dtype_policy, name=f"{self.name}_cell"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.cell.build(input_shape)
        self.built = True

    def call(self, x: Any) -> Any:
        return self.cell.all_positions(x)

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        own = {"width": self.width, "heads": self.heads, "reach": self.reach}
        return super().get_config() | own


class NewestLast(keras.layers.Layer):
    """What stands at places, (B, L), in the order of time, after ``count`` (B, 1) positions before the newest. For step graphs."""

    def call(self, shares: Any, count: Any) -> Any:
        reach = shares.shape[-1]
        newest = ops.max(ops.mod(ops.cast(count, "int32"), reach))
        after = newest + (1 - reach)  # what lies below zero counts from the end
        return ops.take(shares, ops.arange(reach, dtype="int32") + after, axis=-1)


def _skewed(by_distance: Any) -> Any:
    """(B, H, T, T) from columns of falling distance (T - 1 … 0) to columns of positions (0 … T - 1).

    What lands above the diagonal means nothing; it is hidden anyway.
    """
    steps = ops.shape(by_distance)[-1]
    padded = ops.pad(by_distance, ((0, 0), (0, 0), (0, 0), (1, 0)))
    heads = by_distance.shape[1]
    return ops.reshape(padded, (-1, heads, steps + 1, steps))[:, :, 1:]


def _small(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return keras.random.normal(shape, stddev=0.02, dtype=dtype)
