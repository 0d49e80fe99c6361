"""What recurrent layers share."""

from collections.abc import Callable
from typing import Any, ClassVar

import keras
from keras import ops

from workbench.layers.dropout import Dropout


class Recurrent(keras.layers.Layer):
    """All steps, from a state of zeros: (B, T, D) to hidden (B, T, U). ``cell`` takes single steps.

    While training, a share ``weight_dropout`` (0 to 1, without 1) of the weights by which a state enters the next is hidden, the
    same ones at all steps and in all rows of a batch (Merity, Keskar & Socher, *Regularizing and Optimizing LSTM Language
    Models*, 2018). So what is carried over time is regularised too, which hiding a layer's output is not, and the loop over
    time costs no more.
    """

    make_cell: ClassVar[Callable[..., Any]]
    """``make_cell(units, dtype=…, name=…)`` is one step, and owns the weights."""

    def __init__(self, units: int, weight_dropout: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.weight_dropout = weight_dropout
        self.cell = self.make_cell(units, dtype=self.dtype_policy, name=f"{self.name}_cell")
        self.hide = Dropout(weight_dropout) if weight_dropout else None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.cell.build((input_shape[0], input_shape[-1]))
        self.built = True

    def recurrent(self, training: bool) -> Any:
        """The weights by which a state enters the next, as they are in this batch."""
        weights = self.cell.recurrent
        return weights if self.hide is None else self.hide(weights, training=training)

    def as_values(self, *weights: Any) -> list[Any]:
        """Copies: a written-out gradient may be given values, not variables."""
        return [ops.copy(ops.cast(each, self.compute_dtype)) for each in weights]

    def compute_output_spec(self, x: Any, training: bool = False) -> Any:
        return keras.KerasTensor((*x.shape[:-1], self.units), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units, "weight_dropout": self.weight_dropout}


def delayed(sequence: Any) -> Any:
    """(T, …) the value of the step before, zero at the first."""
    return ops.concatenate([ops.zeros_like(sequence[:1]), sequence[:-1]], 0)
