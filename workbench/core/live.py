"""Live music: bar after bar, each drawn with the settings of its moment.

A *turn* is one bar with what it was drawn with. The turns and one seed are all of a piece that was played live: bar ``n`` is drawn
with the generator that the pair (seed, n) gives, so the same turns give the same notes.

Networks are told how many bars are left, and live music has no end in sight. So its end is moved on, phrase by phrase: a
phrase has 8 bars, and as long as nobody asks for an end, the model is told that another phrase follows this one, and hears the phrase before.
It counts down 15 to 8, and again 15 to 8, as in the first strain of a tune of two, and ends phrases without ending the piece. Where an end is asked for, it is told
the truth for ``CLOSING_BARS``, and the last of them closes on the tonic (``core.sections``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.core.errors import InvalidSetting
from workbench.core.limits import NO_LIMITS, Limits
from workbench.core.score import TICKS_PER_QUARTER, Score, Tempo, bars
from workbench.core.vocabulary import Plan

PHRASE = 8  # bars
MOST_TURNS = 128
CLOSING_BARS = 2
SLOWEST, FASTEST = 40.0, 240.0  # quarters a minute
SOFTEST, LOUDEST = 20, 120  # MIDI velocity
MOST_DENSITY = 3.0  # nats
CLOSE = "A"
"""The form of the last bar: one section, which closes."""


@dataclass(frozen=True)
class Turn:
    """One bar, and what it was drawn with."""

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    density: float = 0.0
    """Nats by which a note is likelier to begin than the model thinks; below 0 less likely."""
    ranges: tuple[tuple[int, int], ...] = ()
    """Lowest and highest pitch that may begin, of each voice, the highest first; empty leaves them open."""
    tempo: float = 120.0
    """Quarter notes a minute."""
    velocity: int = 80
    left: int | None = None
    """Bars that follow; None as long as no end is in sight."""
    no_parallels: bool = False
    """Whether no voice may go in parallel fifths or octaves with one above it."""
    no_cross_relations: bool = False
    """Whether no voice may contradict another's note."""

    @property
    def limits(self) -> Limits:
        """What every note of the bar keeps to."""
        form = CLOSE if self.left == 0 else ""
        return Limits(
            self.ranges, form=form,
            no_parallels=self.no_parallels, no_cross_relations=self.no_cross_relations,
        )  # fmt: skip


def heard_from(bar: int) -> int:
    """The first bar, from 0, that the model hears again before it writes a bar: the phrase before and this one."""
    return max(bar // PHRASE - 1, 0) * PHRASE


def bars_after(bar: int, turn: Turn) -> int:
    """How many bars the model is told to follow a bar."""
    return 2 * PHRASE - 1 - bar % PHRASE if turn.left is None else turn.left


def plans(whole: Plan, bar: int, turn: Turn) -> tuple[Plan, Plan]:
    """The two plans under which a bar of a piece is drawn, both from ``heard_from(bar)`` on: as far as the model is told, and up to this bar.

    The first decides what is known before each token, the second what may be written, so the piece may end with any bar.
    """
    one = whole.bars[0]
    count = bar - heard_from(bar) + 1
    told = replace(whole, bars=(one,) * (count + bars_after(bar, turn)), limits=NO_LIMITS)
    return told, replace(whole, bars=(one,) * count, limits=turn.limits)


def check_turns(turns: Sequence[Turn]) -> None:
    """Raise ``InvalidSetting`` where turns are too many or go beyond what can be played."""
    if len(turns) > MOST_TURNS:
        raise InvalidSetting(
            f"{len(turns)} bars are too many to play live; stop after {MOST_TURNS}."
        )
    for number, turn in enumerate(turns, start=1):
        for name, value, low, high in (
            ("tempo", turn.tempo, SLOWEST, FASTEST), ("loudness", turn.velocity, SOFTEST, LOUDEST),
            ("density", turn.density, -MOST_DENSITY, MOST_DENSITY),
        ):  # fmt: skip
            if not low <= value <= high:
                raise InvalidSetting(
                    f"The {name} of bar {number} is {value:g}; choose {low:g} to {high:g}."
                )
        if turn.left is not None and not 0 <= turn.left < CLOSING_BARS:
            raise InvalidSetting(
                f"Bar {number} is said to come {turn.left} bars before the end; an end is made in {CLOSING_BARS}."
            )
        if turn.left == 0 and number < len(turns):
            raise InvalidSetting(f"Bar {number} ends the piece; nothing can follow it.")


def sounded(score: Score, turns: Sequence[Turn]) -> Score:
    """The score as it was played: every bar at the tempo of its turn, what begins in it as loud as its turn says."""
    length = score.meters[0].bar_ticks
    tempos = [Tempo(0, turns[0].tempo)]
    for number, turn in enumerate(turns):
        if turn.tempo != tempos[-1].bpm:
            tempos.append(Tempo(number * length, turn.tempo))
    notes = score.notes.copy()
    velocities = np.array([turn.velocity for turn in turns])
    notes["velocity"] = velocities[notes["onset"] // length]
    return replace(score, notes=notes, tempos=tuple(tempos))


@dataclass(frozen=True)
class BarSound:
    """What sounds in one bar, in quarter notes from its beginning."""

    quarters: float
    notes: tuple[tuple[float, float, int, int, int], ...]
    """Onset, length, MIDI pitch, velocity and part of what begins in it; it is cut at the end of the bar."""
    held: tuple[tuple[float, int, int], ...]
    """Length, MIDI pitch and part of what sounds on from the bar before."""


def bar_sound(score: Score, number: int) -> BarSound:
    """What sounds in a bar, counted from 0."""
    bar = bars(score)[number]
    onsets, ends = score.notes["onset"], score.notes["onset"] + score.notes["duration"]
    lengths = (np.minimum(ends, bar.end) - np.maximum(onsets, bar.start)) / TICKS_PER_QUARTER
    notes: list[tuple[float, float, int, int, int]] = []
    held: list[tuple[float, int, int]] = []
    for note, length in zip(score.notes.tolist(), lengths.tolist(), strict=True):
        onset, _, pitch, velocity, part = note[:5]
        if length <= 0:
            continue
        if onset < bar.start:
            held.append((length, pitch, part))
        else:
            notes.append(((onset - bar.start) / TICKS_PER_QUARTER, length, pitch, velocity, part))
    return BarSound((bar.end - bar.start) / TICKS_PER_QUARTER, tuple(notes), tuple(held))
