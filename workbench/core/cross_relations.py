"""Cross relations: one step of the scale altered two ways by two voices, F in one and F sharp in the other.

Both sound together, or one voice begins what contradicts the other's note just before. A voice that alters its own note, F to
F sharp, stands in none. Which step a pitch alters follows from the key: it is spelled as there, and in minor, phrygian and locrian one fifth
towards the sharps, for the leading tone of the dominant (D sharp in A minor) is commoner there than E flat.
T is the steps of a grid; pitches may be counted from anywhere, as long as the table of steps is.

References
----------
Aldwell & Schachter, *Harmony and Voice Leading*, 2018, ch. 6 ("false relation" in Britain).
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.parallel_motion import SILENT
from workbench.core.score import Key, spell

_MINOR = ("minor", "phrygian", "locrian")


def altered_steps(key: Key, lowest: int = 0) -> NDArray[np.int64]:
    """(12,) which step of the scale each pitch alters that lies so many semitones above ``lowest``, octaves apart."""
    fifths = key.fifths + (key.mode in _MINOR)
    return np.array([(spell(lowest + above, fifths) + 1) % 7 for above in range(12)])


def contradict(
    one: NDArray[np.integer], other: NDArray[np.integer] | int, steps: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(…) whether two pitches alter one step two ways; ``SILENT`` contradicts nothing."""
    both = (one != SILENT) & (other != SILENT)
    result: NDArray[np.bool_] = both & (steps[one % 12] == steps[other % 12])
    return result & ((one - other) % 12 != 0)


def contradictions(steps: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """(12, count) which of the pitches 0, 1, … each pitch class contradicts."""
    return np.array([contradict(np.arange(count), each, steps) for each in range(12)])


def are_cross(
    one: NDArray[np.int64], other: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(T - 1, …) whether two voices (T, …), as they sound, come into a cross relation from each step to the next. Before the first chord stands ``SILENT``."""
    moves = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    together = moves & contradict(one[1:], other[1:], steps)
    return together | follows(one, other, steps) | follows(other, one, steps)


def follows(
    one: NDArray[np.int64], other: NDArray[np.int64], steps: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(T - 1, …) whether a voice begins what contradicts the other's note before, and not its own."""
    begins = (one[1:] != one[:-1]) & contradict(one[1:], other[:-1], steps)
    return begins & ~contradict(one[1:], one[:-1], steps)
