"""REMI in the keys that music sounds in.

As ``remi``, but nothing is moved into one key: pitches are as they sound, and the context tells the signature. What is said of
``chorale_keys`` holds here: a model knows how high music lies for its players, and learns from a dataset that is brought into
other keys; it knows only those that it has heard (``datasets create --augment keys=all``).
"""

from collections.abc import Iterable

from workbench.core.augmentation import TRANSPOSITION, VELOCITY
from workbench.core.score import Score
from workbench.core.specs import Values
from workbench.tokenizers import tokenizer
from workbench.tokenizers.event_learning import Settings, learned_by
from workbench.tokenizers.remi import Remi


def learn(settings: Settings, scores: Iterable[Score]) -> Values:
    """What a training split teaches: see ``event_learning.learned_by``."""
    return learned_by(RemiKeys, settings, scores)


@tokenizer(
    "remi-keys",
    title="REMI: notes in bars, in their own keys",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    hears={TRANSPOSITION, VELOCITY},
    learn=learn,
)
class RemiKeys(Remi):
    """Any number of voices and instruments, note by note, as in REMI. Learns in the keys that it hears: let the dataset transpose its pieces into all of them."""

    name = "remi-keys"
    in_one_key = False
