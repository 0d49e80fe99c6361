"""Stacks of recurrent layers: the frame that LSTM and GRU share.

What was read goes through the layers; one dense layer reads the logits off the last. The network learns at
every position of a window, not only at its end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset
from workbench.zoo.inputs import LOGITS, read, read_step, reading


@dataclass(frozen=True)
class Settings:
    units: int = setting(256, low=16, high=2048, help="Width of each recurrent layer")
    layers: int = setting(2, low=1, high=6, help="Recurrent layers, one above the other")
    dropout: float = setting(
        0.3, low=0.0, high=0.9, help="Share of each layer's output hidden while training"
    )
    weight_dropout: float = setting(
        0.0, low=0.0, high=0.9, advanced=True,
        help="Share of the weights from each state to the next that is hidden while training, others in every batch",
    )  # fmt: skip
    embedding: int = setting(
        64, low=4, high=512, advanced=True, help="Numbers that stand for a token"
    )
    context_embedding: int = setting(
        16, low=2, high=128, advanced=True,
        help="Numbers that stand for each known fact, such as the position in the bar",
    )  # fmt: skip


PRESETS = {
    "tiny": Preset({"units": 96, "layers": 1}, {"epochs": 6}),
    "small": Preset({}, {}),
    "full": Preset({"units": 768, "layers": 3, "embedding": 128}, {"epochs": 60, "patience": 10}),
}


def stack_diagram(settings: Settings, *, name: str, title: str) -> list[Block]:
    """The boxes of :func:`stack`."""
    layers = tuple(f"{name}_{number}" for number in range(settings.layers))
    return [
        reading(settings),
        Block(title, f"{settings.units} units", layers, times=settings.layers),
        LOGITS,
    ]


def stack(
    layer: Callable[..., Any], settings: Settings, vocabulary: Vocabulary, *, name: str
) -> KerasModel:
    """The training graph. ``layer(units, weight_dropout, name=…)`` makes (B, T, D) into (B, T, units)."""
    import keras

    from workbench.layers import Dropout

    inputs, x = read(
        vocabulary,
        embedding=settings.embedding,
        context_embedding=settings.context_embedding,
    )
    for number in range(settings.layers):
        x = layer(settings.units, settings.weight_dropout, name=f"{name}_{number}")(x)  # (B, T, U)
        x = Dropout(settings.dropout)(x)
    logits = keras.layers.Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return keras.Model(inputs, logits, name=name)


def stack_step(
    states: int, settings: Settings, vocabulary: Vocabulary, model: KerasModel, *, name: str
) -> KerasModel:
    """The layers of ``model``, one position at a time. Each cell has so many ``states``, its output first."""
    import keras

    inputs, x = read_step(vocabulary, model)
    before: list[Any] = []
    after: list[Any] = []
    for number in range(settings.layers):
        mine = [
            keras.Input((settings.units,), name=f"state_{len(before) + i}") for i in range(states)
        ]
        following = model.get_layer(f"{name}_{number}").cell(x, *mine)
        x = following[0]
        before += mine
        after += following
    logits = model.get_layer("logits")(x)  # (B, V)
    return keras.Model([*inputs, *before], [logits, *after], name=f"{name}_step")
