"""Recurrences along the two axes of music in voices: through time, and through the voices of one moment.

The cells of V voices are said voice after voice, frame after frame, so the same voice returns every V positions.
Both layers go by distances alone: they do not mind where in a frame a sequence begins.

B is the batch, T the positions, U the units.
"""

from typing import Any

import keras
from keras import ops

from workbench.layers.gru import GRU, GRUCell


@keras.saving.register_keras_serializable("workbench")
class InterleavedGRU(keras.layers.Layer):
    """As many recurrences as there are voices, of the same weights: (B, T, D) to hidden (B, T, U).

    Each position goes on from the hidden of the one ``voices`` places before; ``cell`` takes single steps.
    """

    def __init__(self, units: int, voices: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.voices = units, voices
        self.strand = GRU(units, dtype=self.dtype_policy, name=f"{self.name}_strand")
        self.cell = self.strand.cell

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.strand.build(input_shape)
        self.built = True

    def call(self, x: Any) -> Any:
        voices, steps, width = self.voices, ops.shape(x)[1], x.shape[-1]
        frames = -(-steps // voices)
        x = ops.pad(x, ((0, 0), (0, frames * voices - steps), (0, 0)))
        x = ops.transpose(ops.reshape(x, (-1, frames, voices, width)), (0, 2, 1, 3))
        hidden = self.strand(ops.reshape(x, (-1, frames, width)))  # (B * V, F, U)
        hidden = ops.reshape(hidden, (-1, voices, frames, self.units))
        hidden = ops.reshape(ops.transpose(hidden, (0, 2, 1, 3)), (-1, frames * voices, self.units))
        return hidden[:, :steps]

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor((*x.shape[:-1], self.units), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units, "voices": self.voices}


@keras.saving.register_keras_serializable("workbench")
class VoiceChain(keras.layers.Layer):
    """A recurrence within each frame, from its first voice to the position's own: (B, T, U).

    Given are x (B, V - 1 + T, D), the positions and the V - 1 before them, and ``voice`` (B, T), which voice each of
    the T positions belongs to, counted from 0. All positions are done at once, in V steps.
    """

    def __init__(self, units: int, voices: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.voices = units, voices
        self.cell = GRUCell(units, dtype=self.dtype_policy, name=f"{self.name}_cell")

    def build(self, x_shape: tuple[int | None, ...], voice_shape: Any) -> None:
        self.cell.build(x_shape)
        self.built = True

    def call(self, x: Any, voice: Any) -> Any:
        steps = ops.shape(voice)[1]
        entering = self.cell.project(x)  # (B, V - 1 + T, 3U)
        voice = ops.reshape(voice, (-1, 1))
        hidden = ops.zeros_like(entering[:, :steps, : self.units])
        hidden = ops.reshape(hidden, (-1, self.units))  # (B * T, U)
        for back in reversed(range(self.voices)):
            first = self.voices - 1 - back
            now = ops.reshape(entering[:, first : first + steps], (-1, 3 * self.units))
            after = self.cell.advance(now, hidden)
            hidden = ops.where(voice >= back, after, 0.0)
        return ops.reshape(hidden, (-1, steps, self.units))

    def compute_output_spec(self, x: Any, voice: Any) -> Any:
        return keras.KerasTensor((*voice.shape[:2], self.units), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units, "voices": self.voices}


class VoiceChainNext(keras.layers.Layer):
    """:class:`VoiceChain`, one position further: x (B, D), the hidden (B, U) of the position before, and ``voice`` (B, 1), to hidden (B, U).

    For step graphs; it is not saved.
    """

    def __init__(self, chain: VoiceChain, **kwargs: Any) -> None:
        super().__init__(dtype=chain.dtype_policy, **kwargs)
        self.cell = chain.cell

    def call(self, x: Any, hidden: Any, voice: Any) -> Any:
        return self.cell.advance(self.cell.project(x), ops.where(voice > 0, hidden, 0.0))

    def compute_output_spec(self, x: Any, hidden: Any, voice: Any) -> Any:
        return keras.KerasTensor(hidden.shape, self.compute_dtype)


@keras.saving.register_keras_serializable("workbench")
class Sounding(keras.layers.Layer):
    """What sounds in every cell, where tokens may say no more than that it is held, and for how long it has.

    Tokens (B, T), the voices of each frame in turn, to what began (B, T) and the frames since then (B, T), at most :attr:`SPAN`. What began
    longer ago is unknown, and stays ``hold``; before the first frame there is the token 0.
    """

    SPAN = 63  # frames

    def __init__(self, hold: int, voices: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hold, self.voices = hold, voices

    def call(self, tokens: Any) -> tuple[Any, Any]:
        sounding, since = tokens, ops.zeros_like(tokens)
        frames = 1
        while frames <= self.SPAN:  # by twos: what is known of 1, 2, 4 … frames ago
            holds = ops.equal(sounding, self.hold)
            since = ops.where(holds, self._delayed(since, frames) + frames, since)
            sounding = ops.where(holds, self._delayed(sounding, frames), sounding)
            frames *= 2
        return sounding, since

    def _delayed(self, x: Any, frames: int) -> Any:
        places = frames * self.voices
        return ops.pad(x, ((0, 0), (places, 0)))[:, : ops.shape(x)[1]]

    def compute_output_spec(self, tokens: Any) -> tuple[Any, Any]:
        found = keras.KerasTensor(tokens.shape, tokens.dtype)
        return found, keras.KerasTensor(tokens.shape, tokens.dtype)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"hold": self.hold, "voices": self.voices}


class SoundingNext(keras.layers.Layer):
    """:class:`Sounding`, one cell further: its token (B, 1), and what sounded in its voice one frame before and since when, (B, 1) each.

    For step graphs, whose states are floats; they are not saved.
    """

    def __init__(self, sounding: Sounding, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hold = sounding.hold

    def call(self, token: Any, sounding: Any, since: Any) -> tuple[Any, Any]:
        token = ops.cast(token, sounding.dtype)
        holds = ops.equal(token, self.hold)
        is_known = ops.less(since, Sounding.SPAN)
        held = ops.where(is_known, sounding, float(self.hold))
        later = ops.minimum(since + 1, Sounding.SPAN)
        return ops.where(holds, held, token), ops.where(holds, later, 0.0)

    def compute_output_spec(self, token: Any, sounding: Any, since: Any) -> tuple[Any, Any]:
        now = keras.KerasTensor(sounding.shape, sounding.dtype)
        return now, keras.KerasTensor(since.shape, since.dtype)


class LastConvolved(keras.layers.Layer):
    """What a convolution of kernel V, strides of one, says of the last of V positions: (B, V, D) to (B, U).

    One product of matrices with the convolution's own weights, a quarter of the work of convolving all positions; for
    step graphs, which are not saved.
    """

    def __init__(self, convolution: keras.layers.Conv1D, **kwargs: Any) -> None:
        super().__init__(dtype=convolution.dtype_policy, **kwargs)
        self.convolution = convolution

    def call(self, x: Any) -> Any:
        positions, width, units = self.convolution.kernel.shape
        kernel = ops.reshape(self.convolution.kernel, (positions * width, units))
        x = ops.matmul(ops.reshape(x, (-1, positions * width)), kernel)
        return self.convolution.activation(x + self.convolution.bias)

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor((x.shape[0], self.convolution.filters), self.compute_dtype)
