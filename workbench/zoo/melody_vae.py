"""Melody VAE: a variational autoencoder of bars of melody, in the manner of MusicVAE.

A recurrence reads a segment of a few bars both ways; from its two ends come the mean and the variance of a normal
distribution, the posterior of the segment in the latent space. A point drawn from it stands beside every step of a second
recurrence, which writes the segment from left to right. What the points tell is paid for in nats over a standard normal
prior, so that the space has no holes: any point is a melody, points between two melodies lie between them, and
directions have meanings (:mod:`workbench.sampling.latents`).

A decoder that sees the notes before can do without the point, and then the space is empty (*posterior collapse*). Against it stand
three measures, all of them settings: the price rises slowly (KL annealing), a number of bits of each segment is free, and
some of the notes before are hidden from the decoder while training (word dropout).

What differs from MusicVAE: segments are short, and a piece is many of them (:mod:`workbench.core.segments`), so there
is no conductor above them. Both recurrences know the place in the bar, the bars left and what sounds as a segment begins, which
MusicVAE leaves to the point to tell; so meters other than 4/4, pickups and notes held across bars need nothing else. With ``echoes``
both also know what stood at the same place one, two, four and eight bars ago, in earlier segments, too. A point then tells what is new in its segment,
and not what returns.

References
----------
Kingma & Welling, *Auto-Encoding Variational Bayes* (2014). Bowman et al., *Generating Sentences from a Continuous Space*
(2016): annealing, word dropout. Kingma et al., *Improving Variational Inference with Inverse Autoregressive Flow* (2016):
free bits. Roberts, Engel, Raffel, Hawthorne & Eck, *A Hierarchical Latent Vector Model for Learning Long-Term Structure
in Music* (ICML 2018).
"""

import math
from dataclasses import dataclass
from typing import Any

from workbench.core.segments import heard_columns, planned_columns
from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel, Preset, architecture
from workbench.zoo.inputs import LOGITS
from workbench.zoo.voices import one_melody


@dataclass(frozen=True)
class Settings:
    bars: int = setting(2, low=1, high=8, help="Bars in a segment; each is one point")
    latent: int = setting(32, low=2, high=512, help="Numbers of a point in the latent space")
    units: int = setting(256, low=16, high=2048, help="Width of each recurrent layer")
    dropout: float = setting(
        0.1, low=0.0, high=0.9,
        help="Share of the preceding notes hidden from the decoder while training",
    )  # fmt: skip
    unit_dropout: float = setting(
        0.0, low=0.0, high=0.9,
        help="Share of the decoder's units hidden while training, so that it learns tunes less by heart",
    )  # fmt: skip
    free_bits: float = setting(
        16.0, low=0.0, high=256.0,
        help="Bits that a point may tell of its segment at no cost, so that it tells something",
    )  # fmt: skip
    echoes: bool = setting(
        False,
        help="Tell it what stood in the same place one, two, four and eight bars ago, so that a point tells only what is new",
    )
    annealing: int = setting(
        1000, low=0, high=1_000_000, advanced=True,
        help="Training steps over which the cost of what a point tells rises from zero",
    )  # fmt: skip
    embedding: int = setting(
        64, low=4, high=512, advanced=True, help="Numbers that stand for a token"
    )
    context_embedding: int = setting(
        16, low=2, high=128, advanced=True,
        help="Numbers that stand for each known fact, such as the position in the bar",
    )  # fmt: skip


PRESETS = {
    "tiny": Preset(
        {"units": 96, "latent": 16, "echoes": True, "annealing": 500},
        {"epochs": 6, "batch_size": 32, "learning_rate": 4e-3},
    ),
    "small": Preset({"echoes": True}, {"epochs": 14, "batch_size": 32, "learning_rate": 3e-3}),
    "full": Preset(
        {
            "units": 1024,
            "latent": 128,
            "embedding": 128,
            "free_bits": 32.0,
            "echoes": True,
            "dropout": 0.3,
            "annealing": 5000,
        },
        {"epochs": 100, "learning_rate": 1e-3, "patience": 15},
    ),
}


def diagram(settings: Settings) -> list[Block]:
    """There and back."""
    detail = f"{settings.embedding} numbers a token, {settings.context_embedding} a known fact"
    tables = ("token_table", "planned_table", "heard_table")
    bars = f"{settings.bars} bars" if settings.bars > 1 else "a bar"
    point = f"{settings.latent} numbers: a normal distribution, and a point drawn from it"
    return [
        Block("Look up", detail, tables),
        Block("Encoder", f"reads {bars} both ways, {settings.units} units each", ("encoder",)),
        Block("Latent space", point, ("posterior", "latent")),
        Block(
            "Decoder", f"{settings.units} units, the point beside every step", ("mixed", "decoder")
        ),
        LOGITS,
    ]


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The decoder of ``model``, one position at a time. Its states: the point, and hidden."""
    import keras

    layer = model.get_layer
    token = keras.Input((1,), dtype="int32", name="token")
    context = keras.Input((1, len(vocabulary.context)), dtype="int32", name="context")
    point = keras.Input((settings.latent,), name="state_0")
    hidden = keras.Input((settings.units,), name="state_1")
    found = [layer("token_table")(token), layer("heard_table")(context)]
    x = layer("beside")(
        keras.layers.Concatenate()([*found, layer("planned_table")(context)]), point
    )
    x = layer("mixed")(x)
    (after,) = layer("decoder").cell(keras.layers.Reshape((x.shape[-1],))(x), hidden)
    logits = layer("logits")(after)  # (B, V)
    return keras.Model([token, context, point, hidden], [logits, point, after], name="vae_step")


def build_encoder(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The encoder of ``model``, a position from the left and one from the right at a time. Its states: hidden, each way."""
    import keras

    layer = model.get_layer
    inputs: list[Any] = []
    before: list[Any] = []
    after: list[Any] = []
    for number, way in enumerate(("forward", "backward")):
        token = keras.Input((1,), dtype="int32", name=f"token_{way}")
        context = keras.Input((1, len(vocabulary.context)), dtype="int32", name=f"context_{way}")
        hidden = keras.Input((settings.units,), name=f"state_{number}")
        tables = [("token_table", token), ("heard_table", context), ("planned_table", context)]
        x = keras.layers.Concatenate()([layer(name)(each) for name, each in tables])
        cell = getattr(layer("encoder"), way).cell
        after += cell(keras.layers.Reshape((x.shape[-1],))(x), hidden)
        inputs += [token, context]
        before.append(hidden)
    posterior = layer("posterior")(keras.layers.Concatenate()(after))  # (B, 2Z)
    return keras.Model([*inputs, *before], [posterior, *after], name="vae_encoder")


@architecture(
    "melody-vae",
    title="Melody VAE",
    settings=Settings,
    reference="Roberts et al. 2018; Bowman et al. 2016; Kingma & Welling 2014",
    presets=PRESETS,
    diagram=diagram,
    suits=one_melody,
    build_step=build_step,
    build_encoder=build_encoder,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """Learns a space in which every few bars of melody are a point: vary a tune, blend two, or make one busier or higher."""
    from keras import Input, Model, ops
    from keras.layers import Concatenate, Dense, Embedding
    from keras.layers import Dropout as WordDropout

    from workbench.layers import GRU, Beside, BothWays, ContextEmbedding, Dropout, Latent

    def table(columns: list[int], name: str) -> Any:
        sizes = [vocabulary.context[column].size for column in columns]
        return ContextEmbedding(sizes, settings.context_embedding, columns, name=name)

    def thinned(x: Any) -> Any:
        # Nothing where nothing is hidden: a layer would take a seed, and what is trained again would begin elsewhere.
        return Dropout(settings.unit_dropout)(x) if settings.unit_dropout else x

    tokens = Input((None,), dtype="int32", name="tokens")
    context = Input((None, len(vocabulary.context)), dtype="int32", name="context")
    noise = Input((settings.latent,), name="noise")
    token_table = Embedding(len(vocabulary), settings.embedding, name="token_table")
    planned = table(planned_columns(vocabulary), "planned_table")(context)
    heard = table(heard_columns(vocabulary, settings.echoes), "heard_table")(context)
    present = ops.not_equal(tokens, 0)  # START is 0, and pads

    read = Concatenate()([token_table(tokens), heard, planned])  # (B, T, D)
    ends = BothWays(settings.units, name="encoder")(read, present)  # (B, 2U)
    posterior = Dense(2 * settings.latent, dtype="float32", name="posterior")(ends)
    free = settings.free_bits * math.log(2)
    point = Latent(free, settings.annealing, dtype="float32", name="latent")(
        posterior, noise, present
    )  # (B, Z)

    before = token_table(ops.pad(tokens[:, :-1], ((0, 0), (1, 0))))  # after START
    past = Concatenate()([before, heard])
    past = WordDropout(settings.dropout, noise_shape=(None, None, 1))(past)
    x = Beside(name="beside")(Concatenate()([past, planned]), point)
    x = thinned(Dense(settings.units, "relu", name="mixed")(x))
    x = thinned(GRU(settings.units, name="decoder")(x))  # (B, T, U)
    logits = Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return Model([tokens, context, noise], logits, name="melody_vae")
