"""Polyphonic music as the tokenizers of events hear it: on a grid, one part a General MIDI program, in one key."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.ensembles import Player
from workbench.core.errors import CannotEncode
from workbench.core.score import Part, Score, quantize
from workbench.tokenizers.events import DRUMS, PIANO
from workbench.tokenizers.grid import fitting_shift, step_ticks

DRUM_KEYS = (27, 87)  # those that General MIDI level 2 names


def placed(
    score: Score,
    known: Collection[int],
    steps_per_quarter: int,
    longest: int | None,
    players: Sequence[Player] = (),
) -> Score:
    """The notes on the grid, one part a program, drums first and the others from below; none lasts beyond ``longest`` ticks.

    Where there are ``players``, every part of the score is one of theirs, and has its number from above for a program.

    Raises
    ------
    CannotEncode
        Where there are no notes, where a program sounds that is not ``known``, or where parts and players are not as many, or one of them is drums.
    """
    if not len(score.notes):
        raise CannotEncode("There is no music here: no part has a note.")
    if players and len(players) != len(score.parts):
        raise CannotEncode(
            f"This piece has {len(score.parts)} parts and the ensemble {len(players)} players; take music in {len(players)} parts."
        )
    if players and any(part.is_drum for part in score.parts):
        raise CannotEncode("Drums play here, and an ensemble has none.")
    programs = list(range(len(players))) or [program_of(part) for part in score.parts]
    sounding = sorted({programs[part] for part in np.unique(score.notes["part"])})
    if unknown := [program for program in sounding if program not in known]:
        names = ", ".join("drums" if each == DRUMS else str(each) for each in unknown)
        raise CannotEncode(
            f"General MIDI program {names} sounds here, which the training music of this model did not hold."
        )
    ranks = {program: rank for rank, program in enumerate(sounding)}
    on_grid = quantize(score, step_ticks(steps_per_quarter))
    notes = on_grid.notes.copy()
    notes["part"] = np.array([ranks.get(program, 0) for program in programs])[notes["part"]]
    if longest is not None:
        notes["duration"] = np.minimum(notes["duration"], longest)
    parts = tuple(Part("", max(program, 0), program == DRUMS) for program in sounding)
    return replace(on_grid, notes=without_overlaps(notes), parts=parts)


def moved(placed: Score, shift: int) -> Score:
    """What :func:`placed` gives, moved by so many semitones and the fewest octaves that bring it onto a piano.

    Raises
    ------
    CannotEncode
        Where it leaves the keys of a piano in every octave, or a drum has no name.
    """
    is_drum = np.array([part.is_drum for part in placed.parts])[placed.notes["part"]]
    drums, pitches = placed.notes["pitch"][is_drum], placed.notes["pitch"][~is_drum]
    if len(drums) and not DRUM_KEYS[0] <= drums.min() <= drums.max() <= DRUM_KEYS[1]:
        raise CannotEncode(
            f"The drums run from {drums.min()} to {drums.max()}; {DRUM_KEYS[0]} to {DRUM_KEYS[1]} are what"
            " General MIDI has names for."
        )
    if not len(pitches):
        return placed
    low, high = int(pitches.min()), int(pitches.max())
    way = fitting_shift(shift, [(low, high, *PIANO)])
    if way is None:
        where = "; moved to the key without accidentals that" if shift else ", which"
        raise CannotEncode(
            f"The music runs from {low} to {high} in {placed.keys[0]}{where} does not fit into {PIANO[0]} to {PIANO[1]}, the keys of a piano."
        )
    notes = placed.notes.copy()
    notes["pitch"][~is_drum] += way
    return replace(placed, notes=notes)


def without_overlaps(notes: NDArray[np.void]) -> NDArray[np.void]:
    """Notes of which no two of the same part and pitch sound at once.

    Of those that begin together the longest stays; it ends where the next begins.
    """
    order = np.lexsort((-notes["duration"], notes["onset"], notes["pitch"], notes["part"]))
    notes = notes[order]
    same = _follows(notes) & (np.diff(notes["onset"]) == 0)
    notes = notes[np.concatenate([[True], ~same])]
    gaps = np.where(_follows(notes), np.diff(notes["onset"]), np.iinfo(np.int32).max)
    notes["duration"][:-1] = np.minimum(notes["duration"][:-1], gaps)
    return notes


def _follows(notes: NDArray[np.void]) -> NDArray[np.bool_]:
    """(N - 1,) whether the note after each is of the same part and pitch."""
    return (np.diff(notes["part"]) == 0) & (np.diff(notes["pitch"]) == 0)


def program_of(part: Part) -> int:
    """A part's program as MidiTok numbers it: ``DRUMS`` for the drum kit."""
    return DRUMS if part.is_drum else part.program
