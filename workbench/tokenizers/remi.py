"""REMI: polyphonic music by bar, position, pitch, velocity and duration, through MidiTok.

A C major chord in quarter notes, written as a person types it (the last number of a duration is the grid)::

    Bar Position_0 Pitch_60 Velocity_79 Duration_1.0.4 Pitch_64 Velocity_79 Duration_1.0.4

Where the training music has several programs, ``Program_0`` stands before each pitch, as in the REMI+ of von Rütte et al. (2022).

MidiTok's bars follow from time signatures, which know neither upbeats nor bars cut short. It is therefore told that every bar has
eight quarters, and each bar of the plan lies in one of them: all meters that fit are said alike, and the plan tells which it is.

References
----------
Huang & Yang, *Pop Music Transformer: Beat-based Modeling and Generation of Expressive Pop Piano Compositions* (2020).
von Rütte, Biggio, Kilcher & Hofmann, *FIGARO: Controllable Music Generation using Learned and Expert Features* (2022).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.augmentation import VELOCITY
from workbench.core.errors import CannotEncode
from workbench.core.score import Key, Meter, Score
from workbench.core.specs import Values
from workbench.core.vocabulary import Plan
from workbench.tokenizers import tokenizer
from workbench.tokenizers.event_language import EventTokenizer
from workbench.tokenizers.event_learning import Settings, learned_by
from workbench.tokenizers.event_time import BarGrammar
from workbench.tokenizers.events import LONGEST

BAR, FRAME = "Bar_None", f"TimeSig_{LONGEST}/4"


def learn(settings: Settings, scores: Iterable[Score]) -> Values:
    """What a training split teaches: see ``event_learning.learned_by``."""
    return learned_by(Remi, settings, scores)


@tokenizer(
    "remi",
    title="REMI: notes in bars",
    settings=Settings,
    training={"window": 256, "batch_size": 32},
    hears={VELOCITY},
    learn=learn,
)
class Remi(EventTokenizer):
    """Any number of voices and instruments, note by note: each bar, then where in it a note begins, its pitch, loudness and length. Learns in one key, plays in any."""

    name = "remi"
    walk = BarGrammar

    def plan(self, key: Key, meter: Meter, bars: int, tempo: float) -> Plan:
        """``bars`` full bars of one meter; ``CannotEncode`` where they are longer than eight quarters."""
        return self._fitting(super().plan(key, meter, bars, tempo))

    def _planned(self, placed: Score) -> Plan:
        return self._fitting(super()._planned(placed))

    def _fitting(self, plan: Plan) -> Plan:
        for bar in plan.bars:
            if bar.offset + bar.steps > LONGEST * self._grid:
                raise CannotEncode(
                    f"A bar of {bar.numerator}/{bar.denominator} is longer than the {LONGEST} quarter notes that REMI counts"
                    " positions in; choose the tokenizer tsd or midi-like."
                )
        return plan

    def _kind(self) -> Any:
        from miditok import REMI

        return REMI

    def _config(self) -> dict[str, Any]:
        return {"use_time_signatures": True, "time_signature_range": {4: [LONGEST]}}

    def _laid_out(self, steps: NDArray, plan: Plan) -> NDArray:
        starts, offsets = _bars(plan)
        bar = np.searchsorted(starts, steps, side="right") - 1
        return bar * LONGEST * self._grid + offsets[bar] + steps - starts[bar]

    def _found(self, steps: NDArray, plan: Plan) -> NDArray:
        starts, offsets = _bars(plan)
        bar, position = np.divmod(steps, LONGEST * self._grid)
        return starts[bar] + position - offsets[bar]

    def _from_miditok(self, words: list[str], plan: Plan) -> list[str]:
        words = [word for word in words if word != FRAME]
        first = next(index for index, word in enumerate(words) if word.startswith("Tempo_"))
        del words[first]
        if words[first].startswith((BAR, "Position_")):
            del words[first - 1]  # nothing but the tempo stood at that position
        return words + [BAR] * (len(plan.bars) + 1 - words.count(BAR))

    def _to_miditok(self, words: list[str]) -> list[str]:
        return [each for word in words[:-1] for each in ([BAR, FRAME] if word == BAR else [word])]


def _bars(plan: Plan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(N,) the first step of every bar of a plan, and its offset."""
    steps = np.array([bar.steps for bar in plan.bars])
    return np.cumsum(steps) - steps, np.array([bar.offset for bar in plan.bars])
