"""Sound files: WAV, FLAC, MP3 and OGG by way of libsndfile, M4A and AAC by way of ffmpeg where it is there.

Conventions
-----------
A sound file is a ``Recording``, not a ``Score``: what it says of itself, and two thumbnails. Samples are
decoded block by block and never all kept, so an hour takes no more memory than a minute does,
but for its spectral frames (40 MB an hour). librosa weighs seconds and 150 MB: it is
imported when the first recording is measured, which happens in the bounded reader's child.
"""

from pathlib import Path

from workbench.core.errors import UnreadableFile
from workbench.core.recording import Recording

SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac")
MAX_BYTES = 200_000_000
MAX_SECONDS = 2 * 3600


def suffix_by(data: bytes) -> str:
    """The suffix of a sound file by its first bytes, whatever its name says; empty where they are no sound file's."""
    if data[:4] in (b"RIFF", b"RF64"):
        return ".wav" if data[8:12] == b"WAVE" else ""
    if data[4:8] == b"ftyp":
        return ".m4a" if data[8:11] in (b"M4A", b"M4B", b"mp4", b"iso", b"M4V") else ""
    if data[:3] == b"ID3":
        return ".mp3"
    return {b"fLaC": ".flac", b"OggS": ".ogg"}.get(data[:4], "")


MAX_SUNG_BYTES = 30_000_000


def decode_sung(data: bytes, name: str) -> list[tuple[float, float, int]]:
    """What one voice sings in the bytes of a sound file: on and off in seconds, and a MIDI number.

    Raises
    ------
    UnreadableFile
        The file is empty, too large, too long, damaged, of a kind this machine cannot decode, or nobody sings in it.
    """
    from workbench.formats.audio.decoding import samples_of
    from workbench.formats.audio.singing import sung_notes

    if not data:
        raise UnreadableFile(f"{name} is empty; choose a file with sound in it.")
    if len(data) > MAX_SUNG_BYTES:
        raise UnreadableFile(
            f"{name} has {len(data) / 1e6:.0f} MB, more than the {MAX_SUNG_BYTES / 1e6:.0f} MB that are listened to; "
            "cut it, or save it as MP3 or OGG."
        )
    try:
        with samples_of(data, Path(name).suffix.lower()) as samples:
            return sung_notes(samples)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name} cannot be heard as a melody: {error}") from error


def decode_recording(data: bytes, name: str) -> Recording:
    """The recording in the bytes of a sound file; ``name`` is the file's, for its suffix and messages.

    Raises
    ------
    UnreadableFile
        The file is empty, too large, too long, damaged, or of a kind this machine cannot decode.
    """
    from workbench.formats.audio.decoding import samples_of
    from workbench.formats.audio.measuring import measure

    if not data:
        raise UnreadableFile(f"{name} is empty; choose a file with sound in it.")
    if len(data) > MAX_BYTES:
        raise UnreadableFile(
            f"{name} has {len(data) / 1e6:.0f} MB, more than the {MAX_BYTES / 1e6:.0f} MB the "
            "workbench takes of a recording; cut it, or save it as MP3 or OGG."
        )
    try:
        with samples_of(data, Path(name).suffix.lower()) as samples:
            return measure(samples, MAX_SECONDS)
    except UnreadableFile as error:
        raise UnreadableFile(f"{name} cannot be read as a recording: {error}") from error
