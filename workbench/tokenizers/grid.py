"""Scores on a grid of equal steps: bars, keys and single lines.

Conventions
-----------
A *step* is ``TICKS_PER_QUARTER / steps_per_quarter`` ticks. A *line* is one voice on the grid, an array
(T,) int32 with one cell per step: a MIDI pitch where a note begins, ``HOLD`` where what sounded (or
rested) goes on, ``REST`` where silence begins. A line never begins with ``HOLD`` and never
restates a rest, so every melody has exactly one line.

*Normalised* music stands in the key without sharps or flats (C major, A minor, D dorian, …), moved there by
the smallest interval; most models learn in one key and can be asked for any. A model that is told the ``SIGNATURE`` of
every piece reads it in its own key.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.frames import FIRST_PITCH
from workbench.core.score import (
    TICKS_PER_QUARTER,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    bars,
    make_notes,
    monophonic,
    quantize,
    spell,
    split_parts,
)
from workbench.core.vocabulary import Plan, PlanBar, Vocabulary

HOLD = -1
REST = -2
SIGNATURE = "signature"
VELOCITY = 80
FLUTE = 73
PLAYABLE = (55, 88)  # composed melodies keep to a fiddle's first positions, G3 to E6, in every key
_OCTAVES = (0, 12, -12, 24, -24)


# --- bars -------------------------------------------------------------------------------------


def step_ticks(steps_per_quarter: int) -> int:
    """Ticks of one step."""
    return TICKS_PER_QUARTER // steps_per_quarter


def bar_steps(meter: Meter, steps_per_quarter: int) -> int:
    """Steps of a full bar; ``CannotEncode`` where they are no whole number."""
    return _whole_steps(meter.bar_ticks, meter, steps_per_quarter)


def plan_of(score: Score, steps_per_quarter: int) -> Plan:
    """The bars of a score on the grid, with its first key and tempo.

    A bar cut short is a pickup (it ends where a full bar would) when it opens the piece or completes
    the short bar before it; any other short bar begins like a full one and ends early.

    Raises
    ------
    CannotEncode
        Where a bar is no whole number of steps.
    """
    result: list[PlanBar] = []
    missing = None  # steps by which the bar before fell short; None before the first bar
    for bar in bars(score):
        full = bar_steps(bar.meter, steps_per_quarter)
        steps = _whole_steps(bar.end - bar.start, bar.meter, steps_per_quarter)
        completes = missing is None or steps <= missing
        offset = full - steps if completes else 0
        missing = full - steps - offset
        result.append(PlanBar(bar.meter.numerator, bar.meter.denominator, steps, offset))
    return Plan(replace(score.keys[0], onset=0), tuple(result), score.tempos[0].bpm)


def full_plan(key: Key, meter: Meter, bar_count: int, tempo: float, steps_per_quarter: int) -> Plan:
    """The plan of a piece to compose: ``bar_count`` full bars of one meter."""
    if bar_count < 1:
        raise InvalidSetting(f"A piece of {bar_count} bars cannot be composed; ask for at least 1.")
    steps = bar_steps(meter, steps_per_quarter)
    bar = PlanBar(meter.numerator, meter.denominator, steps)
    return Plan(replace(key, onset=0), (bar,) * bar_count, tempo)


def plan_meters(plan: Plan, steps_per_quarter: int) -> tuple[Meter, ...]:
    """The meters that say a plan's bars: one where the meter changes, and one after every short bar."""
    step = step_ticks(steps_per_quarter)
    result: list[Meter] = []
    onset, short = 0, True
    for bar in plan.bars:
        meter = Meter(onset, bar.numerator, bar.denominator)
        if short or str(meter) != str(result[-1]):
            result.append(meter)
        onset += bar.steps * step
        short = bar.steps * step < meter.bar_ticks
    if short:
        result.append(replace(result[-1], onset=onset))
    return tuple(result)


def _whole_steps(ticks: int, meter: Meter, steps_per_quarter: int) -> int:
    step = step_ticks(steps_per_quarter)
    if ticks % step:
        raise CannotEncode(
            f"A bar of {ticks / TICKS_PER_QUARTER:g} quarter notes (in {meter}) does not fit a grid of"
            f" {steps_per_quarter} steps to the quarter; choose a tokenizer with a finer grid."
        )
    return ticks // step


# --- keys -------------------------------------------------------------------------------------


def normalising_shift(key: Key) -> int:
    """Semitones (-6..5) that move a key to the signature without sharps or flats."""
    return 5 - (key.fifths * 7 + 5) % 12


def is_told_signatures(vocabulary: Vocabulary) -> bool:
    """Whether music is said in its own key, and the context tells which signature that has."""
    return any(field.name == SIGNATURE for field in vocabulary.context)


def key_shift(vocabulary: Vocabulary, key: Key) -> int:
    """Semitones that move a key to where a vocabulary says it: none where the signature is told."""
    return 0 if is_told_signatures(vocabulary) else normalising_shift(key)


def first_pitch(vocabulary: Vocabulary, key: Key) -> int:
    """How the lowest pitch of a vocabulary in cells sounds in a key."""
    return int(vocabulary.tokens[FIRST_PITCH]) - key_shift(vocabulary, key)


def fitting_shift(shift: int, ranges: list[tuple[int, int, int, int]]) -> int | None:
    """A shift, moved by the fewest octaves that bring every voice into its range.

    ``ranges`` holds (lowest pitch, highest pitch, lowest allowed, highest allowed) of each
    voice. None where no octave fits.
    """
    for octave in sorted(_OCTAVES, key=lambda octave: (abs(shift + octave), octave)):
        move = shift + octave
        if all(low + move >= least and high + move <= most for low, high, least, most in ranges):
            return move
    return None


# --- lines ------------------------------------------------------------------------------------


def on_grid(score: Score, steps_per_quarter: int) -> Score:
    """A melody with onsets and ends on the grid, one note at a time.

    Onsets and ends are rounded to the nearest step. Of notes that fall on one step the
    highest stays; a note ends where the next begins.
    """
    return monophonic(quantize(score, step_ticks(steps_per_quarter)))


def line_of(melody: Score, steps: int, steps_per_quarter: int) -> NDArray[np.int32]:
    """(steps,) the line of a melody that lies on the grid."""
    onsets = melody.notes["onset"] // step_ticks(steps_per_quarter)
    ends = onsets + melody.notes["duration"] // step_ticks(steps_per_quarter)
    line = np.full(steps, HOLD, np.int32)
    line[:1] = REST
    line[ends[ends < steps]] = REST
    line[onsets] = melody.notes["pitch"]
    return line


def line_notes(line: NDArray[np.int32], fifths: int, steps_per_quarter: int) -> NDArray[np.void]:
    """The notes of a line, spelled for a signature of ``fifths`` sharps."""
    step = step_ticks(steps_per_quarter)
    starts = np.flatnonzero(line != HOLD).tolist()
    spans = list(pairwise([*starts, len(line)]))
    return make_notes(
        (start * step, (end - start) * step, pitch, VELOCITY, 0, spell(pitch, fifths))
        for (start, end), pitch in zip(spans, line[starts].tolist(), strict=True)
        if pitch != REST
    )


# --- melodies ---------------------------------------------------------------------------------


def first_part(score: Score) -> Score:
    """The first part that has notes and is no drum kit; ``CannotEncode`` where there is none."""
    for single in split_parts(score):
        if len(single.notes) and not single.parts[0].is_drum:
            return single
    raise CannotEncode("There is no melody here: no part but drums has a note.")


def normalised_line(
    melody: Score, plan: Plan, steps_per_quarter: int, low: int, high: int
) -> NDArray[np.int32]:
    """(T,) the line of a melody on the grid, normalised and within ``low`` to ``high``.

    Raises ``CannotEncode`` where it is wider than that in every octave.
    """
    lowest, highest = int(melody.notes["pitch"].min()), int(melody.notes["pitch"].max())
    shift = fitting_shift(normalising_shift(plan.key), [(lowest, highest, low, high)])
    if shift is None:
        raise CannotEncode(
            f"The melody runs from {lowest} to {highest} in {plan.key}; moved to the key without"
            f" accidentals that does not fit into {low} to {high}."
        )
    line = line_of(melody, plan.steps, steps_per_quarter)
    line[line >= 0] += shift
    return line


def melody_score(line: NDArray[np.int32], plan: Plan, steps_per_quarter: int) -> Score:
    """The score of one line, in the plan's key."""
    return Score(
        line_notes(line, plan.key.fifths, steps_per_quarter),
        plan_meters(plan, steps_per_quarter),
        (plan.key,),
        (Tempo(0, plan.tempo),),
        (Part("Melody", FLUTE),),
    )
