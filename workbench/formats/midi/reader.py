"""Reading MIDI: from bytes to scores, with a remark for all that was lost or guessed."""

import re

import numpy as np
from numpy.typing import NDArray
from symusic.core import ScoreTick

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.provenance import MARK, found_in
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
from workbench.formats.midi.chunks import (
    NEVER,
    Chunks,
    chunks_of,
    has_wrong_meta,
    laid_out,
    mended,
)
from workbench.formats.signatures import necessary

_TEXT = re.compile(rb"\xff[\x01\x02\x06]([\x80-\xff]{0,3}[\x00-\x7f])")
ENDLESS = 16  # notes of one pitch that never end, at most, for each track and channel
FILM_BPM = 60.0  # of a file in film frames, whose quarter is a second


def read(data: bytes) -> list[Reading]:
    """The piece in a MIDI file; of a file of type 2, each of its patterns.

    Raises ``UnreadableFile`` with the reason where no track can be read.
    """
    if data[:4] == b"RIFF":
        data = data[max(0, data.find(b"MThd")) :]
    if data[:4] != b"MThd":
        raise UnreadableFile(
            "it is not a MIDI file, whatever its name says; export it from your notation program again."
        )
    chunks = chunks_of(data)
    if chunks.kind == 2:
        return [_read_tracks(chunks, [track]) for track in chunks.tracks]
    return [_read_tracks(chunks, chunks.tracks)]


def _read_tracks(chunks: Chunks, tracks: list[bytes]) -> Reading:
    """The piece that these tracks make together."""
    remarks = list(chunks.remarks)
    if any(has_wrong_meta(track) for track in tracks):
        results = [mended(track) for track in tracks]
        if wrong := sum(count for _, count in results):
            tracks = [track for track, _ in results]
            remarks.append(f"{wrong} tempo, meter or key marks of a wrong length were left out.")
    midi = _parsed(chunks, tracks, remarks)
    scale = TICKS_PER_QUARTER / chunks.division
    sounding = [track for track in midi.tracks if len(track.notes)]
    meters, keys, tempos = _signatures(midi, scale, remarks)
    score = Score(
        _notes(sounding, scale, remarks),
        meters=necessary(meters),
        keys=tuple(keys),
        tempos=(Tempo(0, FILM_BPM),) if chunks.is_film else tuple(tempos),
        parts=tuple(_part(track) for track in sounding) or (Part(),),
    )
    return Reading(score, remarks=tuple(dict.fromkeys(remarks)), statement=_statement(tracks))


def _statement(tracks: list[bytes]) -> str:
    """The file's word that a model made it: a text, copyright or marker event that begins so."""
    for track in tracks:
        for event in _TEXT.finditer(track) if MARK.encode() in track else ():
            length = 0
            for byte in event[1]:
                length = length << 7 | byte & 0x7F
            text = track[event.end() : event.end() + length].decode("utf-8", "replace")
            if text.startswith(MARK):
                return found_in(text)
    return ""


def _parsed(chunks: Chunks, tracks: list[bytes], remarks: list[str]) -> ScoreTick:
    """What symusic reads; where it stumbles, each track until its first damaged event."""
    try:
        return _symusic(chunks, tracks)
    except (RuntimeError, ValueError):
        remarks.append("A track is cut off or damaged; the notes before the damage were kept.")
    try:
        return _symusic(chunks, [mended(track)[0] for track in tracks])
    except (RuntimeError, ValueError) as error:
        raise UnreadableFile("it is damaged; get a complete copy.") from error


def _symusic(chunks: Chunks, tracks: list[bytes]) -> ScoreTick:
    """Every note, those that never end too; where one is, there may be more of its pitch."""
    midi = ScoreTick.from_midi(laid_out(chunks, tracks), sanitize_data=True)  # or pitches crash it
    if any(track.end() >= NEVER for track in midi.tracks if len(track.notes)):
        midi = ScoreTick.from_midi(laid_out(chunks, tracks, rounds=ENDLESS), sanitize_data=True)
    return midi


def _signatures(
    midi: ScoreTick, scale: float, remarks: list[str]
) -> tuple[list[Meter], list[Key], list[Tempo]]:
    """Meters, keys and tempos, and remarks on those of the file that are none: real files hold such."""
    meters, keys, tempos = [], [], []
    for item in midi.time_signatures:
        try:
            meters.append(Meter(_tick(item.time * scale), item.numerator, item.denominator))
        except ValueError:
            remarks.append(f"A time signature {item.numerator}/{item.denominator} was left out.")
    for sign in midi.key_signatures:
        try:
            mode = "minor" if sign.tonality else "major"
            keys.append(Key(_tick(sign.time * scale), sign.key, mode))
        except ValueError:
            remarks.append(f"A key signature of {sign.key} sharps was left out.")
    for mark in midi.tempos:
        bpm = _tidy_bpm(mark.mspq) if mark.mspq > 0 else 0.0
        if 1 <= bpm <= 2000:
            tempos.append(Tempo(_tick(mark.time * scale), bpm))
        else:
            remarks.append(f"A tempo of {mark.mspq} microseconds a quarter was left out.")
    return meters, keys, tempos


def _tick(time: float) -> int:
    if not 0 <= time <= MAX_TICK:
        raise UnreadableFile("it lasts longer than can be counted; its times are damaged.")
    return round(time)


def _part(track) -> Part:
    name = track.name.replace("\x00", "").replace("\ufffd", "").strip()
    return Part(name=name, program=min(127, max(0, track.program)), is_drum=track.is_drum)


def _notes(tracks: list, scale: float, remarks: list[str]) -> NDArray[np.void]:
    """Notes of all tracks (N,) of dtype ``NOTE``; those of no length are dropped."""
    blocks = [np.zeros(0, dtype=NOTE)]
    endless = flat = 0
    for index, track in enumerate(tracks):
        columns = track.notes.numpy()
        time = columns["time"].astype(np.int64)
        stop = time + columns["duration"]
        if len(time) and stop.max() >= NEVER:
            endless += _end(time, stop, columns["pitch"])
        if len(time) and max(stop.max(), time.max()) * scale > MAX_TICK:
            raise UnreadableFile("it lasts longer than can be counted; its times are damaged.")
        onset = np.rint(time * scale).astype(np.int64)
        block = np.zeros(len(onset), dtype=NOTE)
        block["onset"] = onset
        block["duration"] = np.rint(stop * scale).astype(np.int64) - onset
        block["pitch"] = columns["pitch"]
        block["velocity"] = np.clip(columns["velocity"], 1, 127)
        block["part"], block["spelling"] = index, UNSPELLED
        lasting = (block["duration"] > 0) & (onset >= 0)
        flat += int((~lasting).sum())
        blocks.append(block[lasting])
    if endless:
        remarks.append(
            f"{endless} notes never end; each was ended by the next of its pitch, or by the track."
        )
    if flat:
        remarks.append(f"{flat} notes without length were left out.")
    return np.concatenate(blocks)


def _end(time: NDArray[np.int64], stop: NDArray[np.int64], pitch: NDArray) -> int:
    """End, in place, the notes that never end; how many there are.

    A note-off ends all that sound at its pitch in the mind of many a sequencer, and a new note
    silences the old: so the next onset or end of the same pitch is the end, else the track's.
    """
    endless = np.flatnonzero(stop >= NEVER)
    stop[endless] -= NEVER
    ended = np.ones(len(stop), dtype=bool)
    ended[endless] = False
    for index in endless.tolist():
        same = pitch == pitch[index]
        events = np.concatenate([time[same], stop[same & ended]])
        later = events[events > time[index]]
        if len(later):
            stop[index] = min(stop[index], later.min())
    return len(endless)


def _tidy_bpm(microseconds: int) -> float:
    """The shortest decimal number of quarters a minute that MIDI writes as these microseconds."""
    exact = 60e6 / max(1, microseconds)
    for digits in range(6):
        if (tidy := round(exact, digits)) and round(60e6 / tidy) == microseconds:
            return tidy
    return exact
