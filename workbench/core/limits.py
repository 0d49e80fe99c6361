"""What holds in every note of a composition, whatever the model would rather write.

Limits are part of the plan, and grammars mask by them: what breaks one cannot be drawn. They bind what is composed;
music that is given is refused where it does not keep to them.

*The notes of a key* are the seven of its signature, and in minor the raised seventh besides (the harmonic minor: G sharp in
A minor), without which minor has no dominant. Pitches are MIDI note numbers as they sound, lengths quarter notes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.score import Key, pitch_name

FEWEST_SEMITONES = 4
LONGEST = 4.0
"""Quarter notes that the longest note may be limited to; grammars count no farther."""


@dataclass(frozen=True)
class Limits:
    """As they are at first, nothing is limited."""

    ranges: tuple[tuple[int, int], ...] = ()
    """Lowest and highest pitch: one pair for all voices, or one for each, from the highest voice down."""
    in_key: bool = False
    """Whether all notes are notes of the key."""
    shortest: float = 0.0
    longest: float = 0.0
    """Of a note, in quarters; 0 leaves it open."""
    form: str = ""
    """Letters of sections of equal length (``core.sections``); empty leaves it open."""
    no_parallels: bool = False
    """Whether no voice may go in parallel fifths or octaves with one above it; but from one section of a form to the next, and where a
    section's close, or what is given to a model that fills holes, leaves nothing else."""
    ends_on_tonic: bool = False
    """Whether the piece closes as the last section of a form does: the bass, or the melody, on the tonic and the others in its triad, held to the
    end. A form says so already; where a range holds no such note, or the piece is one bar, it is left out."""
    no_cross_relations: bool = False
    """Whether no voice may sound what contradicts another's note, then or just before (``core.cross_relations``); but where ``no_parallels`` makes
    an exception, too."""
    close: float = 0.0
    """Quarters that the last chord of a piece without a form is held; 0 leaves that to the meter. Voices that are given have a last note of their own."""

    @property
    def closes(self) -> str:
        """The sections whose ends are closes: those of the form, or the whole piece as one."""
        return self.form or ("A" if self.ends_on_tonic else "")

    @property
    def are_open(self) -> bool:
        """Whether nothing is limited."""
        return self == NO_LIMITS

    def range_of(self, voice: int) -> tuple[int, int]:
        """Lowest and highest pitch of a voice, counted from 0."""
        if not self.ranges:
            return 0, 127
        return self.ranges[voice] if len(self.ranges) > 1 else self.ranges[0]


NO_LIMITS = Limits()


def scale(key: Key) -> tuple[int, ...]:
    """The seven pitch classes of a key, from its tonic upward; of minor those of the signature."""
    classes = [(key.fifths + place) * 7 % 12 for place in range(-1, 6)]
    return tuple(sorted(classes, key=lambda each: (each - key.tonic) % 12))


def in_key(key: Key) -> frozenset[int]:
    """The pitch classes that belong to a key."""
    raised = {(key.tonic + 11) % 12} if key.mode == "minor" else set()
    return frozenset({*scale(key), *raised})


def kept(limits: Limits, key: Key, voice: int, pitches: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(P,) which of the sounding pitches (P,) that a voice has may be composed.

    Raises ``InvalidSetting`` where none may.
    """
    low, high = limits.range_of(voice)
    result: NDArray[np.bool_] = (pitches >= low) & (pitches <= high)
    if limits.in_key:
        result &= np.isin(pitches % 12, list(in_key(key)))
    if not result.any():
        own = f"{key} has no note" if limits.in_key else "This model composes no note"
        raise InvalidSetting(
            f"{own} from {pitch_name(low)} to {pitch_name(high)} where the model writes ({pitches.min()} to "
            f"{pitches.max()} as MIDI numbers); widen the range."
        )
    return result


def check_limits(limits: Limits, voices: int) -> None:
    """Raise ``InvalidSetting`` where limits contradict themselves, for a model of so many voices."""
    if len(limits.ranges) not in (0, 1, voices):
        raise InvalidSetting(
            f"{len(limits.ranges)} ranges are given but this model writes {voices} voices; give one range, or one for each voice."
        )
    for low, high in limits.ranges:
        if not 0 <= low <= high <= 127:
            raise InvalidSetting(
                f"The range {low} to {high} is not valid; give MIDI numbers from 0 to 127, the lowest first, such as 60:84."
            )
        if high - low < FEWEST_SEMITONES:
            raise InvalidSetting(
                f"A range of {high - low} semitones leaves no room for a line; let it span {FEWEST_SEMITONES} or more."
            )
    for name, quarters in (("shortest", limits.shortest), ("longest", limits.longest)):
        if not 0 <= quarters <= LONGEST:
            raise InvalidSetting(
                f"The {name} note is {quarters:g} quarters; choose 0 (open) to {LONGEST:g}."
            )
    if not 0 <= limits.close < math.inf:
        raise InvalidSetting(
            f"A last chord of {limits.close:g} quarters cannot be held; leave it at 0."
        )
    if limits.longest and limits.shortest > limits.longest:
        raise InvalidSetting(
            f"The shortest note ({limits.shortest:g} quarters) is longer than the longest ({limits.longest:g}); swap them."
        )
