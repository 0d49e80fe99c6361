"""Exported graphs run by onnxruntime: the network without Keras, one token at a time, or all of a piece with holes.

The step graph
--------------
Inputs, in this order: ``token`` (B, 1) int32, ``context`` (B, 1, C) int32 (left out where the vocabulary has no
context), then the states ``state_0`` … (B, …), all zero before the first token. Outputs,
in this order: ``logits`` (B, V) or (B, 1, V), then the next states in the order of the states, then ``attention`` (B, L) where the network
looks back. Exporters rename tensors, so order and types decide, and names are for readers: what is whole numbers is no state. The first axis of everything is a free batch
axis; the other axes of a state have fixed lengths.

One operator after the other, and one thread: a step of a small network is too short to share (0.3 ms
for two GRU layers of 256). What fills holes reads a whole piece at once, and up to ``MOST_THREADS`` share each convolution (0.07 s of one
for 32 bars). Results are the same from run to run and for any number of threads: these share what is computed, not its sums.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile
from workbench.core.segments import Segment

MOST_ROWS = 1024  # side by side
IN_PLACE = "in_place"
"""The property of a graph that names the states, by their inputs, whose next ones may be given the same memory."""
MOST_THREADS = 4
_DTYPES = {
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
}


class OnnxDecoder:
    """A ``core.vocabulary.Decoder`` over an exported step graph.

    The state is the sequence of state arrays, each (B, …), after a step with the attention behind them. What a step gives can
    be gone on from once, and is no more after the next step (:class:`Carried`).

    Raises
    ------
    UnreadableFile
        Where the file is missing, damaged, or no step graph.
    """

    def __init__(self, path: Path) -> None:
        self._session = _open(path)
        inputs = self._session.get_inputs()
        outputs = self._session.get_outputs()
        whole = [each for each in inputs if "int" in each.type]
        self._context = whole[1:]
        self._states = inputs[len(whole) :]
        self._looks = len(outputs) == len(self._states) + 2
        is_step = len(outputs) == len(self._states) + 1 + self._looks and 1 <= len(whole) <= 2
        if not is_step or not _fixed(self._states):
            raise UnreadableFile(
                f"{path.name} is no step graph of a model; export the model again."
            )
        self._token = whole[0]
        self._outputs = [output.name for output in outputs]
        in_place = self._session.get_modelmeta().custom_metadata_map.get(IN_PLACE, "").split()
        self._stay = frozenset(
            number for number, state in enumerate(self._states, 1) if state.name in in_place
        )

    def start(self, batch: int) -> list[NDArray]:
        """All states zero."""
        return [np.zeros((batch, *state.shape[1:]), _DTYPES[state.type]) for state in self._states]

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: Sequence[NDArray]
    ) -> tuple[NDArray[np.float32], Sequence[NDArray]]:
        """``tokens`` (B,), ``context`` (B, C): logits (B, V) and the next states."""
        if isinstance(state, Carried):
            return state.walk.step(tokens, context, state)
        given = [tokens.astype(_DTYPES[self._token.type])[:, np.newaxis]]
        given += [context.astype(_DTYPES[each.type])[:, np.newaxis] for each in self._context]
        inputs = [self._token.name, *(each.name for each in (*self._context, *self._states))]
        found = self._session.run(self._outputs, dict(zip(inputs, [*given, *state], strict=False)))
        walk = _Walk(self._session, inputs, self._outputs, given, found, self._stay)
        return walk.logits(), walk.state()

    def attention(self, state: Sequence[NDArray]) -> NDArray[np.float32] | None:
        """(B, L) where the step that gave this state looked; None for a network that does not look back."""
        return state[-1] if self._looks and len(state) > len(self._states) else None


class Carried(Sequence[NDArray]):
    """The states after a step, and where the network looked, as arrays. They hold until the next step."""

    __slots__ = ("steps", "walk")

    def __init__(self, walk: "_Walk", steps: int) -> None:
        self.walk, self.steps = walk, steps

    def __getitem__(self, number: Any) -> Any:
        return self.walk.after(self)[number]

    def __len__(self) -> int:
        return len(self.walk.after(self))


class _Walk:
    """Steps from one beginning on, without a copy of what goes from step to step.

    There are two sets of arrays, bound to the graph once: a step reads its states from one and writes the next into the other; what
    a graph changes in place is in both. For a small network the copies and the names of a plain run would cost as much time as the
    arithmetic.

    ``given`` and ``found`` are what the first step was given (without states) and gave, ``stay`` which of ``found`` are changed in place.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        inputs: Sequence[str],
        outputs: Sequence[str],
        given: list[NDArray],
        found: list[NDArray],
        stay: Collection[int],
    ) -> None:
        self._session = session
        self._given = given
        others = [
            each if number in stay else np.empty_like(each) for number, each in enumerate(found)
        ]
        self._found = (found, others)
        self._steps = 0
        fixed = [onnxruntime.OrtValue.ortvalue_from_numpy(each) for each in given]
        sets = [
            [onnxruntime.OrtValue.ortvalue_from_numpy(each) for each in found]
            for found in self._found
        ]
        self._bindings = [
            self._bound(inputs, outputs, fixed, *each) for each in (sets, reversed(sets))
        ]

    def _bound(
        self, inputs: Sequence[str], outputs: Sequence[str], fixed: list, before: list, after: list
    ) -> onnxruntime.IOBinding:
        binding = self._session.io_binding()
        for name, value in zip(inputs, [*fixed, *before[1:]], strict=False):
            binding.bind_ortvalue_input(name, value)
        for name, value in zip(outputs, after, strict=True):
            binding.bind_ortvalue_output(name, value)
        return binding

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: Carried
    ) -> tuple[NDArray[np.float32], Carried]:
        """As ``OnnxDecoder.step``; ``RuntimeError`` where the walk has gone on from this state before."""
        self._check(state)
        self._given[0][:, 0] = tokens
        for array in self._given[1:]:
            array[:, 0] = context
        self._session.run_with_iobinding(self._bindings[self._steps % 2])
        self._steps += 1
        return self.logits(), self.state()

    def logits(self) -> NDArray[np.float32]:
        """(B, V) of the newest step."""
        logits = self._found[self._steps % 2][0]
        return logits.reshape(len(logits), -1).copy()

    def state(self) -> Carried:
        """After the newest step."""
        return Carried(self, self._steps)

    def after(self, state: Carried) -> list[NDArray]:
        """States and attention; ``RuntimeError`` where another step was taken since."""
        self._check(state)
        return self._found[state.steps % 2][1:]

    def _check(self, state: Carried) -> None:
        if state.steps != self._steps:
            raise RuntimeError("This state was gone on from already, and is no more.")


class OnnxAutoencoder:
    """A ``core.segments.Autoencoder`` over two exported step graphs, of its encoder and of its decoder.

    The encoder's inputs, in this order: ``token`` (B, 1) and ``context`` (B, 1, C) from the left, the same from the right, states;
    outputs: the posterior (B, 2Z), mean and log-variance side by side, and the next states. The decoder's first state is the
    point (B, Z). Raises ``UnreadableFile`` as :class:`OnnxDecoder` does.
    """

    def __init__(self, encoder: Path, decoder: Path) -> None:
        self._decoder = OnnxDecoder(decoder)
        self._session = _open(encoder)
        self._inputs = self._session.get_inputs()
        self._states = self._inputs[4:]
        if not self._states or not _fixed(self._states):
            raise UnreadableFile(
                f"{encoder.name} is no encoder of a model; export the model again."
            )
        self.latent = int(self._decoder.start(1)[0].shape[1])
        self.step = self._decoder.step

    def encode(
        self, segments: Sequence[Segment]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and log-variance (S, Z); segments of one length are read side by side."""
        found = np.zeros((len(segments), 2 * self.latent), np.float32)
        lengths = np.array([len(each.tokens) for each in segments])
        for length in np.unique(lengths).tolist():
            alike = np.flatnonzero(lengths == length)
            for rows in np.split(alike, range(MOST_ROWS, len(alike), MOST_ROWS)):
                found[rows] = self._posterior([segments[row] for row in rows.tolist()])
        mean, log_variance = np.split(found, 2, axis=1)
        return mean, log_variance

    def _posterior(self, segments: Sequence[Segment]) -> NDArray[np.float32]:
        """(B, 2Z) of segments of one length."""
        tokens = np.stack([each.tokens for each in segments])
        context = np.stack([each.context for each in segments])
        state = [np.zeros((len(tokens), *each.shape[1:]), np.float32) for each in self._states]
        names = [each.name for each in self._inputs]
        posterior = np.zeros((len(tokens), 2 * self.latent), np.float32)
        for step in range(tokens.shape[1]):
            given = []
            for place in (slice(step, step + 1), slice(-step - 1, -step or None)):
                given += [tokens[:, place].astype(np.int32), context[:, place].astype(np.int32)]
            feed = dict(zip(names, [*given, *state], strict=True))
            posterior, *state = self._session.run(None, feed)
        return posterior

    def begin(self, points: NDArray[np.floating]) -> list[NDArray]:
        """The decoder's states before the first token of segments, from points (B, Z)."""
        _, *others = self._decoder.start(len(points))
        return [points.astype(np.float32), *others]


class OnnxFiller:
    """A ``core.frames.Filler`` over the exported graph of a network that fills holes.

    Inputs, in this order: ``states`` (B, T, V) int32, ``context`` (B, T, C) int32; output: logits (B, T, V, S). B and T
    are free. Raises ``UnreadableFile`` as :class:`OnnxDecoder` does.
    """

    def __init__(self, path: Path) -> None:
        self._session = _open(path, threads=min(os.cpu_count() or 1, MOST_THREADS))
        self._inputs = self._session.get_inputs()
        if [len(each.shape) for each in self._inputs] != [3, 3]:
            raise UnreadableFile(
                f"{path.name} is no graph of a model that fills holes; export the model again."
            )

    def logits(self, states: NDArray[np.int32], context: NDArray[np.int32]) -> NDArray[np.float32]:
        """For every cell of ``states`` (B, T, V), beside ``context`` (B, T, C)."""
        given = zip(self._inputs, (states, context), strict=True)
        feed = {each.name: array.astype(_DTYPES[each.type]) for each, array in given}
        return self._session.run(None, feed)[0]


def _open(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others work, too
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors only
    onnxruntime.disable_telemetry_events()
    if not path.is_file():
        raise UnreadableFile(f"The model file {path.name} is missing; train or export it again.")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no base class
        raise UnreadableFile(
            f"The model file {path.name} cannot be opened ({error}); export the model again."
        ) from error


def _fixed(states: list[Any]) -> bool:
    """Whether every state has a known type and fixed lengths after the batch axis."""
    return all(
        state.type in _DTYPES and all(isinstance(length, int) for length in state.shape[1:])
        for state in states
    )
