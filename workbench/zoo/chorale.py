"""A network for chorales: it goes through time along every voice, and through the voices of every moment.

A convolution takes the last cell of each voice together; with ``sounding`` also the pitch that sounds there and since when, out of one
table for all voices. The context tells each voice's pitch too, but in a small table a voice; the network learns faster from the
shared one. Along time, one recurrence for every voice goes on from that voice's own cell a step before; all of them share
their weights and see all voices. Within a step, a second, smaller
recurrence goes from the first voice to the one whose cell is to be named. So each prediction knows the voices above it
in the same step, every voice before, and of what is known beforehand the place in the bar and in the phrase (the
bar modulo eight, the bars left) and what each voice sings.

The two axes are those of the BALSTM (Johnson), whose second axis runs over keys of a piano; voices that share their
weights and are coupled follow Thickstun et al., and the order of voices and the metadata DeepBach. DeepBach also reads
fermatas and what comes *after*; scores here carry no fermatas, and a model that is to go from left to right
cannot look ahead.

References
----------
Johnson, *Generating Polyphonic Music Using Tied Parallel Networks* (2017). Thickstun, Harchaoui, Foster &
Kakade, *Coupled Recurrent Models for Polyphonic Music Composition* (2019). Hadjeres, Pachet & Nielsen, *DeepBach*
(2017).
"""

from dataclasses import dataclass
from typing import Any

from workbench.core.frames import HOLD, Frames
from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, architecture, recurrent
from workbench.zoo.inputs import LOGITS, read, read_step, reading
from workbench.zoo.voices import in_voices


@dataclass(frozen=True)
class Settings(recurrent.Settings):
    layers: int = setting(1, low=1, high=6, help="Recurrent layers along time, one above the other")
    voice_units: int = setting(
        128, low=8, high=1024, help="Width of the recurrence through the voices of one step"
    )
    sounding: bool = setting(
        False,
        help="Look up what sounds in every voice, and since when, in one table for all voices",
    )


PRESETS = {
    "tiny": Preset({"units": 96, "voice_units": 48, "sounding": True}, {"epochs": 6}),
    "small": Preset({"sounding": True}, {}),
    "full": Preset(
        {"units": 768, "layers": 2, "voice_units": 384, "embedding": 128, "sounding": True},
        {"epochs": 60, "patience": 10},
    ),
}


def diagram(settings: Settings) -> list[Block]:
    """What the positions go through."""
    along = tuple(f"time_{number}" for number in range(settings.layers))
    units = f"{settings.units} units, one strand a voice"
    detail = "the pitch that is held, and since when"
    sounding = Block("Look up what sounds", detail, ("pitch_table", "age_table"))
    return [
        reading(settings),
        *([sounding] if settings.sounding else []),
        Block("Gather", "the last cell of every voice", ("frame",)),
        Block("GRU along time", units, along, times=settings.layers),
        Block("GRU through voices", f"{settings.voice_units} units", ("chain",)),
        LOGITS,
    ]


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. States: what sounds and since when where the network looks that up, what was read for the
    voices before, where the recurrence through voices has come to, then each layer's hidden, one for each voice, the oldest first.
    """
    import keras

    from workbench.layers import LastConvolved, SoundingNext, VoiceChainNext

    frames, layer, units = Frames(vocabulary), model.get_layer, settings.units
    count = frames.voices
    inputs, found = read_step(vocabulary, model)
    append = keras.layers.Concatenate(axis=1)
    widths: list[tuple[int, ...]] = [(count,), (count,)] if settings.sounding else []
    heard = [keras.Input(shape, name=f"state_{i}") for i, shape in enumerate(widths)]
    following: list[Any] = []
    if heard:
        now = SoundingNext(layer("sounding"))(inputs[0], *(each[:, :1] for each in heard))
        tables = [layer("pitch_table")(now[0])[:, 0], layer("age_table")(now[1])[:, 0]]
        found = keras.layers.Concatenate()([found, *tables])
        following = [append([old[:, 1:], new]) for old, new in zip(heard, now, strict=True)]
    widths += [(count - 1, found.shape[-1]), (settings.voice_units,)]
    widths += [(count, units)] * settings.layers
    states = [
        keras.Input(shape, name=f"state_{i}") for i, shape in enumerate(widths) if i >= len(heard)
    ]
    read_before, chained_before, *hiddens = states
    states = [*heard, *states]

    frame = append([read_before, keras.layers.Reshape((1, found.shape[-1]))(found)])
    x = LastConvolved(layer("frame"))(frame)  # (B, U)
    after: list[Any] = []
    for number, hidden in enumerate(hiddens):
        (x,) = layer(f"time_{number}").cell(x, hidden[:, 0])
        after.append(append([hidden[:, 1:], keras.layers.Reshape((1, units))(x)]))
    voice = inputs[1][:, :, frames.voice_column]  # (B, 1)
    chained = VoiceChainNext(layer("chain"))(x, chained_before, voice)
    logits = layer("logits")(keras.layers.Concatenate()([x, chained]))  # (B, V)
    following += [frame[:, 1:], chained, *after]
    return keras.Model([*inputs, *states], [logits, *following], name="chorale_step")


@architecture(
    "chorale",
    title="Chorale network",
    settings=Settings,
    reference="Johnson 2017",
    presets=PRESETS,
    diagram=diagram,
    build_step=build_step,
    suits=in_voices,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """For music in voices: it follows every voice through time, and every moment from its highest voice to its lowest."""
    from keras import Model
    from keras.layers import Concatenate, Conv1D, Dense, Embedding, ZeroPadding1D

    from workbench.layers import Dropout, InterleavedGRU, Sounding, VoiceChain

    frames = Frames(vocabulary)
    count = frames.voices
    inputs, found = read(
        vocabulary,
        embedding=settings.embedding,
        context_embedding=settings.context_embedding,
    )
    if settings.sounding:
        began, since = Sounding(HOLD, count, name="sounding")(inputs[0])
        pitches = Embedding(len(vocabulary), settings.embedding, name="pitch_table")(began)
        ages = Embedding(Sounding.SPAN + 1, settings.context_embedding, name="age_table")(since)
        found = Concatenate()([found, pitches, ages])
    frame = Conv1D(settings.units, count, padding="causal", activation="relu", name="frame")
    x = frame(found)  # (B, T, U)
    for number in range(settings.layers):
        x = InterleavedGRU(settings.units, count, name=f"time_{number}")(x)
        x = Dropout(settings.dropout)(x)
    chain = VoiceChain(settings.voice_units, count, name="chain")
    chained = chain(ZeroPadding1D((count - 1, 0))(x), inputs[1][:, :, frames.voice_column])
    x = Concatenate()([x, Dropout(settings.dropout)(chained)])
    logits = Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return Model(inputs, logits, name="chorale")
