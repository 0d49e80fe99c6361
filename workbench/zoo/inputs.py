"""How networks read: every token, and each number known before it, is looked up in a table; what is found
stands side by side.
"""

from collections.abc import Sequence
from typing import Any

from workbench.core.vocabulary import Vocabulary
from workbench.zoo import Block, KerasModel


def read(
    vocabulary: Vocabulary,
    *,
    embedding: int,
    context_embedding: int,
    columns: Sequence[int] | None = None,
) -> tuple[list[Any], Any]:
    """The inputs of a training graph, and what is found of them: (B, T, D).

    Of the context all columns, or those.
    """
    import keras

    from workbench.layers import ContextEmbedding

    tokens = keras.Input((None,), dtype="int32", name="tokens")
    found = keras.layers.Embedding(len(vocabulary), embedding, name="token_table")(tokens)
    if not vocabulary.context:
        return [tokens], found
    context = keras.Input((None, len(vocabulary.context)), dtype="int32", name="context")
    used = range(len(vocabulary.context)) if columns is None else columns
    sizes = [vocabulary.context[column].size for column in used]
    table = ContextEmbedding(sizes, context_embedding, columns, name="context_table")
    return [tokens, context], keras.layers.Concatenate()([found, table(context)])


def reading(settings: Any) -> Block:
    """The box of :func:`read`, for settings with ``embedding`` and ``context_embedding``."""
    detail = f"{settings.embedding} numbers a token, {settings.context_embedding} a known fact"
    return Block("Look up", detail, ("token_table", "context_table"))


LOGITS = Block("Logits", "one for every token", ("logits",))
"""The box of the last layer."""


def read_step(vocabulary: Vocabulary, model: KerasModel) -> tuple[list[Any], Any]:
    """The inputs of a step graph, and what the tables of ``model`` hold of them: (B, D)."""
    import keras

    token = keras.Input((1,), dtype="int32", name="token")
    inputs, found = [token], model.get_layer("token_table")(token)
    if vocabulary.context:
        context = keras.Input((1, len(vocabulary.context)), dtype="int32", name="context")
        inputs.append(context)
        found = keras.layers.Concatenate()([found, model.get_layer("context_table")(context)])
    return inputs, keras.layers.Reshape((found.shape[-1],))(found)
