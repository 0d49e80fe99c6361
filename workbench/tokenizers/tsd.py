"""TSD: polyphonic music by time shift, pitch, velocity and duration, through MidiTok.

Two quarter notes of a C major chord, one after the other, written as a person types them (the last number is the grid)::

    Pitch_60 Velocity_79 Duration_1.0.4 TimeShift_1.0.4 Pitch_64 Velocity_79 Duration_1.0.4

Where the training music has several programs, ``Program_0`` stands before each pitch.

Reference
---------
Fradet, Briot, Chhel, El Fallah Seghrouchni & Gutowski, *MidiTok: A Python package for MIDI file tokenization* (2021).
"""

from collections.abc import Iterable
from typing import Any

from workbench.core.augmentation import VELOCITY
from workbench.core.score import Score
from workbench.core.specs import Values
from workbench.core.vocabulary import Plan
from workbench.tokenizers import tokenizer
from workbench.tokenizers.event_language import EventTokenizer
from workbench.tokenizers.event_learning import Settings, learned_by
from workbench.tokenizers.event_time import ShiftGrammar


def learn(settings: Settings, scores: Iterable[Score]) -> Values:
    """What a training split teaches: see ``event_learning.learned_by``."""
    return learned_by(Tsd, settings, scores)


@tokenizer(
    "tsd",
    title="TSD: notes and time shifts",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    hears={VELOCITY},
    learn=learn,
)
class Tsd(EventTokenizer):
    """Any number of voices and instruments, note by note: how much later a note begins, its pitch, loudness and length. Learns in one key, plays in any."""

    name = "tsd"
    walk = ShiftGrammar

    def _kind(self) -> Any:
        from miditok import TSD

        return TSD

    def _from_miditok(self, words: list[str], plan: Plan) -> list[str]:
        return self._shifted_to_end(words, plan)
