"""The blocks that transformers are made of: each works on the normalised sum of what came before (pre-norm), and its
result is added to that sum.

Layers are found by their names, so that the step graph takes the weights of the training graph: ``attention_n`` with
``attention_norm_n``, ``inner_n`` and ``outer_n`` with ``inner_norm_n``, after a prefix where a network has two stacks.
"""

from dataclasses import dataclass
from typing import Any

from workbench.core.errors import InvalidSetting
from workbench.core.settings import setting
from workbench.zoo import KerasModel


@dataclass(frozen=True)
class Settings:
    width: int = setting(128, low=16, high=1024, help="Numbers that stand for a position")
    layers: int = setting(4, low=1, high=24, help="Blocks, one above the other")
    heads: int = setting(
        4, low=1, high=16, help="Ways of looking back, side by side; must divide the width"
    )
    dropout: float = setting(
        0.1, low=0.0, high=0.9, help="Share of each block's output hidden while training"
    )
    reach: int = setting(256, low=8, high=4096, help="How many positions back it can look")
    feed_forward: int = setting(
        4, low=1, high=8, advanced=True, help="Width of the inner layer, in widths"
    )
    embedding: int = setting(
        64, low=4, high=512, advanced=True, help="Numbers that stand for a token"
    )
    context_embedding: int = setting(
        16, low=2, high=128, advanced=True,
        help="Numbers that stand for each known fact, such as the position in the bar",
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InvalidSetting(
                f"A width of {self.width} cannot be split among {self.heads} heads; choose a multiple "
                f"of {self.heads}."
            )


def attend(x: Any, number: int, *, width: int, heads: int, reach: int, dropout: float) -> Any:
    """(B, T, W) to (B, T, W): look back, as far as ``reach``."""
    from keras.layers import Add, LayerNormalization

    from workbench.layers import Dropout, RelativeAttention

    normal = LayerNormalization(name=f"attention_norm_{number}")(x)
    attention = RelativeAttention(width, heads, reach, name=f"attention_{number}")
    return Add()([x, Dropout(dropout)(attention(normal))])


def cache(settings: Any, width: int, first: int) -> list[Any]:
    """The states that a step's attention remembers, numbered from ``first``: keys and values (B, H, L, W/H)."""
    import keras

    shape = (settings.heads, settings.reach, width // settings.heads)
    return [keras.Input(shape, name=f"state_{first + number}") for number in range(2)]


def attend_step(
    model: KerasModel, x: Any, number: int, kept: list[Any], count: Any
) -> tuple[Any, list[Any], Any]:
    """(B, W) to (B, W): the newest position of :func:`attend`, after ``count`` others; then keys and values, and where it looked
    (B, H, 1, L).
    """
    from keras.layers import Add

    normal = normalised(model.get_layer(f"attention_norm_{number}"), x)
    attended, *kept, looked = model.get_layer(f"attention_{number}").cell(normal, *kept, count)
    return Add()([x, attended]), kept, looked


def normalised(layer: Any, x: Any) -> Any:
    """A normalisation of the training graph, for the step graph: one operation of onnxruntime instead of eleven."""
    from workbench.layers.normalised import Normalised

    return Normalised(layer)(x)


def averaged(looked: list[Any], count: Any) -> Any:
    """(B, L) where blocks looked, the newest position last, from the shares (B, H, 1, L) of each: the mean of all heads."""
    from keras import ops

    from workbench.layers import NewestLast

    shares = ops.mean(ops.concatenate(looked, axis=1), axis=(1, 2))
    return NewestLast()(shares, count)


def forward(
    x: Any, number: int, *, width: int, inner: int, dropout: float, prefix: str = ""
) -> Any:
    """(…, W) to (…, W): every position by itself, through ``inner`` units."""
    from keras.layers import Add, Dense, LayerNormalization

    from workbench.layers import Dropout

    normal = LayerNormalization(name=f"{prefix}inner_norm_{number}")(x)
    hidden = Dense(inner, "relu", name=f"{prefix}inner_{number}")(normal)
    outer = Dense(width, name=f"{prefix}outer_{number}")(hidden)
    return Add()([x, Dropout(dropout)(outer)])


def forward_again(model: KerasModel, x: Any, number: int, *, prefix: str = "") -> Any:
    """:func:`forward` with the layers of ``model``."""
    from keras.layers import Add

    hidden = normalised(model.get_layer(f"{prefix}inner_norm_{number}"), x)
    for name in ("inner", "outer"):
        hidden = model.get_layer(f"{prefix}{name}_{number}")(hidden)
    return Add()([x, hidden])
