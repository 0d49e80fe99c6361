"""A network in training, one token at a time: what composes before anything is exported."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.vocabulary import Vocabulary


class KerasDecoder:
    """A ``core.vocabulary.Decoder`` over a step graph (see :mod:`workbench.zoo`), with the weights that it has at that moment.

    The state is the list of state arrays, each (B, …), after a step with the attention behind them. Of an
    autoencoder's decoder the first is the point, given to :meth:`begin`.
    """

    def __init__(self, step: keras.Model, vocabulary: Vocabulary) -> None:
        step.compile(jit_compile=False)  # a step is too short for what compiling costs
        self._step, self._has_context = step, bool(vocabulary.context)
        self._states = step.inputs[1 + self._has_context :]

    def start(self, batch: int) -> list[NDArray[np.float32]]:
        """All states zero."""
        return [np.zeros((batch, *each.shape[1:]), np.float32) for each in self._states]

    def begin(self, points: NDArray[np.floating]) -> list[NDArray[np.float32]]:
        """The states of an autoencoder's decoder before the first token, at points (B, Z)."""
        return [points.astype(np.float32), *self.start(len(points))[1:]]

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: list[NDArray]
    ) -> tuple[NDArray[np.float32], list[NDArray]]:
        """``tokens`` (B,), ``context`` (B, C): logits (B, V) and the next states."""
        given = [tokens.astype(np.int32)[:, np.newaxis]]
        if self._has_context:
            given.append(context.astype(np.int32)[:, np.newaxis])
        found: Any = self._step.predict_on_batch([*given, *state[: len(self._states)]])
        logits, *following = (np.asarray(each) for each in found)
        return logits.reshape(len(tokens), -1), following

    def attention(self, state: list[NDArray]) -> NDArray[np.float32] | None:
        """(B, L) where the step that gave this state looked; None for a network that does not look back."""
        return state[-1] if len(state) > len(self._states) else None
