"""Frames of states as pictures, and back: time across, pitch upwards, a few pictures for every voice.

States are those of :mod:`workbench.core.frames`: ``2 * row + goes_on``, then ``hidden`` and ``outside``. B is the batch, T
the steps, V the voices, R the rows (silence and the pitches), S = 2R the states, F the pictures.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("workbench")
class ToPictures(keras.layers.Layer):
    """(B, T, V) int32 to (B, T, R, 3V): where each voice begins, where it goes on, and all rows where it is hidden."""

    def __init__(self, rows: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = rows

    def call(self, states: Any) -> Any:
        steps, voices, rows = ops.shape(states)[1], states.shape[2], self.rows
        # One more column than are taken: what stands outside lights nothing.
        lit = ops.one_hot(states, 2 * rows + 2, dtype=self.compute_dtype)
        sung = ops.reshape(lit[..., : 2 * rows], (-1, steps, voices, rows, 2))
        sung = ops.reshape(ops.transpose(sung, (0, 1, 3, 2, 4)), (-1, steps, rows, 2 * voices))
        hidden = ops.expand_dims(lit[..., 2 * rows], 2)  # (B, T, 1, V)
        return ops.concatenate([sung, ops.repeat(hidden, rows, axis=2)], axis=-1)

    def compute_output_spec(self, states: Any) -> Any:
        batch, steps, voices = states.shape
        return keras.KerasTensor((batch, steps, self.rows, 3 * voices), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"rows": self.rows}


@keras.saving.register_keras_serializable("workbench")
class FromPictures(keras.layers.Layer):
    """(B, T, R, 2V) to logits (B, T, V, S)."""

    def __init__(self, voices: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.voices = voices

    def call(self, pictures: Any) -> Any:
        steps, rows = ops.shape(pictures)[1], pictures.shape[2]
        apart = ops.reshape(pictures, (-1, steps, rows, self.voices, 2))
        return ops.reshape(
            ops.transpose(apart, (0, 1, 3, 2, 4)), (-1, steps, self.voices, 2 * rows)
        )

    def compute_output_spec(self, pictures: Any) -> Any:
        batch, steps, rows, _ = pictures.shape
        return keras.KerasTensor((batch, steps, self.voices, 2 * rows), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"voices": self.voices}


@keras.saving.register_keras_serializable("workbench")
class PitchTable(keras.layers.Layer):
    """(B, T, R, F) plus what is learned of each row: pictures alone do not tell which pitch stands where."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight(name="table", shape=input_shape[-2:], initializer="zeros")
        self.built = True

    def call(self, x: Any) -> Any:
        return x + self.table

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape
