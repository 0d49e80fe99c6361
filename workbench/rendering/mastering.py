"""Loudness: every sound file is as loud as the next, and its peaks stay below full scale.

The aim is that of podcasts and of music on telephones. What would rise above the ceiling is turned down for some hundredths
of a second by a limiter that sees it coming; it never clips.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.loudness import gated, k_weighting

LOUDNESS = -16.0  # LUFS
TOLERANCE = 0.5  # LUFS
CEILING = 10 ** (-1.5 / 20)  # lossy encoders overshoot a little
_LIMIT_SECONDS = 0.03
_ROUNDS = 8


def mastered(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The samples (channels, samples) at ``LOUDNESS``, none above ``CEILING``."""
    gain = LOUDNESS - loudness(samples, rate)  # in dB
    if not np.isfinite(gain):
        return samples  # silence
    for _ in range(_ROUNDS):
        louder = samples * np.float32(10 ** (gain / 20))
        if np.abs(louder).max(initial=0) <= CEILING:
            return louder
        louder = _limited(louder, rate)
        short = LOUDNESS - loudness(louder, rate)
        if abs(short) <= TOLERANCE:
            break
        gain += short
    return louder


def loudness(samples: NDArray[np.float32], rate: int) -> float:
    """The integrated loudness in LUFS of sound (channels, samples) that is in memory.

    Weighted in the spectra of tenths of a second: a few hundredths of a LU from the filters themselves, and the process that
    shows pages need not load scipy's for it.
    """
    hop = rate // 10
    count = max(4, -(-samples.shape[1] // hop))
    padded = np.zeros((len(samples), count * hop), np.float32)
    padded[:, : samples.shape[1]] = samples
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(hop))
    response = np.ones(len(turn))
    for section in k_weighting(rate):
        over, under = (np.polyval(part[::-1], turn) for part in (section[:3], section[3:]))
        response *= np.abs(over / under) ** 2
    hops = np.zeros(count)
    for channel in padded:
        spectra = np.fft.rfft(channel.reshape(count, hop), axis=1)
        hops += 2 * (np.abs(spectra) ** 2 @ response) / hop**2
    return gated(np.convolve(hops, np.full(4, 0.25), mode="valid"))


def _limited(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """The samples, turned down around every peak above the ceiling, in all channels alike."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d  # seldom needed, and heavy

    window = round(_LIMIT_SECONDS * rate) | 1
    level = np.abs(samples).max(axis=0)
    wanted = np.minimum(1.0, CEILING / np.maximum(level, CEILING))
    gain = uniform_filter1d(minimum_filter1d(wanted, window), window)
    return samples * gain.astype(np.float32)
