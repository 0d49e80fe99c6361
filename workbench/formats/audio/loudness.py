"""Integrated loudness in LUFS, measured while the samples pass by.

Our own few lines, because pyloudnorm wants all samples at once: two hours of stereo are 5 GB there, and
nothing here. The tests hold it to the reference tones of EBU Tech 3341.

References
----------
ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level", 2015: K-weighting
(annex 1, tables 1 and 2) and gating. Its filters are given for 48 kHz; the analogue
parameters behind them, for any rate, are from De Man, "Evaluation of implementations of the EBU R128 loudness
measurement", AES 145, 2018.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

GATE_LUFS = -70.0
RELATIVE_GATE = -10.0  # below the loudness of what passes the first gate
_OFFSET = -0.691  # makes a 997 Hz sine at full scale in one channel -3.01 LUFS
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
        power = power[_lufs(power) > GATE_LUFS]
        if not len(power):
            return float("-inf")
        return float(_lufs(power[_lufs(power) > _lufs(power.mean()) + RELATIVE_GATE].mean()))


def k_weighting(sample_rate: int) -> NDArray[np.float64]:
    """The two filters of the standard as second-order sections (2, 6): the head's, then the high-pass."""
    high, quality, gain = 1681.974450955533, 0.7071752369554196, 3.999843853973347
    tangent = np.tan(np.pi * min(high, 0.49 * sample_rate) / sample_rate)
    top = 10 ** (gain / 20)
    middle = top**0.4996667741545416
    head = [
        top + middle * tangent / quality + tangent**2,
        2 * (tangent**2 - top),
        top - middle * tangent / quality + tangent**2,
    ]
    shelf = np.array([*head, *_poles(tangent, quality)]) / _poles(tangent, quality)[0]
    low, quality = 38.13547087602444, 0.5003270373238773
    poles = np.array(_poles(np.tan(np.pi * low / sample_rate), quality))
    return np.array([shelf, [1.0, -2.0, 1.0, *(poles / poles[0])]])


def _poles(tangent: float, quality: float) -> list[float]:
    return [
        1 + tangent / quality + tangent**2,
        2 * (tangent**2 - 1),
        1 - tangent / quality + tangent**2,
    ]


def _lufs(power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return _OFFSET + 10 * np.log10(np.maximum(power, 1e-30))
