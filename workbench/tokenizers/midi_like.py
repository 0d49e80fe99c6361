"""MIDI-like: polyphonic music as notes that go on and off, through MidiTok.

Two quarter notes one after the other, written as a person types them (the last number of a shift is the grid)::

    NoteOn_60 Velocity_79 TimeShift_1.0.4 NoteOff_60 NoteOn_64 Velocity_79 TimeShift_1.0.4 NoteOff_64

Where the training music has several programs, ``Program_0`` stands before each note that goes on or off. Notes of any length can
be said; only a note that sounds can go off, and the piece is over when all have.

Reference
---------
Oore, Simon, Dieleman, Eck & Simonyan, *This Time with Feeling: Learning Expressive Musical Performance* (2018).
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
    return learned_by(MidiLike, settings, scores)


@tokenizer(
    "midi-like",
    title="MIDI-like: notes on and off",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    hears={VELOCITY},
    learn=learn,
)
class MidiLike(EventTokenizer):
    """Any number of voices and instruments as a keyboard sends them: notes go on, time passes, notes go off. Learns in one key, plays in any."""

    name = "midi-like"
    walk = ShiftGrammar
    holds_long_notes = True

    def _kind(self) -> Any:
        from miditok import MIDILike

        return MIDILike

    def _from_miditok(self, words: list[str], plan: Plan) -> list[str]:
        return self._shifted_to_end(words, plan)
