"""The mel spectrogram of sound in memory, by NumPy alone: librosa would take the web process 100 MB.

Frequencies are spaced as the ear hears them, ``m = 2595 log10(1 + f / 700)`` (O'Shaughnessy, *Speech Communication*, 1987).
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.recording import MEL_RANGE

BANDS, FRAMES = 64, 500
_WINDOW = 4096  # samples; 93 ms at 44.1 kHz
_LOWEST, _HIGHEST = 40.0, 11_000.0  # Hz


def mel_thumbnail(samples: NDArray[np.float32], rate: int) -> NDArray[np.uint8]:
    """(bands, frames) of samples (channels, samples): 255 is the loudest place, 0 is ``MEL_RANGE`` dB below it, low bands first."""
    mono = samples.mean(axis=0)
    mono = np.pad(mono, (_WINDOW // 2, _WINDOW // 2 + max(0, _WINDOW - len(mono))))
    count = min(FRAMES, max(1, (len(mono) - _WINDOW) // (_WINDOW // 4)))
    starts = np.linspace(0, len(mono) - _WINDOW, count).astype(np.int64)
    window = np.hanning(_WINDOW).astype(np.float32)
    bank = _bank(rate)
    columns = [
        bank @ (np.abs(np.fft.rfft(mono[start : start + _WINDOW] * window)) ** 2)
        for start in starts
    ]
    power = np.stack(columns, axis=1)
    decibels = 10 * np.log10(np.maximum(power / max(float(power.max()), 1e-20), 1e-12))
    return np.rint(np.clip(1 + decibels / MEL_RANGE, 0, 1) * 255).astype(np.uint8)


def _bank(rate: int) -> NDArray[np.float32]:
    """(bands, bins) triangles over the bins of the spectrum; each weighs the same in all."""
    edges = _hertz(np.linspace(_mel(_LOWEST), _mel(min(_HIGHEST, rate / 2)), BANDS + 2))
    bins = np.fft.rfftfreq(_WINDOW, 1 / rate)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
    bank = np.maximum(0, np.minimum(rise, fall))
    narrow = bank.sum(axis=1) == 0  # a band between two bins hears the nearest
    nearest = np.abs(bins[None, :] - centre).argmin(axis=1)
    bank[narrow, nearest[narrow]] = 1
    return (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)


def _mel(hertz: float) -> float:
    return 2595 * float(np.log10(1 + hertz / 700))


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return 700 * (10 ** (mels / 2595) - 1)
