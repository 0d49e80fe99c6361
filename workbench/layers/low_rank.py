"""Matrices of our own layers that a low-rank update may be added to, as Keras's layers have it.

LoRA (Hu et al., *Low-Rank Adaptation of Large Language Models*, 2021) leaves a trained matrix W (D, U) as it is and learns
two thin ones, A (D, R) and B (R, U)::

    W + (alpha / R) A B

B begins at zero, so nothing is changed before the first step. ``enable_lora`` does the same as that of ``keras.layers.Dense``, for every
matrix that a layer marks as :class:`Adaptable`.
"""

from typing import Any

import keras
from keras import ops


class Adaptable:
    """A weight as an attribute of its layer: what it is together with its update, once there is one."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __set__(self, layer: "LowRank", weight: keras.Variable) -> None:
        setattr(layer, f"_{self.name}", weight)

    def __get__(self, layer: "LowRank | None", owner: type | None = None) -> Any:
        if layer is None:
            return self
        weight = getattr(layer, f"_{self.name}")
        pair = layer.lora_pairs.get(self.name)
        if pair is None:
            return weight
        return weight + layer.lora_alpha / layer.lora_rank * ops.matmul(*pair)


class LowRank(keras.layers.Layer):
    """A layer with :class:`Adaptable` matrices."""

    lora_enabled = False
    lora_rank, lora_alpha = 1, 1.0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lora_pairs: dict[str, tuple[keras.Variable, keras.Variable]] = {}

    def enable_lora(self, rank: int, lora_alpha: float | None = None) -> None:
        """Learn a low-rank update of the matrices from now on, instead of the matrices."""
        self._tracker.unlock()
        for name in self.adaptable():
            weight = getattr(self, f"_{name}")
            thin = [
                self.add_weight(name=f"lora_{name}_{side}", shape=shape, initializer=start)
                for side, shape, start in (
                    ("a", (weight.shape[0], rank), "he_uniform"),
                    ("b", (rank, weight.shape[1]), "zeros"),
                )
            ]
            weight.trainable = False
            self.lora_pairs[name] = (thin[0], thin[1])
        self.lora_enabled, self.lora_rank = True, rank
        self.lora_alpha = float(rank if lora_alpha is None else lora_alpha)
        self._tracker.lock()

    @classmethod
    def adaptable(cls) -> list[str]:
        """Names of the matrices."""
        return [name for name, each in vars(cls).items() if isinstance(each, Adaptable)]
