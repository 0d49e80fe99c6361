"""Writing MIDI: files of type 1."""

import numpy as np
from symusic.core import (
    KeySignatureTick,
    NoteTick,
    ScoreTick,
    TempoTick,
    TimeSignatureTick,
    TrackTick,
)

from workbench.core.score import TICKS_PER_QUARTER, Part, Score

DIVISION = 480
"""Ticks a quarter in a written file, where every time of the score is a multiple of it."""


def encode(score: Score, *, title: str = "") -> bytes:
    """A MIDI file of type 1. A title is written as the name of a first track without notes."""
    times = [score.notes["onset"], score.notes["duration"]]
    times += [
        np.array([e.onset for e in events]) for events in (score.meters, score.keys, score.tempos)
    ]
    step = TICKS_PER_QUARTER // DIVISION
    if any((column % step).any() for column in times):
        step = 1
    midi = ScoreTick(TICKS_PER_QUARTER // step)
    for meter in score.meters:
        sign = TimeSignatureTick(meter.onset // step, meter.numerator, meter.denominator)
        midi.time_signatures.append(sign)
    for key in score.keys:
        minor = key.mode in ("minor", "dorian", "phrygian", "locrian")
        midi.key_signatures.append(KeySignatureTick(key.onset // step, key.fifths, int(minor)))
    for tempo in score.tempos:
        midi.tempos.append(TempoTick(tempo.onset // step, tempo.bpm))
    if title:
        midi.tracks.append(TrackTick(name=title))
    for index, part in enumerate(score.parts):
        midi.tracks.append(_track(part, score.notes[score.notes["part"] == index], step))
    return midi.dumps_midi()


def _track(part: Part, notes: np.ndarray, step: int) -> TrackTick:
    track = TrackTick(name=part.name, program=part.program, is_drum=part.is_drum)
    for note in notes.tolist():
        onset, duration, pitch, velocity = note[:4]
        track.notes.append(NoteTick(onset // step, duration // step, pitch, velocity))
    return track
