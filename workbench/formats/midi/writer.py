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

SLOWEST = 60e6 / 0xFFFFFF
"""Quarters a minute: the longest quarter that MIDI's three bytes of microseconds can say."""
DIVISION = 480
"""Ticks a quarter in a written file, where every time of the score is a multiple of it."""


def encode(score: Score, *, title: str = "", statement: str = "") -> bytes:
    """A MIDI file of type 1.

    A title is written as the name of a first track without notes; a statement as a text event at its beginning.
    """
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
        midi.tempos.append(TempoTick(tempo.onset // step, max(tempo.bpm, SLOWEST)))
    if title:
        midi.tracks.append(TrackTick(name=title))
    for index, part in enumerate(score.parts):
        midi.tracks.append(_track(part, score.notes[score.notes["part"] == index], step))
    return _with_text(midi.dumps_midi(), statement) if statement else midi.dumps_midi()


def _with_text(midi: bytes, text: str) -> bytes:
    """The file with a text event before all others of its first track; symusic writes none."""
    data = text.encode()
    event = b"\x00\xff\x01" + _quantity(len(data)) + data
    start = midi.index(b"MTrk") + 8
    length = int.from_bytes(midi[start - 4 : start], "big") + len(event)
    return midi[: start - 4] + length.to_bytes(4, "big") + event + midi[start:]


def _quantity(number: int) -> bytes:
    """A variable-length quantity: seven bits a byte, all but the last with the eighth set."""
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _track(part: Part, notes: np.ndarray, step: int) -> TrackTick:
    track = TrackTick(name=part.name, program=part.program, is_drum=part.is_drum)
    for note in notes.tolist():
        onset, duration, pitch, velocity = note[:4]
        track.notes.append(NoteTick(onset // step, duration // step, pitch, velocity))
    return track
