"""Coconet: a convolutional network that fills the holes of a score, in whatever order they are filled.

It sees a piece as pictures, one for each voice: time across, pitch upwards, lit where the voice sings; and beside them which
cells of each voice are hidden. Convolutions with residual connections look at the neighbourhood in time and in
pitch; the last gives for each voice and step a distribution over what it does there. It is trained to restore cells hidden at
random, any number of them as likely as any other: an orderless NADE (Uria et al.). Pieces are composed, melodies
harmonised and bars filled by blocked Gibbs sampling (:mod:`workbench.sampling.gibbs`).

What differs from the paper: a cell also tells whether its note begins or goes on, so that repeated notes are not lost, and voices may
rest (the lowest row of the pictures); every position knows the place in the bar, the bars left and its pitch, which
the paper's network has to guess from the notes around; convolutions are dilated in turn, as in the Bach Doodle's
(Huang et al. 2019), so that fewer of them see as far.

References
----------
Huang, Cooijmans, Roberts, Courville & Eck, *Counterpoint by Convolution* (ISMIR 2017). Uria, Murray & Larochelle, *A
Deep and Tractable Density Estimator* (2014). Huang et al., *The Bach Doodle: Approachable Music Composition with
Machine Learning at Scale* (ISMIR 2019).
"""

from dataclasses import dataclass
from typing import Any

from workbench.core.frames import Frames
from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, orderless_architecture
from workbench.zoo.voices import in_voices

DILATIONS = (1, 2, 4)


@dataclass(frozen=True)
class Settings:
    filters: int = setting(32, low=8, high=256, help="Pictures in each layer")
    blocks: int = setting(6, low=1, high=32, help="Pairs of convolutions, one after the other")
    kernel: int = setting(
        3,
        low=3,
        high=7,
        help="Steps and semitones that a convolution takes together",
        advanced=True,
    )
    context_embedding: int = setting(
        16, low=2, high=128, advanced=True,
        help="Numbers that stand for each known fact, such as the position in the bar",
    )  # fmt: skip


PRESETS = {
    "tiny": Preset({"filters": 16, "blocks": 3}, {"epochs": 8, "batch_size": 8}),
    "small": Preset({}, {"epochs": 12, "batch_size": 8}),
    "full": Preset(
        {"filters": 128, "blocks": 16}, {"epochs": 200, "batch_size": 16, "patience": 20}
    ),
}


def diagram(settings: Settings) -> list[Block]:
    """What the pictures go through."""
    size = f"{settings.kernel} × {settings.kernel}, {settings.filters} pictures"
    parts = ("first", "first_norm", "second", "second_norm")
    inner = tuple(f"{part}_{block}" for block in range(settings.blocks) for part in parts)
    place = ("context_table", "context_wide", "pitch_table")
    return [
        Block("Pictures", "of each voice, and what is hidden"),
        Block("Convolution", size, ("pictures", "pictures_norm")),
        Block("Place", "in the bar, and pitch", place, is_added=True),
        Block("Two convolutions", size, inner, times=settings.blocks, is_added=True),
        Block("Logits", "of every state of every cell", ("logits",)),
    ]


def reach(settings: Settings) -> int:
    """Each convolution sees half a kernel further, as many steps apart as it is dilated."""
    dilations = [DILATIONS[block % len(DILATIONS)] for block in range(settings.blocks)]
    return settings.kernel // 2 * (2 + sum(dilations) + settings.blocks)


@orderless_architecture(
    "coconet",
    title="Coconet",
    settings=Settings,
    reference="Huang et al. 2017",
    presets=PRESETS,
    diagram=diagram,
    suits=in_voices,
    reach=reach,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """Fills what is missing in a score: harmonises a melody, fills bars, or composes, rewriting its own work many times."""
    from keras import Input, Model
    from keras.layers import Activation, Add, BatchNormalization, Conv2D, Dense, Reshape

    from workbench.layers import ContextEmbedding, FromPictures, PitchTable, ToPictures

    frames = Frames(vocabulary)
    voices, rows, width = frames.voices, frames.rows, settings.filters
    states = Input((None, voices), dtype="int32", name="states")
    context = Input((None, len(frames.context)), dtype="int32", name="context")

    def convolution(x: Any, name: str, norm: str, dilation: int = 1) -> Any:
        x = Conv2D(
            width,
            settings.kernel,
            padding="same",
            dilation_rate=dilation,
            use_bias=False,
            name=name,
        )(x)
        return BatchNormalization(name=norm)(x)

    sizes = [field.size for field in frames.context]
    place = ContextEmbedding(sizes, settings.context_embedding, name="context_table")(context)
    place = Reshape((-1, 1, width))(Dense(width, name="context_wide")(place))  # (B, T, 1, F)
    x = ToPictures(rows)(states)  # (B, T, R, 3V)
    x = convolution(x, "pictures", "pictures_norm")  # (B, T, R, F)
    x = Activation("relu")(PitchTable(name="pitch_table")(Add()([x, place])))
    for block in range(settings.blocks):
        dilation = DILATIONS[block % len(DILATIONS)]
        y = convolution(x, f"first_{block}", f"first_norm_{block}", dilation)
        y = convolution(Activation("relu")(y), f"second_{block}", f"second_norm_{block}")
        x = Activation("relu")(Add()([x, y]))
    pictures = Conv2D(2 * voices, settings.kernel, padding="same", dtype="float32", name="logits")(
        x
    )  # (B, T, R, 2V)
    return Model([states, context], FromPictures(voices, dtype="float32")(pictures), name="coconet")
