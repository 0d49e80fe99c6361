"""Voices that sing a given melody: gliding from note to note, trembling, and out of tune as a whole."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile

RATE = 16000


def sung(
    notes: Sequence[tuple[float, float, int]], *, noise: float = 0.0, tremble: float = 0.25, detuned: float = 0.3
) -> np.ndarray:  # fmt: skip
    """(N,) samples of notes that are on and off at so many seconds; ``tremble`` and ``detuned`` in semitones."""
    length = int((notes[-1][1] + 0.3) * RATE)
    pitch, loudness = np.full(length, 69.0), np.zeros(length)
    before = notes[0][2]
    for on, off, note in notes:
        begin, end = int(on * RATE), int(off * RATE)
        time = np.arange(end - begin) / RATE
        vibrato = tremble * np.sin(2 * np.pi * 5.5 * time) * np.minimum(time / 0.2, 1)
        pitch[begin:end] = note + detuned + vibrato + (before - note) * np.exp(-time / 0.017)
        loudness[begin:end] = np.minimum(time / 0.03, 1) * np.clip((time[-1] - time) / 0.03, 0, 1)
        before = note
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE
    voice = sum(np.sin(number * phase) / number**1.5 for number in range(1, 8))
    hiss = np.random.default_rng(0).standard_normal(length)
    return (0.2 * voice * loudness + noise * hiss).astype(np.float32)


def wav(samples: np.ndarray) -> bytes:
    """A sound file of the samples."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV")
    return file.getvalue()


def sung_file(pitches: Sequence[int], seconds: float, silence: float = 0.0) -> bytes:
    """A sound file of notes of one length, after so many seconds of silence."""
    notes = [
        (silence + number * seconds, silence + (number + 1) * seconds, pitch)
        for number, pitch in enumerate(pitches)
    ]
    return wav(sung(notes))
