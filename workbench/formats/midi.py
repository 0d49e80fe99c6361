"""Standard MIDI files, by way of symusic.

Conventions
-----------
A MIDI track (symusic: one per track and channel) is a part; tracks without notes are none. Times are
scaled to ``TICKS_PER_QUARTER`` and rounded. A time signature begins a bar, as a ``Meter`` does, so
pickups survive. MIDI knows no spelling, no composer, and of modes only major and minor: other modes
are written as the major or minor key with the same signature.

Where several notes of one pitch overlap in one part, MIDI cannot say which of them a note-off ends.

References
----------
The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0 (MIDI Association, 1996).
symusic: Liao & Luo, "symusic: A swift and unified toolkit for symbolic music processing", ISMIR 2024 LBD.
"""

import numpy as np
from symusic.core import (
    KeySignatureTick,
    NoteTick,
    ScoreTick,
    TempoTick,
    TimeSignatureTick,
    TrackTick,
)

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.score import (
    MAX_TICK,
    NOTE,
    TICKS_PER_QUARTER,
    UNSPELLED,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
)
from workbench.formats import file_format
from workbench.formats.meters import necessary

DIVISION = 480
"""Ticks a quarter in a written file, where every time of the score is a multiple of it."""


def _recognises(data: bytes) -> bool:
    return data[:4] == b"MThd" or (data[:4] == b"RIFF" and data[8:12] == b"RMID")


def _encode(score: Score, title: str, composer: str) -> bytes:
    return encode(score, title=title)


@file_format(
    "midi", title="MIDI", suffixes=(".mid", ".midi"), recognises=_recognises, encode=_encode
)
def decode(data: bytes) -> list[Reading]:
    """The one piece in a MIDI file.

    Raises ``UnreadableFile`` with the reason where the bytes are damaged, in SMPTE time, or no MIDI.
    """
    if data[:4] == b"RIFF":
        data = data[data.find(b"MThd") :]
    _check_header(data)
    try:
        midi = ScoreTick.from_midi(data, sanitize_data=True)  # a pitch over 127 crashes it
    except (RuntimeError, ValueError) as error:
        raise UnreadableFile(
            "it is damaged or cut off before its end; get a complete copy."
        ) from error
    scale = TICKS_PER_QUARTER / midi.ticks_per_quarter
    if midi.end() * scale > MAX_TICK:
        raise UnreadableFile("it lasts longer than can be counted; its times are damaged.")
    tracks = [track for track in midi.tracks if len(track.notes)]
    meters, keys, remarks = _signatures(midi, scale)
    tempos = [
        Tempo(round(item.time * scale), min(2000.0, max(1.0, _tidy_bpm(item.mspq))))
        for item in midi.tempos
    ]
    score = Score(
        _notes(tracks, scale),
        meters=necessary(meters),
        keys=tuple(keys),
        tempos=tuple(tempos),
        parts=tuple(_part(track) for track in tracks) or (Part(),),
    )
    return [Reading(score, remarks=tuple(remarks))]


def _signatures(midi: ScoreTick, scale: float) -> tuple[list[Meter], list[Key], list[str]]:
    """Meters, keys, and remarks on those of the file that are none: real files hold such."""
    meters, keys, remarks = [], [], []
    for item in midi.time_signatures:
        try:
            meters.append(Meter(round(item.time * scale), item.numerator, item.denominator))
        except ValueError:
            remarks.append(f"A time signature {item.numerator}/{item.denominator} was left out.")
    for sign in midi.key_signatures:
        try:
            mode = "minor" if sign.tonality else "major"
            keys.append(Key(round(sign.time * scale), sign.key, mode))
        except ValueError:
            remarks.append(f"A key signature of {sign.key} sharps was left out.")
    return meters, keys, remarks


def _check_header(data: bytes) -> None:
    if data[:4] != b"MThd":
        raise UnreadableFile(
            "it is not a MIDI file, whatever its name says; export it from your notation program again."
        )
    if len(data) < 14:
        raise UnreadableFile("it is cut off in its header; get a complete copy.")
    division = int.from_bytes(data[12:14], "big")
    if division & 0x8000:
        raise UnreadableFile(
            "its times are film frames (SMPTE), not notes; export it with ticks per quarter note."
        )
    if division == 0:
        raise UnreadableFile("its header says zero ticks per quarter note; export it again.")
    _check_chunks(data)


def _check_chunks(data: bytes) -> None:
    """Every chunk must lie within the file: symusic reads, and writes, beyond the end of one that does not."""
    position = 0
    while position + 8 <= len(data):
        position += 8 + int.from_bytes(data[position + 4 : position + 8], "big")
    if position > len(data):
        raise UnreadableFile("it is cut off before its end; get a complete copy.")


def _part(track) -> Part:
    name = track.name.replace("\x00", "").replace("\ufffd", "").strip()
    return Part(name=name, program=min(127, max(0, track.program)), is_drum=track.is_drum)


def _notes(tracks: list, scale: float) -> np.ndarray:
    """Notes of all tracks (N,) of dtype ``NOTE``; those of no length are dropped."""
    blocks = [np.zeros(0, dtype=NOTE)]
    for index, track in enumerate(tracks):
        columns = track.notes.numpy()
        onset = np.rint(columns["time"] * scale).astype(np.int64)
        end = np.rint((columns["time"].astype(np.int64) + columns["duration"]) * scale)
        block = np.zeros(len(onset), dtype=NOTE)
        block["onset"], block["duration"] = onset, end.astype(np.int64) - onset
        block["pitch"] = columns["pitch"]
        block["velocity"] = np.clip(columns["velocity"], 1, 127)
        block["part"], block["spelling"] = index, UNSPELLED
        blocks.append(block[(block["duration"] > 0) & (onset >= 0)])
    return np.concatenate(blocks)


def _tidy_bpm(microseconds: int) -> float:
    """The shortest decimal number of quarters a minute that MIDI writes as these microseconds."""
    exact = 60e6 / max(1, microseconds)
    for digits in range(6):
        if (tidy := round(exact, digits)) and round(60e6 / tidy) == microseconds:
            return tidy
    return exact


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
