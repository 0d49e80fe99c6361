"""A process of its own that computes with one Keras backend: ``backend_child.py ARCHITECTURE WEIGHTS.npz OUT.npz``.

The backend is that of KERAS_BACKEND. It builds the architecture as small as allowed, takes the weights if the file is
there and writes them if not, and writes logits, loss, gradients and the step graph's logits for fixed tokens.
"""

import sys
from pathlib import Path

import keras
import numpy as np

from workbench.core.frames import Frames
from workbench.core.settings import describe, validated
from workbench.core.specs import TokenizerSpec
from workbench.tokenizers import make
from workbench.zoo import ARCHITECTURES

TOKENS, ROWS, STEPS = 40, 2, 12


def tiny(architecture, layers=2):
    """Settings as small as allowed, but with two layers, all that can be switched on, and without chance."""
    known = describe(architecture.settings)
    values = {each.name: max(layers, int(each.low)) for each in known if each.type is int}
    certain = {"dropout": 0.0} if any(each.name == "dropout" for each in known) else {}
    everything = {each.name: True for each in known if each.type is bool}
    return validated(architecture.settings, values | certain | everything)


def suiting(architecture):
    """A tokenizer that suits it."""
    names = ("melody-steps", "chorale-grid")
    return next(
        name for name in names if architecture.suits(make(TokenizerSpec(name)).vocabulary) is None
    )


def inputs(vocabulary):
    """Tokens (B, T) and context (B, T, C) drawn once for all, where voices take turns, and the targets (B, T)."""
    random, frames = np.random.default_rng(5), Frames(vocabulary)
    tokens, targets = random.integers(0, len(vocabulary), (2, ROWS, TOKENS), np.int32)
    sizes = np.array([field.size for field in vocabulary.context])
    context = (random.random((ROWS, TOKENS, len(sizes))) * sizes).astype(np.int32)
    if frames.voices:
        context[:, :, frames.voice_column] = np.arange(TOKENS) % frames.voices
    return [tokens, context], targets


def segments(architecture, vocabulary):
    """Inputs of an autoencoder drawn once for all, the second row shorter, and the targets (B, T)."""
    (tokens, context), targets = inputs(vocabulary)
    tokens = np.maximum(tokens, 1)
    tokens[1, TOKENS - 9 :] = 0
    noise = np.random.default_rng(6).standard_normal((ROWS, tiny(architecture).latent), np.float32)
    return [tokens, context, noise], targets


def holes(vocabulary):
    """States (B, T, V) and context of frames drawn once for all, and the targets (B, T, V)."""
    frames, random = Frames(vocabulary), np.random.default_rng(5)
    shape = (ROWS, TOKENS, frames.voices)
    states = random.integers(0, frames.outside, shape, np.int32, endpoint=True)
    sizes = [field.size for field in frames.context]
    context = random.integers(0, sizes, (ROWS, TOKENS, len(sizes)), np.int32)
    return [states, context], random.integers(0, frames.states, shape, np.int32)


def gradients(network, given, targets):
    """The loss, and its gradient by every weight that learns."""
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = loss_of(targets, network(given, training=True))
        return loss, tape.gradient(loss, [each.value for each in network.trainable_variables])

    import jax

    fixed = [each.value for each in network.non_trainable_variables]

    def loss_with(weights):
        logits, _ = network.stateless_call(weights, fixed, given, training=True)
        return loss_of(targets, logits)

    return jax.value_and_grad(loss_with)([each.value for each in network.trainable_variables])


def main(name: str, weights: Path, out: Path) -> None:
    architecture = ARCHITECTURES.get(name)
    vocabulary = make(TokenizerSpec(suiting(architecture))).vocabulary
    keras.utils.set_random_seed(1)
    network = architecture.build(tiny(architecture), vocabulary)
    if weights.exists():
        with np.load(weights) as kept:
            network.set_weights([kept[f"arr_{number}"] for number in range(len(kept.files))])
    else:
        np.savez(weights, *network.get_weights())
    if architecture.is_autoencoder:
        given, targets = segments(architecture, vocabulary)
    else:
        given, targets = holes(vocabulary) if architecture.is_orderless else inputs(vocabulary)
    logits = np.asarray(
        network(given)
    )  # before training, which may move what a layer keeps of its batches
    loss, found = gradients(network, given, targets)
    arrays = {
        f"gradient {number}": np.asarray(each) for number, each in enumerate(map(dense, found))
    }
    if architecture.build_step:
        arrays |= steps(architecture, vocabulary, network, given)
    np.savez(out, logits=logits, loss=np.asarray(loss), **arrays)


def steps(architecture, vocabulary, network, given):
    """The logits of the step graph, one position after the other."""
    arrays = {}
    step = architecture.build_step(tiny(architecture), vocabulary, network)
    states = [np.zeros((ROWS, *each.shape[1:]), np.float32) for each in step.inputs[2:]]
    if architecture.is_autoencoder:
        tokens, context, noise = given
        encoder = keras.Model(network.inputs[:2], network.get_layer("posterior").output)
        mean, log_variance = np.split(np.asarray(encoder([tokens, context])), 2, axis=1)
        states[0] = mean + np.exp(log_variance / 2) * noise
        given = [np.pad(tokens[:, :-1], ((0, 0), (1, 0))), context]
    for position in range(STEPS):
        now = [each[:, position : position + 1] for each in given]
        logits, *after = (np.asarray(each) for each in step([*now, *states]))
        states = after[: len(states)]
        arrays[f"step {position}"] = logits
    return arrays


def dense(gradient):
    """A gradient by a table as an array; TensorFlow gives rows and their places."""
    if hasattr(gradient, "indices"):
        import tensorflow as tf

        return tf.convert_to_tensor(gradient)
    return gradient


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
