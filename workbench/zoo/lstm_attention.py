"""LSTM with convolution and attention: a causal version of a network that student projects train on piano rolls.

A convolution gathers the last few positions into motifs, LSTM layers carry them on, and attention looks back over what
they carried; its result is added to theirs and normalised.

The networks this one goes back to ("LSTM_attention" in several public course projects) put bidirectional layers under
the attention. Such a network can only name the one symbol after a window: it can be trained neither on every
position nor stepped with a state. And its attention divided the scores by the square root of the embedding's
width in place of a head's. Here every layer looks back alone, and a head is scaled by its own width.

References
----------
Hochreiter & Schmidhuber, *Long Short-Term Memory* (1997). Bahdanau et al., *Neural Machine Translation by
Jointly Learning to Align and Translate* (2015), for attention over a recurrent network. Vaswani et al.,
*Attention Is All You Need* (2017), for heads and their scale.
"""

from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, architecture, recurrent
from workbench.zoo.inputs import LOGITS, read, read_step, reading
from workbench.zoo.residual import averaged, normalised


@dataclass(frozen=True)
class Settings(recurrent.Settings):
    kernel: int = setting(5, low=2, high=64, help="Positions that the convolution takes together")
    heads: int = setting(4, low=1, high=16, help="Ways of looking back; must divide the units")
    reach: int = setting(128, low=8, high=4096, help="How many positions back it can look")

    def __post_init__(self) -> None:
        if self.units % self.heads:
            raise InvalidSetting(
                f"{self.units} units cannot be split among {self.heads} heads; choose a multiple "
                f"of {self.heads}."
            )


PRESETS = {
    "tiny": Preset({"units": 64, "layers": 1, "reach": 64}, {"epochs": 5}),
    "small": Preset({"units": 192, "layers": 1}, {}),
    "full": Preset(
        {"units": 512, "layers": 2, "heads": 8, "reach": 512, "embedding": 128},
        {"epochs": 60, "window": 512, "batch_size": 32, "patience": 10},
    ),
}


def diagram(settings: Settings) -> list[Block]:
    """What the positions go through."""
    lstms = tuple(f"lstm_{number}" for number in range(settings.layers))
    attention = f"{settings.heads} heads, {settings.reach} positions back"
    return [
        reading(settings),
        Block("Convolution", f"{settings.kernel} positions together", ("convolution",)),
        Block("LSTM", f"{settings.units} units", lstms, times=settings.layers),
        Block("Attention", attention, ("attention", "norm"), is_added=True),
        LOGITS,
    ]


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. States: the positions that the convolution remembers,
    how many positions were before, keys and values of the attention, then hidden and memory of each LSTM layer.
    """
    import keras

    layer, units = model.get_layer, settings.units
    inputs, found = read_step(vocabulary, model)
    widths: list[tuple[int, ...]] = [(settings.kernel - 1, found.shape[-1]), (1,)]
    widths += [(settings.heads, settings.reach, units // settings.heads)] * 2
    widths += [(units,)] * (2 * settings.layers)
    states = [keras.Input(shape, name=f"state_{i}") for i, shape in enumerate(widths)]
    recent, count, keys, values, *memories = states
    now = keras.layers.Reshape((1, found.shape[-1]))(found)
    window = keras.layers.Concatenate(axis=1)([recent, now])  # (B, K, D)
    x = layer("convolution")(window)[:, -1]  # (B, U)
    after: list[Any] = []
    for number in range(settings.layers):
        before = memories[2 * number : 2 * number + 2]
        x, memory = layer(f"lstm_{number}").cell(x, *before)
        after += [x, memory]
    attended, *cache, looked = layer("attention").cell(x, keys, values, count)
    x = normalised(layer("norm"), keras.layers.Add()([x, attended]))
    logits = layer("logits")(x)  # (B, V)
    following = [window[:, 1:], count + 1, *cache, *after]
    outputs = [logits, *following, averaged([looked], count)]
    return keras.Model([*inputs, *states], outputs, name="lstm_attention_step")


@architecture(
    "lstm-attention",
    title="LSTM with attention",
    settings=Settings,
    reference="Bahdanau et al. 2015",
    presets=PRESETS,
    diagram=diagram,
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A recurrent network that also looks back: a convolution finds motifs, attention finds where they were."""
    from keras import Model
    from keras.layers import Add, Conv1D, Dense, LayerNormalization

    from workbench.layers import LSTM, Dropout, RelativeAttention

    inputs, x = read(
        vocabulary,
        embedding=settings.embedding,
        context_embedding=settings.context_embedding,
    )
    x = Conv1D(
        settings.units, settings.kernel, padding="causal", activation="relu", name="convolution"
    )(x)  # (B, T, U)
    for number in range(settings.layers):
        x = LSTM(settings.units, name=f"lstm_{number}")(x)
        x = Dropout(settings.dropout)(x)
    attention = RelativeAttention(settings.units, settings.heads, settings.reach, name="attention")
    x = LayerNormalization(name="norm")(Add()([x, Dropout(settings.dropout)(attention(x))]))
    logits = Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return Model(inputs, logits, name="lstm_attention")
