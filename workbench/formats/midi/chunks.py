"""The chunks of a MIDI file, mended so that symusic can read them.

symusic trusts what a file says of itself: it reads beyond a chunk that is cut off, reads meta events of any
length as if they had the right one, drops notes that never end, and refuses a file for one damaged
event. So every file is laid out anew here. Only tracks that are damaged are walked event by event.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.core.errors import UnreadableFile

NEVER = 2**27
"""Ticks added to the end of a track for the note-offs of notes that never end: nobody else is so late."""

_HEADER = b"MThd\x00\x00\x00\x06"
_META_LENGTHS = {0x51: 3, 0x58: 4, 0x59: 2}  # tempo, time signature, key signature
_WRONG_META = re.compile(rb"\xff(?:\x51[^\x03]|\x58[^\x04]|\x59[^\x02])", re.DOTALL)
_END_OF_TRACK = b"\xff\x2f\x00"
_EMPTY_TEXT = b"\xff\x01\x00"
_LATER = b"\xc0\x80\x80\x00"  # ``NEVER`` as a variable-length quantity
_ALL_OFF = [
    bytes([0x80 | channel, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128))
    for channel in range(16)
]


@dataclass(frozen=True)
class Chunks:
    """What a MIDI file says of itself, and the bodies of its tracks."""

    kind: int
    """0, 1 or 2."""
    division: int
    """Ticks to the quarter, or to the second where ``is_film``."""
    is_film: bool
    tracks: list[bytes]
    remarks: list[str]


def chunks_of(data: bytes) -> Chunks:
    """The chunks of a file that begins with ``MThd``; ``UnreadableFile`` where there is no track."""
    if len(data) < 14:
        raise UnreadableFile("it is cut off in its header; get a complete copy.")
    division = int.from_bytes(data[12:14], "big")
    is_film = bool(division & 0x8000)
    if is_film:  # frames a second, negative, and ticks a frame
        division = (256 - (division >> 8)) * (division & 0xFF)
    if not 0 < division < 0x8000:
        raise UnreadableFile("its header says zero ticks per quarter note; export it again.")
    remarks: list[str] = []
    if is_film:
        remarks.append("Its times are film frames (SMPTE); a second was taken for a quarter.")
    tracks = list(_tracks(data, 8 + int.from_bytes(data[4:8], "big"), remarks))
    if not tracks:
        raise UnreadableFile("it holds no track; get a complete copy.")
    return Chunks(int.from_bytes(data[8:10], "big"), division, is_film, tracks, remarks)


def _tracks(data: bytes, position: int, remarks: list[str]) -> Iterator[bytes]:
    """Bodies of the track chunks; other chunks are skipped, and damage up to the next track."""
    while position + 8 <= len(data):
        start, end = (
            position + 8,
            position + 8 + int.from_bytes(data[position + 4 : position + 8], "big"),
        )
        name = data[position : position + 4]
        follows = data[end : end + 4]
        if end > len(data) or (len(follows) == 4 and not follows.isalnum()):
            found = data.find(b"MTrk", start)
            end = len(data) if found < 0 else found
            if name == b"MTrk":
                remarks.append(
                    "A track is cut off or damaged; the notes before the damage were kept."
                )
                yield mended(data[start:end])[0]
        elif name == b"MTrk":
            yield data[start:end]
        position = end


def laid_out(chunks: Chunks, tracks: list[bytes], *, rounds: int = 1) -> bytes:
    """A file of type 1 with these tracks, in which so many notes of one pitch end that never do: see ``NEVER``."""
    header = b"\x00\x01" + len(tracks).to_bytes(2, "big") + chunks.division.to_bytes(2, "big")
    parts = [_HEADER, header]
    for track in tracks:
        body = _all_ended(track, rounds)
        parts += [b"MTrk", len(body).to_bytes(4, "big"), body]
    return b"".join(parts)


def _all_ended(track: bytes, rounds: int) -> bytes:
    """The track with note-offs for every pitch of every channel that may have notes, long after its end."""
    if track.endswith(_END_OF_TRACK):
        track = track[: -len(_END_OF_TRACK)] + _EMPTY_TEXT  # the time before it is the track's own
    offs = [b"\x00" + _ALL_OFF[c] for c in range(16) if bytes([0x90 | c]) in track] * rounds
    return b"".join([track, _LATER, _EMPTY_TEXT, *offs, b"\x00", _END_OF_TRACK])


def has_wrong_meta(track: bytes) -> bool:
    """Whether a meta event may have a wrong length. Also true by chance, where the bytes are something else."""
    return bool(_WRONG_META.search(track))


def mended(track: bytes) -> tuple[bytes, int]:
    """The events of a track until the first damaged one, and how many meta events of a wrong length there were.

    Those become empty texts, so that time goes on. Running status is written out.
    """
    out = bytearray()
    position = status = wrong = 0
    while True:
        body = _variable(track, position)
        if body is None or body[1] >= len(track):
            break
        delta, start = track[position : body[1]], body[1]
        if track[start] >= 0x80:
            status, start = track[start], start + 1
        end = _event_end(track, status, start)
        if end is None or end > len(track):
            break
        event = bytes([status]) + track[start:end]
        if event.startswith(_END_OF_TRACK):
            break
        if status == 0xFF and _META_LENGTHS.get(track[start], track[start + 1]) != track[start + 1]:
            event, wrong = _EMPTY_TEXT, wrong + 1
        out += delta + event
        position = end
    return bytes(out), wrong


def _event_end(track: bytes, status: int, start: int) -> int | None:
    """Where the event ends whose data begin at ``start``; None where its status is none."""
    if 0x80 <= status < 0xF0:
        return start + (1 if status >> 4 in (0xC, 0xD) else 2)
    if status in (0xF0, 0xF7, 0xFF):
        length = _variable(track, start + (status == 0xFF))
        return None if length is None else length[1] + length[0]
    return None


def _variable(track: bytes, position: int) -> tuple[int, int] | None:
    """A variable-length quantity and where it ends; None where it is cut off or longer than four bytes."""
    value = 0
    for index in range(position, min(position + 4, len(track))):
        value = value << 7 | track[index] & 0x7F
        if track[index] < 0x80:
            return value, index + 1
    return None
