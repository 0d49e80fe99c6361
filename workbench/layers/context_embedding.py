"""Small whole numbers known before a token, each looked up in a table of its own, side by side.

The tables lie one below the other in a single matrix: one look-up serves all fields, where a layer per field would
cost a look-up each.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("workbench")
class ContextEmbedding(keras.layers.Layer):
    """(…, C) int32 to (…, C * width): field ``i`` has the values ``0 .. sizes[i] - 1``.

    A value past the end of its field is taken as the field's last one: music that is longer than
    anything heard in training still has a place. ``columns`` are those of its input that the fields lie in, where
    they are not all.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        columns: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.columns = None if columns is None else tuple(columns)
        self.sizes = tuple(sizes)
        self.width = width

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight(
            name="table", shape=(sum(self.sizes), self.width), initializer="uniform"
        )
        self.built = True

    def call(self, context: Any) -> Any:
        first = list(accumulate(self.sizes, initial=0))[:-1]
        last = [size - 1 for size in self.sizes]
        if self.columns is not None:
            context = ops.take(context, ops.convert_to_tensor(self.columns, "int32"), axis=-1)
        rows = ops.clip(context, 0, ops.convert_to_tensor(last, "int32"))
        rows = rows + ops.convert_to_tensor(first, "int32")  # (…, C)
        found = ops.take(ops.convert_to_tensor(self.table), rows, axis=0)  # (…, C, width)
        # The batch of a step graph is all that is not known of its shape: nothing is to be computed there.
        places = rows.shape[1:-1]
        around = ops.shape(rows)[:-1] if None in places else (-1, *places)
        return ops.reshape(found, (*around, len(self.sizes) * self.width))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], len(self.sizes) * self.width)

    def get_config(self) -> dict[str, Any]:
        own = {"sizes": list(self.sizes), "width": self.width, "columns": self.columns}
        return super().get_config() | own
