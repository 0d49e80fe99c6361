"""The words of a language of events, and what is known before each of them: the layout of the context.

Words are MidiTok's: ``Pitch_60`` is of the kind ``Pitch`` and has the value 60; times are told in beats and steps, and counted here in
steps. Of the context ``position`` to ``bar`` are as in ``cell_context``, for the present moment:

``chord``     notes begun at this moment, at most ``MOST_BEGUN``
``sounding``  notes that sound, those among them, at most ``MOST_SOUNDING``
``moved``     of an ensemble in one key alone: how far the music was moved into the key without accidentals, in minor thirds from below. What is
              high for a player and what low depends on it; single semitones would leave rare keys unknown
``signature`` of music in its own keys alone, as in ``cell_context``
``player_0``… of an ensemble alone: the highest note that each player sounds, counted from the piano's lowest, 0 for none
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import MODES, Key
from workbench.core.vocabulary import ContextField, Plan, bar_indices
from workbench.tokenizers.cell_context import (
    LONGEST_BAR,
    METERS,
    MOST_BARS_LEFT,
    PHRASE,
    SIGNATURES,
    meter_index,
)
from workbench.tokenizers.grid import SIGNATURE, normalising_shift

MOST_BEGUN = 7
MOST_SOUNDING = 15
DRUMS = -1  # MidiTok's number for the drum kit
LONGEST = 8  # quarter notes that one duration or time shift can last
PITCHES = 128
PIANO = (21, 108)
"""The keys of a piano, within which music lies once its key has no accidentals."""
PIANO_KEYS = PIANO[1] - PIANO[0] + 1
BEGIN_KINDS = ("Pitch", "PitchDrum", "NoteOn", "DrumOn")
NOTE_KINDS = (*BEGIN_KINDS, "NoteOff", "DrumOff")


@dataclass(frozen=True)
class Played:
    """What an instrument is asked for at most, as it sounds."""

    low: int
    high: int
    at_once: int
    """Notes."""


OPEN = Played(0, 127, PITCHES)


@dataclass(frozen=True)
class Events:
    """The words of one language of events: ``Pitch_60`` has the kind ``Pitch`` and the value 60.

    ``programs`` are those it knows, from below; where it is one alone, no word says it. Values of time are steps.
    """

    names: tuple[str, ...]
    programs: tuple[int, ...]
    steps_per_quarter: int
    played: Mapping[int, Played] = field(default_factory=dict)
    """By program; what is not here is open."""
    are_players: bool = False
    """Whether programs are the numbers of an ensemble's players, each of whom has a part of the score."""
    in_one_key: bool = True
    """Whether music is moved into the key without accidentals; else its signature is told."""

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return tuple(name.partition("_")[0] for name in self.names)

    @cached_property
    def values(self) -> NDArray[np.int64]:
        return np.array([self._value(name) for name in self.names], np.int64)

    @cached_property
    def measures(self) -> list[int]:
        """``values`` for one token at a time."""
        return self.values.tolist()

    @cached_property
    def ids(self) -> dict[str, NDArray[np.int64]]:
        """Tokens of each kind."""
        kinds = np.array(self.kinds)
        return {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(self.kinds)}

    @cached_property
    def token(self) -> dict[str, int]:
        return {name: token for token, name in enumerate(self.names)}

    @cached_property
    def ends_are_said(self) -> bool:
        """Whether notes end by ``NoteOff``, and not by their duration."""
        return "Duration" not in self.ids

    def begin_kind(self, rank: int) -> str:
        """The kind of word that begins a note of the ``rank``-th program."""
        if self.ends_are_said:
            return "DrumOn" if self.programs[rank] == DRUMS else "NoteOn"
        return "PitchDrum" if self.programs[rank] == DRUMS else "Pitch"

    def end_kind(self, rank: int) -> str:
        """The kind of word that ends one."""
        return "DrumOff" if self.programs[rank] == DRUMS else "NoteOff"

    def _value(self, name: str) -> int:
        kind, _, value = name.partition("_")
        if kind in ("Duration", "TimeShift"):
            beats, steps, _ = map(int, value.split("."))
            return beats * self.steps_per_quarter + steps
        return int(value) if value.lstrip("-").isdecimal() else 0

    @property
    def context(self) -> tuple[ContextField, ...]:
        """The fields in the order of the columns."""
        players = range(len(self.programs)) if self.are_players else ()
        told = [ContextField(SIGNATURE, SIGNATURES, is_of_piece=True)]
        if self.in_one_key:
            told = [ContextField("moved", 4, is_of_piece=True)] if self.are_players else []
        sung = [ContextField(f"player_{player}", PIANO_KEYS + 1) for player in players]
        return (
            ContextField("position", LONGEST_BAR * self.steps_per_quarter),
            ContextField("meter", len(METERS) + 1, is_of_piece=True),
            ContextField("mode", len(MODES), is_of_piece=True),
            ContextField("bars_left", MOST_BARS_LEFT + 1),
            ContextField("bar", PHRASE),
            ContextField("chord", MOST_BEGUN + 1),
            ContextField("sounding", MOST_SOUNDING + 1),
            *told,
            *sung,
        )

    def shift(self, key: Key) -> int:
        """Semitones that music in a key is moved before it is said."""
        return normalising_shift(key) if self.in_one_key else 0

    def told(self, key: Key) -> list[int]:
        """What the context tells of a key besides its mode."""
        if not self.in_one_key:
            return [key.fifths % SIGNATURES]
        return [(self.shift(key) + 6) // 3] if self.are_players else []


def planned(plan: Plan, steps_per_quarter: int) -> list[list[int]]:
    """(T, 5) what the plan alone says of every step: the first five fields."""
    mode, count = MODES.index(plan.key.mode), len(plan.bars)
    longest = LONGEST_BAR * steps_per_quarter - 1
    rows: list[list[int]] = []
    for index, (bar, number) in enumerate(zip(plan.bars, bar_indices(plan), strict=True)):
        left = min(count - 1 - index, MOST_BARS_LEFT)
        meter = meter_index(bar)
        rows += [
            [min(bar.offset + step, longest), meter, mode, left, number % PHRASE]
            for step in range(bar.steps)
        ]
    return rows
