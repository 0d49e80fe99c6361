"""Fine-tuning: what of a trained network goes on learning.

All of it; only the *head*, the layer that gives the logits; or **low-rank adapters** (LoRA, :mod:`workbench.layers.low_rank`) beside
matrices that stay as they are. Adapters are merged into the matrices for everything that is scored, kept and exported, and kept by
themselves in ``adapters.npz``: plain arrays by the path of the matrix, ``…/a`` (D, R) and ``…/b`` (R, U), and ``scale``.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from operator import gt
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.files import Holding, written_whole
from workbench.core.training_settings import HEAD, LORA, TrainingSettings
from workbench.layers.context_embedding import ContextEmbedding
from workbench.layers.gru import GRUCell
from workbench.layers.low_rank import LowRank
from workbench.layers.lstm import LSTMCell
from workbench.layers.relative_attention import AttentionStep

HEAD_LAYER = "logits"
ADAPTERS_FILE = "adapters.npz"
OTHER_NETWORK = (
    "The weights to start from belong to another network; choose the same architecture, "
    "tokenizer and settings as theirs, or start from nothing."
)
KINDS: dict[str, tuple[type[keras.layers.Layer], ...]] = {
    "all": (keras.layers.Layer,),
    "attention": (AttentionStep, keras.layers.EinsumDense),
    "recurrent": (LSTMCell, GRUCell),
}


def adapt(network: keras.Model, training: TrainingSettings) -> None:
    """Freeze what is not to learn, and add adapters where they are asked for.

    Raises ``InvalidSetting`` where the network has no layers of the kind that is to have adapters.
    """
    if training.tune == LORA:
        _add_adapters(network, training)
    elif training.tune == HEAD:
        for layer in _leaves(network):
            layer.trainable = layer.name == HEAD_LAYER


def _add_adapters(network: keras.Model, training: TrainingSettings) -> None:
    kinds, found = KINDS[training.lora_layers], False
    for layer in _leaves(network):
        if not isinstance(layer, kinds) or not hasattr(layer, "enable_lora"):
            layer.trainable = False
            continue
        for weight in layer.trainable_variables:
            weight.trainable = False  # biases too
        layer.enable_lora(training.lora_rank, lora_alpha=training.lora_alpha)
        found = True
    if not found:
        raise InvalidSetting(
            f"This network has no {training.lora_layers} layers to adapt; choose 'all' for lora_layers."
        )


def _leaves(network: keras.Model) -> list[keras.layers.Layer]:
    """The layers that have weights of their own."""
    return [
        each
        for each in network._flatten_layers(include_self=False)
        if each._trainable_variables or each._non_trainable_variables
    ]


def _adapters(network: keras.Model) -> Iterator[tuple[Any, Any, Any, float]]:
    """Matrix, A, B and the factor of their product, of every adapter."""
    for layer in _leaves(network):
        if not getattr(layer, "lora_enabled", False):
            continue
        scale = layer.lora_alpha / layer.lora_rank
        if isinstance(layer, LowRank):
            for name, pair in layer.lora_pairs.items():
                yield getattr(layer, f"_{name}"), *pair, scale
        elif isinstance(layer, keras.layers.Embedding):
            yield layer._embeddings, layer.lora_embeddings_a, layer.lora_embeddings_b, scale
        else:
            yield layer._kernel, layer.lora_kernel_a, layer.lora_kernel_b, scale


def merged(network: keras.Model, values: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """Weights by path, with adapters merged into their matrices.

    ``values`` are those of weights, by path, that differ from what the network holds.
    """
    found = {each.path: np.asarray(each) for each in network.weights} | dict(values)
    for matrix, a, b, scale in _adapters(network):
        found[matrix.path] = found[matrix.path] + scale * np.matmul(found[a.path], found[b.path])
        del found[a.path], found[b.path]
    return found


def save_adapters(
    path: Path, network: keras.Model, values: Mapping[str, NDArray], holding: Holding = nullcontext
) -> None:
    """Write the adapters by themselves, where there are any. ``values`` as in :func:`merged`."""
    found: dict[str, NDArray] = {}
    for matrix, a, b, scale in _adapters(network):
        for side, each in (("a", a), ("b", b)):
            found[f"{matrix.path}/{side}"] = values.get(each.path, np.asarray(each))
        found["scale"] = np.array(scale)
    if found:
        with written_whole(path, holding) as partial:
            np.savez(partial, allow_pickle=False, **found)


def taken_over(
    theirs: keras.Model, mine: keras.Model, weights: Sequence[keras.Variable]
) -> list[NDArray]:
    """The values that weights of ``mine``, in the order of ``theirs``, take from a trained network.

    A table of labels that has grown at the end of its fields keeps its rows; the new ones are as ``mine`` began them.

    Raises ``InvalidSetting`` where the two are different networks otherwise.
    """
    found = [np.asarray(each) for each in theirs.weights]
    if len(found) != len(weights):
        raise InvalidSetting(OTHER_NETWORK)
    tables = {each.table.path: each for each in _leaves(mine) if isinstance(each, ContextEmbedding)}
    taken = []
    for old, weight in zip(found, weights, strict=True):
        if old.shape == tuple(weight.shape):
            taken.append(old)
        elif weight.path in tables:
            table = tables[weight.path]
            before = theirs.get_layer(table.name).sizes
            taken.append(_grown(old, before, np.array(weight), table.sizes))
        else:
            raise InvalidSetting(OTHER_NETWORK)
    return taken


def _grown(old: NDArray, before: Sequence[int], new: NDArray, after: Sequence[int]) -> NDArray:
    """``new``, the rows of fields of sizes ``after``, with the rows of ``old`` at the beginning of each."""
    if len(before) != len(after) or old.shape[1] != new.shape[1] or any(map(gt, before, after)):
        raise InvalidSetting(OTHER_NETWORK)
    there, here = 0, 0
    for size, larger in zip(before, after, strict=True):
        new[here : here + size] = old[there : there + size]
        there, here = there + size, here + larger
    return new
