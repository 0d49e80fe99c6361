"""Integrated loudness in LUFS, measured while the samples pass by.

Our own few lines, because pyloudnorm wants all samples at once: two hours of stereo are 5 GB there, and
nothing here. The tests hold it to the reference tones of EBU Tech 3341.
Filters and gates are those of :mod:`workbench.core.loudness`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

from workbench.core.loudness import gated, k_weighting

_HOP_SECONDS, _HOPS = 0.1, 4  # blocks of 400 ms that overlap by three quarters


class LoudnessMeter:
    """Takes blocks of samples in order, then says how loud they were as a whole."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._sections = k_weighting(sample_rate)
        self._state = np.zeros((2, 2, channels))
        self._hop = max(1, round(_HOP_SECONDS * sample_rate))
        self._rest = np.zeros((0, channels))
        self._power: list[NDArray[np.float64]] = []  # per hop, channels added
        # The standard weighs surround channels by 1.41 and leaves the low-frequency channel out.
        self._weights = np.ones(channels)
        if channels == 6:
            self._weights = np.array([1.0, 1.0, 1.0, 0.0, 1.41, 1.41])

    def take(self, block: NDArray[np.float32]) -> None:
        """Samples (frames, channels) in -1..1."""
        weighted, self._state = sosfilt(
            self._sections, block.astype(np.float64), axis=0, zi=self._state
        )
        self._rest = np.concatenate([self._rest, weighted])
        count = len(self._rest) // self._hop
        whole = self._rest[: count * self._hop].reshape(count, self._hop, len(self._weights))
        self._power.append(np.einsum("hfc,hfc,c->h", whole, whole, self._weights) / self._hop)
        self._rest = self._rest[count * self._hop :]

    def integrated(self) -> float:
        """LUFS of all that came, ``-inf`` where it is silence. What is shorter than a block is one block."""
        hops = np.concatenate([*self._power, np.zeros(0)])
        if len(hops) >= _HOPS:
            power = np.convolve(hops, np.full(_HOPS, 1 / _HOPS), mode="valid")
        else:
            rest = (self._rest**2).mean(axis=0, keepdims=True) @ self._weights
            power = np.array([np.concatenate([hops, rest if len(self._rest) else hops]).mean()])
        return gated(power)
