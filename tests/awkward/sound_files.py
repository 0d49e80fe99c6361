"""Sound files: every kind, silence, cut off, disguised, with a header that promises too much."""

import io
from collections.abc import Iterator

import numpy as np
import soundfile

from awkward.file import AwkwardFile

RATE = 16000
KINDS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}


def tone(seconds: float = 1.0, channels: int = 1, level: float = 0.5) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave] * channels, axis=1)


def sound(samples: np.ndarray, kind: str = "WAV", subtype: str | None = None) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, samples, RATE, format=kind, subtype=subtype)
    return stream.getvalue()


def build() -> Iterator[AwkwardFile]:
    for suffix, kind in KINDS.items():
        data = sound(tone(), kind)
        yield AwkwardFile(f"sound/good{suffix}", data, "recording")
        yield AwkwardFile(f"sound/stereo{suffix}", sound(tone(channels=2), kind), "recording")
        yield AwkwardFile(f"sound/header-only{suffix}", data[:20], "refused", "damaged")
    wav, flac = sound(tone()), sound(tone(), "FLAC")
    yield AwkwardFile("sound/disguised.mid", flac, "recording")
    yield AwkwardFile("sound/no-suffix", wav, "recording")
    yield AwkwardFile("sound/silence.wav", sound(tone(level=0.0)), "recording")
    yield AwkwardFile("sound/one-sample.wav", sound(tone(1 / RATE)), "recording")
    yield AwkwardFile("sound/float.wav", sound(tone(level=3.0), subtype="FLOAT"), "recording")
    yield AwkwardFile(
        "sound/not-a-number.wav", sound(tone() * np.nan, subtype="FLOAT"), "recording"
    )
    yield AwkwardFile("sound/8-bit.wav", sound(tone(), subtype="PCM_U8"), "recording")
    yield AwkwardFile("sound/cut.wav", wav[: len(wav) // 2], "recording")
    yield AwkwardFile("sound/no-samples.wav", sound(tone(0.0)), "refused", "not a single sample")
    yield AwkwardFile("sound/empty.wav", b"", "refused", "empty")
    yield AwkwardFile("sound/text.wav", b"just some words", "refused", "damaged")
    yield AwkwardFile("sound/zeros.mp3", bytes(4000), "refused", "damaged")
    yield AwkwardFile("sound/rate-0.wav", wav[:24] + bytes(4) + wav[28:], "refused")
    yield AwkwardFile("sound/channels-0.wav", wav[:22] + bytes(2) + wav[24:], "refused", "damaged")
    promises = wav[:40] + b"\xff\xff\xff\x7f" + wav[44:]
    yield AwkwardFile("sound/promises-hours.wav", promises, "recording")
