"""Standard MIDI files, by way of symusic.

Conventions
-----------
A MIDI track (symusic: one per track and channel) is a part; tracks without notes are none. Channel 10 is
drums. Times are scaled to ``TICKS_PER_QUARTER`` and rounded. A time signature begins a bar, as a ``Meter``
does, so pickups survive. MIDI knows no spelling, no composer, and of modes only major and minor:
other modes are written as the major or minor key with the same signature. Each pattern of a file of
type 2 is a piece. A file whose times are film frames (SMPTE) has no quarters: a second is taken for one.

Where several notes of one pitch overlap in one part, MIDI cannot say which of them a note-off ends; the
first that began is taken. Damaged files are mended where notes can be saved (see ``chunks``).

References
----------
The Complete MIDI 1.0 Detailed Specification, Standard MIDI Files 1.0 (MIDI Association, 1996).
symusic: Liao & Luo, "symusic: A swift and unified toolkit for symbolic music processing", ISMIR 2024 LBD.
"""

from workbench.core.score import Score
from workbench.formats import file_format
from workbench.formats.midi.reader import read
from workbench.formats.midi.writer import DIVISION, encode

__all__ = ["DIVISION", "decode", "encode"]


def _recognises(data: bytes) -> bool:
    return data[:4] == b"MThd" or (data[:4] == b"RIFF" and data[8:12] == b"RMID")


def _encode(score: Score, title: str, composer: str, statement: str) -> bytes:
    return encode(score, title=title, statement=statement)


decode = file_format(
    "midi", title="MIDI", suffixes=(".mid", ".midi"), recognises=_recognises, encode=_encode,
    mime="audio/midi",
)(read)  # fmt: skip
