"""Loudness in LUFS: the weighting of the ear and the gates, for whoever measures sound.

References
----------
ITU-R BS.1770-4, "Algorithms to measure audio programme loudness and true-peak audio level", 2015: K-weighting
(annex 1, tables 1 and 2) and gating. Its filters are given for 48 kHz; the analogue
parameters behind them, for any rate, are from De Man, "Evaluation of implementations of the EBU R128 loudness
measurement", AES 145, 2018.
"""

import numpy as np
from numpy.typing import NDArray

GATE_LUFS = -70.0
RELATIVE_GATE = -10.0  # below the loudness of what passes the first gate
_OFFSET = -0.691  # makes a 997 Hz sine at full scale in one channel -3.01 LUFS


def gated(power: NDArray[np.float64]) -> float:
    """LUFS of blocks of 400 ms that overlap by three quarters: (blocks,) their weighted mean squares, channels added.

    ``-inf`` where all is silence.
    """
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
