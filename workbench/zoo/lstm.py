"""LSTM: the network most music models are measured against.

Every token, and each number known before it, is looked up in a table; what is found stands side by side and
goes through a stack of LSTM layers; one dense layer reads the logits off the last. The network learns at every
position of a window, not only at its end.

References
----------
Hochreiter & Schmidhuber, *Long Short-Term Memory* (1997). For music so used: Sturm et al., *Music
transcription modelling and composition using deep learning* (2016), known as folk-rnn.
"""

from dataclasses import dataclass

from workbench.core.settings import setting
from workbench.core.vocabulary import Vocabulary
from workbench.zoo import KerasModel, architecture


@dataclass(frozen=True)
class Settings:
    units: int = setting(256, low=16, high=2048, help="Width of each recurrent layer")
    layers: int = setting(2, low=1, high=6, help="Recurrent layers, one above the other")
    dropout: float = setting(
        0.3, low=0.0, high=0.9, help="Share of each layer's output hidden while training"
    )
    embedding: int = setting(
        64, low=4, high=512, advanced=True, help="Numbers that stand for a token"
    )
    context_embedding: int = setting(
        16, low=2, high=128, advanced=True,
        help="Numbers that stand for each thing known beforehand, such as the position in the bar",
    )  # fmt: skip


def build_step(settings: Settings, vocabulary: Vocabulary, model: KerasModel) -> KerasModel:
    """The layers of ``model``, one position at a time. Each LSTM layer has two states: hidden, memory."""
    import keras

    token = keras.Input((1,), dtype="int32", name="token")
    inputs, found = [token], model.get_layer("token_table")(token)
    if vocabulary.context:
        context = keras.Input((1, len(vocabulary.context)), dtype="int32", name="context")
        inputs.append(context)
        found = keras.layers.Concatenate()([found, model.get_layer("context_table")(context)])
    x = keras.layers.Reshape((found.shape[-1],))(found)  # (B, D)
    states, following = [], []
    for number in range(settings.layers):
        names = (f"state_{2 * number}", f"state_{2 * number + 1}")
        before = [keras.Input((settings.units,), name=name) for name in names]
        x, memory = model.get_layer(f"lstm_{number}").cell(x, *before)
        states += before
        following += [x, memory]
    logits = model.get_layer("logits")(x)  # (B, V)
    return keras.Model([*inputs, *states], [logits, *following], name="lstm_step")


@architecture(
    "lstm",
    title="LSTM",
    settings=Settings,
    reference="Hochreiter & Schmidhuber 1997",
    build_step=build_step,
)
def build(settings: Settings, vocabulary: Vocabulary) -> KerasModel:
    """A recurrent network: it reads a piece from left to right and keeps what matters in its cells."""
    import keras

    from workbench.layers import LSTM, ContextEmbedding

    tokens = keras.Input((None,), dtype="int32", name="tokens")
    inputs = [tokens]
    x = keras.layers.Embedding(len(vocabulary), settings.embedding, name="token_table")(tokens)
    if vocabulary.context:
        sizes = [field.size for field in vocabulary.context]
        context = keras.Input((None, len(sizes)), dtype="int32", name="context")
        inputs.append(context)
        table = ContextEmbedding(sizes, settings.context_embedding, name="context_table")
        x = keras.layers.Concatenate()([x, table(context)])  # (B, T, D)
    for number in range(settings.layers):
        x = LSTM(settings.units, name=f"lstm_{number}")(x)  # (B, T, U)
        x = keras.layers.Dropout(settings.dropout)(x)
    logits = keras.layers.Dense(len(vocabulary), dtype="float32", name="logits")(x)  # (B, T, V)
    return keras.Model(inputs, logits, name="lstm")
