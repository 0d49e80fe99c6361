"""From a network to a graph in ONNX, checked against the network before anybody may use it."""

import contextlib
import io
import logging
import warnings
from pathlib import Path

import keras
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from workbench.core.errors import WorkFailed
from workbench.core.frames import Frames
from workbench.core.vocabulary import Vocabulary
from workbench.training.rewriting import rewrite

TOLERANCE = 1e-3  # largest difference of a logit
ELSEWHERE_TOLERANCE = (
    1e-2  # the same, of a graph that another machine wrote, which rounds otherwise
)
CHECKED_STEPS = 8
CHECKED_ROWS = 3  # side by side; another number than the graph was traced with


def export_step(
    step: keras.Model, vocabulary: Vocabulary, path: Path, *, latent: bool = False
) -> None:
    """Write a step graph to ``path`` (see ``workbench.zoo`` for its inputs and outputs).

    ``latent`` says that its first state is a point of a latent space, which is not zero.

    Raises
    ------
    WorkFailed
        Where the written graph does not give the logits that Keras gives.
    """
    _compare_walk(step, _random_steps(vocabulary), path, latent=latent, export=True)


def check_step(
    step: keras.Model, vocabulary: Vocabulary, path: Path, *, latent: bool = False
) -> None:
    """``WorkFailed`` where the graph at ``path`` does not give the logits of the step graph."""
    _compare_walk(step, _random_steps(vocabulary), path, latent=latent)


def export_encoder(encoder: keras.Model, vocabulary: Vocabulary, path: Path) -> None:
    """Write the encoder of an autoencoder, which reads from both ends. Raises as :func:`export_step` does."""
    _compare_walk(encoder, _both_ends(vocabulary), path, export=True)


def check_encoder(encoder: keras.Model, vocabulary: Vocabulary, path: Path) -> None:
    """``WorkFailed`` where the graph at ``path`` does not say what the encoder says."""
    _compare_walk(encoder, _both_ends(vocabulary), path)


def _both_ends(vocabulary: Vocabulary) -> list[list[NDArray]]:
    left, right = (_random_steps(vocabulary, seed) for seed in (0, 1))
    return [[*one, *other] for one, other in zip(left, right, strict=True)]


def _compare_walk(
    step: keras.Model,
    fed: list[list[NDArray]],
    path: Path,
    *,
    latent: bool = False,
    export: bool = False,
) -> None:
    """Compare a graph with its network along a walk; write it first, where it is to be exported."""
    states = [
        np.zeros((CHECKED_ROWS, *each.shape[1:]), np.float32) for each in step.inputs[len(fed[0]) :]
    ]
    if latent:
        states[0] += np.random.default_rng(0).standard_normal(states[0].shape, np.float32)
    wanted = _keras_logits(step, fed, states)  # a network is exported once it has been called
    if export:
        _quietly_export(step, path)
    points = states[:1] if latent else []
    _check(_onnx_logits(path, fed, points), wanted, TOLERANCE if export else ELSEWHERE_TOLERANCE)


def export_filler(network: keras.Model, frames: Frames, path: Path) -> None:
    """Write the graph of a network that fills holes. Raises ``WorkFailed`` as :func:`export_step` does."""
    check_filler(network, frames, path, export=True)


def check_filler(network: keras.Model, frames: Frames, path: Path, *, export: bool = False) -> None:
    """``WorkFailed`` where the graph at ``path`` does not give the logits of the network; written first for an export."""
    random = np.random.default_rng(0)
    shape = (CHECKED_ROWS, CHECKED_STEPS)
    sizes = [field.size for field in frames.context]
    states = random.integers(0, frames.outside, (*shape, frames.voices), np.int32, endpoint=True)
    fed = [states, random.integers(0, sizes, (*shape, len(sizes)), np.int32)]
    wanted = np.asarray(network(fed, training=False))
    if export:
        _quietly_export(network, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    found = session.run(None, dict(zip(names, fed, strict=True)))[0]
    _check(found, wanted, TOLERANCE if export else ELSEWHERE_TOLERANCE)


def _check(found: NDArray[np.float32], wanted: NDArray[np.float32], tolerance: float) -> None:
    """``WorkFailed`` where the written graph gives other logits than the network."""
    difference = float(np.abs(found - wanted).max())
    if not difference <= tolerance:  # so that a NaN is refused too
        raise WorkFailed(
            f"The exported graph differs from the network by {difference:.2g} in a logit. "
            "This is a fault of the workbench or of its libraries; please report it."
        )


def _quietly_export(graph: keras.Model, path: Path) -> None:
    converter = logging.getLogger("tf2onnx")
    level = converter.level
    converter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            graph.export(str(path), format="onnx", verbose=False)
    finally:
        converter.setLevel(level)
    rewrite(path)


def _random_steps(vocabulary: Vocabulary, seed: int = 0) -> list[list[NDArray]]:
    """What a walk is fed at each step, without states. Of all that is known before a token, the voice alone is not random: voices take turns."""
    random, frames = np.random.default_rng(seed), Frames(vocabulary)
    sizes = [field.size for field in vocabulary.context]
    fed = []
    for step in range(CHECKED_STEPS):
        given = [random.integers(0, len(vocabulary), (CHECKED_ROWS, 1), np.int32)]
        if sizes:
            shape = (CHECKED_ROWS, 1, len(sizes))
            given.append(random.integers(0, sizes, shape, np.int32))
        if frames.voices:
            given[1][:, :, frames.voice_column] = step % frames.voices
        fed.append(given)
    return fed


def _keras_logits(
    step: keras.Model, fed: list[list[NDArray]], states: list[NDArray]
) -> NDArray[np.float32]:
    """(steps, B, V), each step going on from the states of the one before."""
    found = []
    for given in fed:
        logits, *after = (np.asarray(each) for each in step([*given, *states], training=False))
        states = after[: len(states)]
        found.append(logits)
    return np.stack(found)


def _onnx_logits(
    path: Path, fed: list[list[NDArray]], points: list[NDArray]
) -> NDArray[np.float32]:
    """The same walk through the exported graph; ``points`` are its first states.

    The others are all zero, and those that this graph has: what a network remembers, and in which order, differs among versions.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    names = [each.name for each in inputs]
    others = [each.shape[1:] for each in inputs[len(fed[0]) + len(points) :]]
    if not all(isinstance(length, int) for shape in others for length in shape):
        raise WorkFailed(f"{path.name} is no step graph: its states have no fixed lengths.")
    states = [*points, *(np.zeros((CHECKED_ROWS, *shape), np.float32) for shape in others)]
    found = []
    for given in fed:
        logits, *after = session.run(None, dict(zip(names, [*given, *states], strict=True)))
        states = after[: len(states)]
        found.append(logits)
    return np.stack(found)
