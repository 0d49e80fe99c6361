"""Encoder–decoder transformer: what is told of the whole piece is read by an encoder, and the music is written by a
decoder that consults it at every token.

What is told are the numbers of the context that hold for a piece from beginning to end: its meter, its mode, and the
controls that the model is trained with. Each is a position of the encoder, looked up in a table of its own; with no order
among them, there is nothing like a place to be learned. The decoder reads tokens, and the numbers that move on with them
(the place in the bar, the bars left), and looks back with relative attention, then across at what was told. What was
left open is a position like the others: the model learns what to do without it.

What is told is read at the first position of a sequence, and the step graph keeps it from there.

References
----------
Vaswani et al., *Attention Is All You Need* (2017). Raffel et al., *Exploring the Limits of Transfer Learning with a
Unified Text-to-Text Transformer* (2020), for encoder and decoder with pre-norm and relative distances. Wu & Sun,
*Exploring the Efficacy of Pre-trained Checkpoints in Text-to-Music Generation Task* (2022), for metadata to ABC.
"""

from dataclasses import dataclass
from typing import Any

from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, architecture, residual
from workbench.zoo.inputs import LOGITS, read, read_step
from workbench.zoo.residual import (
    attend,
    attend_step,
    averaged,
    cache,
    forward,
    forward_again,
    normalised,
)

ENCODER = "told_"
"""What the names of the encoder's layers begin with."""


@dataclass(frozen=True)
class Settings(residual.Settings):
    layers: int = setting(4, low=1, high=24, help="Blocks that write the music")
    heads: int = setting(
        8, low=1, high=16, help="Ways of looking, side by side; must divide the width"
    )
    embedding: int = setting(
        128, low=4, high=512, advanced=True, help="Numbers that stand for a token"
    )
    encoder_layers: int = setting(4, low=1, high=24, help="Blocks that read what is told")


PRESETS = {
    "tiny": Preset(
        {"width": 64, "encoder_layers": 1, "layers": 2, "heads": 2, "reach": 64}, {"epochs": 5}
    ),
    "small": Preset({}, {"learning_rate": 1e-3, "window": 128, "batch_size": 32}),
    "full": Preset(
        {"width": 384, "encoder_layers": 4, "layers": 8, "reach": 1024},
        {"epochs": 80, "learning_rate": 5e-4, "window": 1024, "batch_size": 16, "patience": 10},
    ),
}


def suits(vocabulary: Vocabulary) -> str | None:
    """There must be something to be told."""
    if any(field.is_of_piece for field in vocabulary.context):
        return None
    return "nothing is told of the whole piece, which its encoder reads; choose another tokenizer"


def diagram(settings: Settings) -> list[Block]:
    """What is told, and then what the positions go through."""
    told, blocks = range(settings.encoder_layers), range(settings.layers)
    forwards = ("inner", "inner_norm", "outer")
    encoder = tuple(
        f"{ENCODER}{kind}_{n}" for n in told for kind in ("attention", "attention_norm", *forwards)
    )
    back = tuple(f"attention{kind}_{n}" for n in blocks for kind in ("", "_norm"))
    across = tuple(f"across{kind}_{n}" for n in blocks for kind in ("", "_norm"))
    forward_layers = tuple(f"{kind}_{n}" for n in blocks for kind in forwards)
    inner = settings.feed_forward * settings.width
    heads = f"{settings.heads} heads"
    known = f"{settings.embedding} numbers a token, {settings.context_embedding} a known fact"
    return [
        Block("What is told", f"{settings.width} numbers each", (f"{ENCODER}table", f"{ENCODER}norm")),
        Block("Encoder", f"{heads}, {inner} units", encoder, settings.encoder_layers, True),
        Block("Look up", known, ("token_table", "context_table", "widen")),
        Block("Look back", f"{heads}, {settings.reach} positions", back, settings.layers, True),
        Block("Look across", f"{heads}, at what is told", across, settings.layers, True),
        Block("Feed forward", f"{inner} units", forward_layers, settings.layers, True),
        Block("Logits", LOGITS.detail, ("norm", *LOGITS.layers)),
    ]  # fmt: skip


def _columns(vocabulary: Vocabulary, *, of_piece: bool) -> list[int]:
    """Which numbers of the context hold for the whole piece, or move on with the tokens."""
    return [i for i, field in enumerate(vocabulary.context) if field.is_of_piece == of_piece]


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. States: how many positions were before (B, 1), then of each block the keys and
    values of what is told (B, H, K, W/H), then keys and values (B, H, L, W/H) of each block's positions.
    """
    import keras

    from workbench.layers import LookedAcross, Once

    layer, add, blocks = model.get_layer, keras.layers.Add(), range(settings.layers)
    across = [LookedAcross(layer(f"across_{block}")) for block in blocks]
    within = [
        LookedAcross(layer(f"{ENCODER}attention_{block}"))
        for block in range(settings.encoder_layers)
    ]
    facts = len(_columns(vocabulary, of_piece=True))

    def read_told(context: Any) -> list[Any]:
        told = layer(f"{ENCODER}table")(context)
        told = keras.ops.reshape(told, (-1, facts, settings.width))
        for block, attention in enumerate(within):
            normal = normalised(layer(f"{ENCODER}attention_norm_{block}"), told)
            told = told + attention(normal, *attention.kept(normal))
            told = forward_again(model, told, block, prefix=ENCODER)
        told = normalised(layer(f"{ENCODER}norm"), told)
        return [each for attention in across for each in attention.kept(told)]

    inputs, found = read_step(vocabulary, model)
    count = keras.Input((1,), name="state_0")
    told = [
        keras.Input((settings.heads, facts, settings.width // settings.heads), name=f"state_{number}")
        for number in range(1, 1 + 2 * settings.layers)
    ]  # fmt: skip
    kept_told = Once(read_told)(count, inputs[1], *told)
    before: list[Any] = []
    after: list[Any] = []
    looked: list[Any] = []
    x = layer("widen")(found)  # (B, W)
    for block in blocks:
        known = cache(settings, settings.width, 1 + len(told) + len(before))
        x, kept, where = attend_step(model, x, block, known, count)
        looked.append(where)
        normal = normalised(layer(f"across_norm_{block}"), x)
        x = add([x, across[block](normal, *kept_told[2 * block : 2 * block + 2])])
        x = forward_again(model, x, block)
        before += known
        after += kept
    logits = layer("logits")(normalised(layer("norm"), x))  # (B, V)
    return keras.Model(
        [*inputs, count, *told, *before],
        [logits, count + 1, *kept_told, *after, averaged(looked, count)],
        name="encoder_decoder_step",
    )


@architecture(
    "encoder-decoder",
    title="Encoder–decoder transformer",
    settings=Settings,
    reference="Vaswani et al. 2017",
    presets=PRESETS,
    diagram=diagram,
    suits=suits,
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A transformer that first reads what it is told of the piece, and consults it at every note it writes."""
    from keras import Model
    from keras.layers import (
        Add,
        Dense,
        LayerNormalization,
        MultiHeadAttention,
        Reshape,
    )

    from workbench.layers import ContextEmbedding, Dropout

    width, inner = settings.width, settings.feed_forward * settings.width

    def attention(name: str) -> Any:
        return MultiHeadAttention(settings.heads, width // settings.heads, name=name)

    inputs, found = read(
        vocabulary,
        embedding=settings.embedding,
        context_embedding=settings.context_embedding,
        columns=_columns(vocabulary, of_piece=False),
    )
    columns = _columns(vocabulary, of_piece=True)
    sizes = [vocabulary.context[column].size for column in columns]
    told = ContextEmbedding(sizes, width, columns, name=f"{ENCODER}table")(inputs[1][:, :1])
    told = Reshape((len(columns), width))(told)  # (B, K, W)
    for block in range(settings.encoder_layers):
        normal = LayerNormalization(name=f"{ENCODER}attention_norm_{block}")(told)
        looked = attention(f"{ENCODER}attention_{block}")(normal, normal)
        told = Add()([told, Dropout(settings.dropout)(looked)])
        told = forward(
            told, block, width=width, inner=inner, dropout=settings.dropout, prefix=ENCODER
        )
    told = LayerNormalization(name=f"{ENCODER}norm")(told)

    x = Dense(width, name="widen")(found)  # (B, T, W)
    for block in range(settings.layers):
        x = attend(
            x, block,
            width=width, heads=settings.heads, reach=settings.reach, dropout=settings.dropout,
        )  # fmt: skip
        normal = LayerNormalization(name=f"across_norm_{block}")(x)
        looked = attention(f"across_{block}")(normal, told)
        x = Add()([x, Dropout(settings.dropout)(looked)])
        x = forward(x, block, width=width, inner=inner, dropout=settings.dropout)
    x = LayerNormalization(name="norm")(x)
    logits = Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return Model(inputs, logits, name="encoder_decoder")
