"""Four voices on a grid of equal steps, in the keys they sound in.

As ``chorale_grid``, but nothing is moved into one key: pitches are as they sound, and the context tells the signature. So
a model knows how high a voice is for the one who sings it, and music can be heard in other keys than its own, which teaches a
network that harmony is the same in each. It knows only keys that it has heard: let its dataset bring the music into
all of them (``datasets create --augment keys=all``).
"""

from workbench.core.augmentation import TRANSPOSITION
from workbench.tokenizers import tokenizer
from workbench.tokenizers.chorale_grid import SUNG, ChoraleGrid, Settings

DOWN, UP = 6, 7  # semitones: one more than the way into the farthest key


@tokenizer(
    "chorale-keys",
    title="Four voices in steps, in their own keys",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    hears={TRANSPOSITION},
    form="voices",
)
class ChoraleKeys(ChoraleGrid):
    """Soprano, alto, tenor and bass on a grid, step by step. Learns in the keys that it hears: let the dataset transpose its pieces into all of them."""

    name = "chorale-keys"
    ranges = tuple((low - DOWN, high + UP) for low, high in SUNG)
    in_one_key = False
