"""What an autoencoder is made of: an encoder that reads both ways, a point drawn in the latent space, and what it costs.

B is the batch, T the positions, U the units, Z the width of the latent space.
"""

from typing import Any

import keras
from keras import ops

from workbench.layers.gru import GRU


@keras.saving.register_keras_serializable("workbench")
class BothWays(keras.layers.Layer):
    """What two recurrences remember at their ends, one from the first position to the last and one back: (B, 2U).

    Given are x (B, T, D) and ``present`` (B, T), true for the positions of each row; those that fill it up at its end are
    read by neither. ``forward`` and ``backward`` are the two, for single steps.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.forward = GRU(units, dtype=self.dtype_policy, name=f"{self.name}_forward")
        self.backward = GRU(units, dtype=self.dtype_policy, name=f"{self.name}_backward")

    def build(self, x_shape: tuple[int | None, ...], *_: Any) -> None:
        self.forward.build(x_shape)
        self.backward.build(x_shape)
        self.built = True

    def call(self, x: Any, present: Any) -> Any:
        steps = ops.shape(x)[1]
        lengths = ops.sum(ops.cast(present, "int32"), axis=1, keepdims=True)  # (B, 1)
        # Each row turned round within its own length; what fills it up stays behind.
        turned = ops.mod(lengths - 1 - ops.arange(steps, dtype="int32"), ops.maximum(steps, 1))
        back = ops.take_along_axis(x, turned[:, :, None], axis=1)
        last = ops.maximum(lengths - 1, 0)[:, :, None]  # (B, 1, 1)
        ends = [
            ops.take_along_axis(layer(each), last, axis=1)[:, 0]
            for layer, each in ((self.forward, x), (self.backward, back))
        ]
        return ops.concatenate(ends, axis=-1)

    def compute_output_spec(self, x: Any, present: Any) -> Any:
        return keras.KerasTensor((x.shape[0], 2 * self.units), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("workbench")
class Latent(keras.layers.Layer):
    """A point of the latent space (B, Z) for each row, and the loss of what it tells.

    Given are the posterior (B, 2Z), mean and natural log of the variance side by side; ``noise`` (B, Z) from the standard normal
    distribution, by which the point lies off the mean (Kingma & Welling 2014); and ``present`` (B, T), which positions there
    are.

    The loss is the information of the posterior over the standard normal prior, in nats, over the number of
    positions. Of each row ``free`` nats are not counted (Kingma et al. 2016; as a whole, after Roberts et al. 2018), and in the
    first ``annealing`` training steps it counts for less, rising in a line from nothing (Bowman et al. 2016). Rows without positions count
    nothing.
    """

    def __init__(self, free: float = 0.0, annealing: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.free, self.annealing = free, annealing

    def build(self, *_: Any) -> None:
        # A weight, so that a training that is resumed knows how far it was.
        self.seen = self.add_weight(name="seen", shape=(), initializer="zeros", trainable=False)
        self.built = True

    def call(self, posterior: Any, noise: Any, present: Any, training: bool = False) -> Any:
        mean, log_variance = ops.split(posterior, 2, axis=-1)
        nats = ops.sum(ops.square(mean) + ops.exp(log_variance) - 1 - log_variance, axis=-1) / 2
        positions = ops.sum(ops.cast(present, nats.dtype), axis=1)  # (B,)
        counted = ops.where(positions > 0, ops.maximum(nats - self.free, 0.0), 0.0)
        weight = ops.minimum(self.seen / max(self.annealing, 1), 1.0) if self.annealing else 1.0
        self.add_loss(weight * ops.sum(counted) / ops.maximum(ops.sum(positions), 1.0))
        if training:
            self.seen.assign_add(1.0)
        return mean + ops.exp(log_variance / 2) * noise

    def compute_output_spec(self, posterior: Any, *_: Any, training: bool = False) -> Any:
        return keras.KerasTensor((*posterior.shape[:-1], posterior.shape[-1] // 2), self.dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"free": self.free, "annealing": self.annealing}


@keras.saving.register_keras_serializable("workbench")
class Beside(keras.layers.Layer):
    """One point (B, Z) beside every position of x (B, T, D): (B, T, D + Z)."""

    def call(self, x: Any, point: Any) -> Any:
        shape = (ops.shape(x)[0], ops.shape(x)[1], point.shape[-1])
        return ops.concatenate([x, ops.broadcast_to(point[:, None], shape)], axis=-1)

    def compute_output_spec(self, x: Any, point: Any) -> Any:
        return keras.KerasTensor((*x.shape[:-1], x.shape[-1] + point.shape[-1]), self.compute_dtype)
