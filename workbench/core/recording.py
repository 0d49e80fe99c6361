"""Recordings: what is known of a sound file, small enough to store and to draw.

Conventions
-----------
The samples themselves stay in the file. ``peaks`` is a waveform thumbnail, the lowest and the highest sample
of each of N equal stretches, in -1..1. ``mel`` is a thumbnail of the mel spectrogram, lowest band first:
0 is ``MEL_RANGE`` dB below the loudest place and 255 the loudest place itself.

:func:`pack_recording` writes a JSON header line, then both thumbnails as raw little-endian numbers, all of it
zlib-compressed. No pickle: :func:`unpack_recording` builds nothing but numbers.
"""

import json
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import UnreadableFile

MEL_RANGE = 80.0
"""Decibels between 0 and 255 of a mel thumbnail."""
_MAX_BYTES = 16 * 2**20  # of one unpacked recording


@dataclass(frozen=True, eq=False)
class Recording:
    """A sound file as numbers. Equal where every number is; the arrays cannot be written to.

    ``loudness`` is the integrated loudness in LUFS (ITU-R BS.1770), ``-inf`` for silence. ``tempo`` is an
    estimate in beats a minute, None where nothing beats. ``fingerprint`` is 64 hex digits over the
    decoded samples, so a WAV and the FLAC made of it share it.
    """

    seconds: float
    sample_rate: int
    channels: int
    loudness: float
    tempo: float | None
    fingerprint: str
    peaks: NDArray[np.float32]
    mel: NDArray[np.uint8]

    def __post_init__(self) -> None:
        peaks = np.array(self.peaks, dtype="<f4")
        mel = np.array(self.mel, dtype=np.uint8)
        if peaks.ndim != 2 or peaks.shape[1] != 2 or mel.ndim != 2:
            raise ValueError(f"thumbnails of shapes {peaks.shape} and {mel.shape} are none")
        if not (self.seconds >= 0 and self.sample_rate > 0 and self.channels > 0):
            raise ValueError("a recording has a length, a sample rate and a channel")
        if len(self.fingerprint) != 64 or set(self.fingerprint) - set("0123456789abcdef"):
            raise ValueError(f"{self.fingerprint!r} is no fingerprint")
        peaks.flags.writeable = mel.flags.writeable = False
        object.__setattr__(self, "peaks", peaks)
        object.__setattr__(self, "mel", mel)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recording):
            return NotImplemented
        same = _numbers(self) == _numbers(other)
        return (
            same and np.array_equal(self.peaks, other.peaks) and np.array_equal(self.mel, other.mel)
        )

    def __hash__(self) -> int:
        return hash(self.fingerprint)


def _numbers(recording: Recording) -> dict[str, float | int | str | None]:
    """All of a recording but its arrays, fit for JSON; loudness is None for silence."""
    return {
        "seconds": recording.seconds,
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "loudness": recording.loudness if np.isfinite(recording.loudness) else None,
        "tempo": recording.tempo,
        "fingerprint": recording.fingerprint,
    }


def pack_recording(recording: Recording) -> bytes:
    """The bytes of a recording; equal recordings give equal bytes."""
    shapes = {"peaks": recording.peaks.shape, "mel": recording.mel.shape}
    line = json.dumps(_numbers(recording) | shapes, separators=(",", ":")).encode() + b"\n"
    return zlib.compress(line + recording.peaks.tobytes() + recording.mel.tobytes(), 6)


def unpack_recording(data: bytes) -> Recording:
    """The recording that ``pack_recording`` wrote; ``UnreadableFile`` where the bytes are no such thing."""
    try:
        stream = zlib.decompressobj()
        raw = stream.decompress(data, _MAX_BYTES)
        if stream.unconsumed_tail or not stream.eof:
            raise ValueError("too large or cut off")
        line, _, numbers = raw.partition(b"\n")
        header = json.loads(line)
        rows, bands, frames = int(header["peaks"][0]), *map(int, header["mel"])
        if min(rows, bands, frames) < 0 or len(numbers) != 8 * rows + bands * frames:
            raise ValueError("its thumbnails have other sizes")
        loudness, tempo = header["loudness"], header["tempo"]
        return Recording(
            seconds=float(header["seconds"]),
            sample_rate=int(header["sample_rate"]),
            channels=int(header["channels"]),
            loudness=float("-inf") if loudness is None else float(loudness),
            tempo=None if tempo is None else float(tempo),
            fingerprint=str(header["fingerprint"]),
            peaks=np.frombuffer(numbers, dtype="<f4", count=2 * rows).reshape(rows, 2),
            mel=np.frombuffer(numbers, dtype=np.uint8, offset=8 * rows).reshape(bands, frames),
        )
    except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
        raise UnreadableFile(
            f"A stored recording is damaged ({error}); import its file again."
        ) from error
