"""Reading only as much of a piece as its holes hang on.

A convolutional network says of a cell what it says because of the steps around it, as far as it reaches. Where few cells are hidden, it need not read the others' neighbourhoods:
the holes are read in windows, each with what stands within reach to either side. Windows that touch are one. The logits of hidden cells are
those of the whole piece.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import Filler


class Windows:
    """A ``core.frames.Filler`` that has another read windows alone. The logits of cells that are not hidden are zero outside of these, and nothing to go by within.

    ``hidden`` is the state of a hidden cell, ``reach`` how many steps away something still changes a cell's logits.
    """

    def __init__(self, filler: Filler, hidden: int, reach: int) -> None:
        self._filler, self._hidden, self._reach = filler, hidden, reach

    def logits(self, states: NDArray[np.int32], context: NDArray[np.int32]) -> NDArray[np.floating]:
        """As ``Filler.logits``, for hidden cells."""
        holes = (states == self._hidden).any(axis=(0, 2))
        found = [
            (window, self._filler.logits(states[:, window], context[:, window]))
            for window in windows(holes, self._reach)
        ]
        if not found:
            return self._filler.logits(states, context)
        _, some = found[0]
        logits = np.zeros((*states.shape, some.shape[-1]), some.dtype)
        for window, read in found:
            logits[:, window] = read
        return logits


def windows(holes: NDArray[np.bool_], reach: int) -> list[slice]:
    """The steps to be read for holes (T,), in their order; no two touch."""
    steps = np.flatnonzero(holes).tolist()
    if not steps:
        return []
    parted = [(one, other) for one, other in pairwise(steps) if other - one > 2 * reach]
    begins = [steps[0], *(other for _, other in parted)]
    ends = [*(one for one, _ in parted), steps[-1]]
    return [
        slice(max(begin - reach, 0), min(end + reach + 1, len(holes)))
        for begin, end in zip(begins, ends, strict=True)
    ]
