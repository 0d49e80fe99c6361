"""Keras layers that architectures share.

They are written with ``keras.ops`` alone, so that they run on any Keras backend, and registered for saving, so
that a ``.keras`` file that holds them loads in safe mode.
"""

from workbench.layers.context_embedding import ContextEmbedding
from workbench.layers.dropout import Dropout
from workbench.layers.gru import GRU
from workbench.layers.latent import Beside, BothWays, Latent
from workbench.layers.lstm import LSTM
from workbench.layers.pictures import FromPictures, PitchTable, ToPictures
from workbench.layers.relative_attention import NewestLast, RelativeAttention
from workbench.layers.told import LookedAcross, Once
from workbench.layers.voices import (
    InterleavedGRU,
    LastConvolved,
    Sounding,
    SoundingNext,
    VoiceChain,
    VoiceChainNext,
)

__all__ = [
    "GRU",
    "LSTM",
    "Beside",
    "BothWays",
    "ContextEmbedding",
    "Dropout",
    "FromPictures",
    "InterleavedGRU",
    "LastConvolved",
    "Latent",
    "LookedAcross",
    "NewestLast",
    "Once",
    "PitchTable",
    "RelativeAttention",
    "Sounding",
    "SoundingNext",
    "ToPictures",
    "VoiceChain",
    "VoiceChainNext",
]
