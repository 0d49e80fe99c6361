"""Transformer: a decoder with relative attention, after the Music Transformer.

Blocks of attention and a feed-forward layer, each on the normalised sum of what came before (pre-norm). There are no
absolute positions: distances are learned by the attention, and the place in the bar is among the numbers known
before a token. A position sees the last ``reach`` positions; the step graph keeps their keys and values.

References
----------
Vaswani et al., *Attention Is All You Need* (2017). Huang et al., *Music Transformer: Generating Music with
Long-Term Structure* (2019). Xiong et al., *On Layer Normalization in the Transformer Architecture* (2020), for
the place of the normalisation.
"""

from typing import Any

from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, architecture
from workbench.zoo.inputs import LOGITS, read, read_step, reading
from workbench.zoo.residual import (
    Settings,
    attend,
    attend_step,
    averaged,
    cache,
    forward,
    forward_again,
    normalised,
)

PRESETS = {
    "tiny": Preset({"width": 64, "layers": 2, "heads": 2, "reach": 64}, {"epochs": 5}),
    "small": Preset({}, {"learning_rate": 1e-3, "window": 128, "batch_size": 32}),
    "full": Preset(
        {"width": 384, "layers": 8, "heads": 8, "reach": 1024},
        {"epochs": 80, "learning_rate": 5e-4, "window": 1024, "batch_size": 16, "patience": 10},
    ),
}


def diagram(settings: Settings) -> list[Block]:
    """What the positions go through."""
    blocks = range(settings.layers)
    attention = tuple(f"attention{kind}_{n}" for n in blocks for kind in ("", "_norm"))
    forward = tuple(f"{kind}_{n}" for n in blocks for kind in ("inner", "inner_norm", "outer"))
    looking = f"{settings.heads} heads, {settings.reach} positions back"
    inner = settings.feed_forward * settings.width
    return [
        reading(settings),
        Block("Widen", f"to {settings.width} numbers", ("widen",)),
        Block("Attention", looking, attention, times=settings.layers, is_added=True),
        Block("Feed forward", f"{inner} units", forward, times=settings.layers, is_added=True),
        Block("Logits", LOGITS.detail, ("norm", *LOGITS.layers)),
    ]


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. The first state counts the positions before (B, 1);
    then each block has two, keys and values (B, H, L, W/H).
    """
    import keras

    layer = model.get_layer
    inputs, found = read_step(vocabulary, model)
    count = keras.Input((1,), name="state_0")
    before: list[Any] = []
    after: list[Any] = []
    looked: list[Any] = []
    x = layer("widen")(found)  # (B, W)
    for block in range(settings.layers):
        known = cache(settings, settings.width, len(before) + 1)
        x, kept, where = attend_step(model, x, block, known, count)
        looked.append(where)
        x = forward_again(model, x, block)
        before += known
        after += kept
    logits = layer("logits")(normalised(layer("norm"), x))  # (B, V)
    outputs = [logits, count + 1, *after, averaged(looked, count)]
    return keras.Model([*inputs, count, *before], outputs, name="transformer_step")


@architecture(
    "transformer",
    title="Transformer",
    settings=Settings,
    reference="Huang et al. 2019",
    presets=PRESETS,
    diagram=diagram,
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A network that looks back: at each note it weighs all notes within its reach, by content and by distance."""
    from keras import Model
    from keras.layers import Dense, LayerNormalization

    inputs, found = read(
        vocabulary,
        embedding=settings.embedding,
        context_embedding=settings.context_embedding,
    )
    x = Dense(settings.width, name="widen")(found)  # (B, T, W)
    for block in range(settings.layers):
        x = attend(
            x, block,
            width=settings.width, heads=settings.heads, reach=settings.reach, dropout=settings.dropout,
        )  # fmt: skip
        inner = settings.feed_forward * settings.width
        x = forward(x, block, width=settings.width, inner=inner, dropout=settings.dropout)
    x = LayerNormalization(name="norm")(x)
    logits = Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return Model(inputs, logits, name="transformer")
