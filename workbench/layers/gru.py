"""A gated recurrent unit layer that trains fast on a processor.

The function is the usual one (Cho et al., *Learning Phrase Representations using RNN Encoder–Decoder*, 2014) in the
variant of cuDNN and PyTorch, in which the reset gate acts after the recurrent product::

    z, r = sigmoid(W x_t + b + R h_{t-1} + c)   for each gate      q = R_n h_{t-1} + c_n
    n = tanh(W_n x_t + b_n + r q)                                  h_t = (1 - z) n + z h_{t-1}

So one product with R serves all three. The order of the work is that of :mod:`workbench.layers.lstm`, with the
gradient written out. Columns of the weights are the gates z, r and the candidate n, each ``units`` wide; B is the batch, T the
positions, U the units.
"""

from typing import Any

import keras
from keras import ops

from workbench.layers.low_rank import Adaptable, LowRank
from workbench.layers.recurrence import Recurrent, delayed


@keras.saving.register_keras_serializable("workbench")
class GRUCell(LowRank):
    """One step: ``cell(x, hidden)`` with x (B, D) gives the next hidden (B, U). It owns the weights."""

    kernel = Adaptable()
    recurrent = Adaptable()

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: tuple[int | None, ...], *_: Any) -> None:
        inputs, columns = input_shape[-1], 3 * self.units
        self.kernel = self.add_weight(
            name="kernel", shape=(inputs, columns), initializer="glorot_uniform"
        )
        self.recurrent = self.add_weight(
            name="recurrent", shape=(self.units, columns), initializer="orthogonal"
        )
        self.bias = self.add_weight(name="bias", shape=(columns,), initializer="zeros")
        self.recurrent_bias = self.add_weight(
            name="recurrent_bias", shape=(columns,), initializer="zeros"
        )
        self.built = True

    def call(self, x: Any, hidden: Any) -> tuple[Any]:
        return (self.advance(self.project(x), hidden),)

    def project(self, x: Any) -> Any:
        """What enters of x (…, D), for one position or many: (…, 3U)."""
        return ops.matmul(x, self.kernel) + self.bias

    def advance(self, entering: Any, hidden: Any) -> Any:
        """The next hidden (B, U), of what enters (B, 3U)."""
        staying = ops.matmul(hidden, self.recurrent) + self.recurrent_bias
        return _step(entering, staying, hidden)[0]

    def compute_output_spec(self, x: Any, hidden: Any) -> tuple[Any]:
        return (keras.KerasTensor((x.shape[0], self.units), self.compute_dtype),)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("workbench")
class GRU(Recurrent):
    """Many GRU steps. See :class:`workbench.layers.recurrence.Recurrent`."""

    make_cell = GRUCell

    def call(self, x: Any, training: bool = False) -> Any:
        cell = self.cell
        weights = (cell.kernel, self.recurrent(training), cell.bias, cell.recurrent_bias)
        return _recur(x, *self.as_values(*weights))


def _step(entering: Any, staying: Any, hidden: Any) -> tuple[Any, Any]:
    """Next hidden (B, U), and z, r, n, q side by side (B, 4U); both products are (B, 3U)."""
    entering, candidate = ops.split(entering, [2 * hidden.shape[1]], axis=1)
    staying, before = ops.split(staying, [2 * hidden.shape[1]], axis=1)
    gates = ops.sigmoid(entering + staying)
    keep, reset = ops.split(gates, 2, axis=1)
    candidate = ops.tanh(candidate + reset * before)
    hidden = candidate + keep * (hidden - candidate)
    return hidden, ops.concatenate([gates, candidate, before], 1)


@ops.custom_gradient
def _recur(x: Any, kernel: Any, recurrent: Any, bias: Any, recurrent_bias: Any) -> tuple[Any, Any]:
    """All positions: x (B, T, D) to hidden (B, T, U), and the function that gives the gradients."""
    units, inputs = recurrent.shape[0], kernel.shape[0]
    batch, steps = ops.shape(x)[0], ops.shape(x)[1]
    x = ops.reshape(ops.transpose(x, (1, 0, 2)), (-1, inputs))  # (T * B, D)
    entering = ops.matmul(x, kernel) + bias
    entering = ops.reshape(entering, (steps, batch, 3 * units))
    # A scan's outputs must look like its state, so what is kept travels in the state too.
    state = ops.zeros((batch, units), entering.dtype)
    kept = ops.zeros((batch, 4 * units), entering.dtype)

    def forward(before: Any, now: Any) -> tuple[Any, Any]:
        hidden, _ = before
        after = _step(now, ops.matmul(hidden, recurrent) + recurrent_bias, hidden)
        return after, after

    _, (hidden, opened) = ops.scan(forward, (state, kept), entering)

    def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, ...]:
        if upstream is None:  # the last argument on some backends
            (upstream,) = arguments

        onward = ops.transpose(recurrent)

        def backward(after: Any, now: Any) -> tuple[Any, Any]:
            to_hidden, _ = after
            arriving, hidden_before, opened = now
            blame, direct = _blame(to_hidden + arriving, hidden_before, opened)
            before = (direct + ops.matmul(_staying(blame), onward), blame)
            return before, before

        arriving = ops.transpose(upstream, (1, 0, 2))  # (T, B, U)
        hidden_before = delayed(hidden)
        known = (arriving, hidden_before, opened)
        _, (_, blame) = ops.scan(backward, (state, kept), known, reverse=True)
        blame = ops.reshape(blame, (-1, 4 * units))  # (T * B, 4U)
        to_entering, to_staying = blame[:, : 3 * units], _staying(blame)
        to_x = ops.reshape(ops.matmul(to_entering, ops.transpose(kernel)), (steps, batch, inputs))
        hidden_before = ops.reshape(hidden_before, (-1, units))
        return (
            ops.transpose(to_x, (1, 0, 2)),
            ops.matmul(ops.transpose(x), to_entering),
            ops.matmul(ops.transpose(hidden_before), to_staying),
            ops.sum(to_entering, axis=0),
            ops.sum(to_staying, axis=0),
        )

    return ops.transpose(hidden, (1, 0, 2)), gradient


def _blame(to_hidden: Any, hidden_before: Any, opened: Any) -> tuple[Any, Any]:
    """One step of the gradient, from (B, U) by the hidden after the step.

    Returns that by what went into z, r and n, and by q, side by side (B, 4U); and that by the hidden before
    the step, as far as it does not pass through the gates (B, U).
    """
    keep, reset, candidate, before = ops.split(opened, 4, axis=1)
    to_candidate = to_hidden * (1 - keep) * (1 - candidate * candidate)
    blame = [
        to_hidden * (hidden_before - candidate) * keep * (1 - keep),
        to_candidate * before * reset * (1 - reset),
        to_candidate,
        to_candidate * reset,
    ]
    return ops.concatenate(blame, 1), to_hidden * keep


def _staying(blame: Any) -> Any:
    """(…, 3U) of (…, 4U): by the recurrent product instead of what entered."""
    units = blame.shape[-1] // 4
    return ops.concatenate([blame[:, : 2 * units], blame[:, 3 * units :]], 1)
