"""What a piece has said before, foreseen again: a memory of the piece beside any model that foresees frames.

Music comes back. Where the last half bar of 4/4 (``least`` frames) stood earlier in the piece, note for note, the memory foresees what followed them there, voice
by voice or key by key, as long as that goes on; once it was wrong it is silent until there is something to recall again. How often it is right, after so many
frames that agreed, is counted on other pieces. The rest of its chances it gives out as the model would.

Model and memory are two hypotheses. At first each is as likely, then each is believed by how it foresaw what came since the memory began
to speak, and never by less than ``SHARE``. Their mixture is one predictive distribution from left to right: nothing is known ahead.

References
----------
Mahoney, *Adaptive Weighing of Context Models for Lossless Data Compression* (2005), for a match model beside others. Grave, Joulin & Usunier,
*Improving Neural Language Models with a Continuous Cache* (2017), for a memory beside a network. Herbster & Warmuth, *Tracking the Best
Expert* (1998), for giving no expert up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

QUARTERS = 2
"""Quarter notes that agree before anything is recalled."""
SHARE = 0.02
REMARK = "Beside the model stands a memory of what the piece has said before, whose worth was counted on the training split."
TINY = float(np.finfo(float).tiny)
CLASSES = 7
"""Of agreement, from ``least`` frames in steps of half an octave; the last is eight times as many and more."""


@dataclass(frozen=True)
class Memory:
    """How often a memory is right."""

    least: int
    """Frames that agree before anything is recalled."""
    right: NDArray[np.float64]
    """(CLASSES, 2) shares by how many frames agreed, and whether what is foreseen stays as it was in the frame before."""

    @classmethod
    def of(cls, pieces: Iterable[NDArray[np.integer]], steps_per_quarter: int) -> "Memory":
        """Counted on these pieces, each (T, V) symbols; half a hit and half a miss are added to every class."""
        least = QUARTERS * steps_per_quarter
        hits, trials = np.full((CLASSES, 2), 0.5), np.ones((CLASSES, 2))
        for piece in pieces:
            for _, cells in recalled(piece, least):
                for cell in cells:
                    trials[cell.kind] += 1
                    hits[cell.kind] += cell.is_right
        return cls(least, hits / trials)

    def beside(
        self, piece: NDArray[np.integer], given: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """(T, V, S) chances of a piece (T, V) of symbols below S, of the memory and a model that gave each cell ``given`` (T, V, S)."""
        result = np.array(given, np.float64)
        belief, spoke = 0.5, -1
        for since, cells in recalled(piece, self.least):
            if since != spoke:
                belief, spoke = 0.5, since
            for cell in cells:
                model = np.array(result[cell.place])
                said = self._said(cell, model)
                result[cell.place] = belief * said + (1 - belief) * model
                share = belief * said[cell.symbol] / max(result[cell.place][cell.symbol], TINY)
                belief = min(max(share, SHARE), 1 - SHARE)
        return result

    def shares(self, pieces: Sequence[NDArray[np.integer]]) -> dict[str, float]:
        """Of all frames the share in which the memory speaks, and of these the share that came wholly as foreseen."""
        spoken = [cells for piece in pieces for _, cells in recalled(piece, self.least)]
        right = sum(all(cell.is_right for cell in cells) for cells in spoken)
        return {
            "frames_recalled": len(spoken) / max(sum(map(len, pieces)), 1),
            "recalled_frames_right": right / max(len(spoken), 1),
        }

    def _said(self, cell: "Cell", given: NDArray[np.floating]) -> NDArray[np.float64]:
        """(S,) chances of the memory alone."""
        right = self.right[cell.kind]
        said = np.array(given, np.float64)
        said[cell.foreseen] = 0.0
        said *= (1 - right) / max(float(said.sum()), TINY)
        said[cell.foreseen] = right
        return said


@dataclass(frozen=True)
class Cell:
    """One that the memory foresees."""

    place: tuple[int, int]
    """Frame and voice."""
    symbol: int
    """What stands there."""
    foreseen: int
    kind: tuple[int, int]
    """The class of agreement, and whether it is foreseen to stay."""

    @property
    def is_right(self) -> bool:
        return self.symbol == self.foreseen


def recalled(piece: NDArray[np.integer], least: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Of every frame in which the memory speaks: since which frame it does, and the cells that it foresees, up to the first that is wrong."""
    frames = [tuple(frame) for frame in piece.tolist()]
    latest: dict[tuple[tuple[int, ...], ...], int] = {}
    # The frame that is recalled, how many before it agree, and since when.
    source, agreed, since = -1, 0, 0
    for now in range(2 * least, len(frames)):
        # What goes on is no return: what is recalled lies wholly before what recalls it.
        latest[tuple(frames[now - 2 * least : now - least])] = now - least
        if source >= 0 and frames[source] == frames[now - 1]:
            source, agreed = source + 1, agreed + 1
        else:
            source = latest.get(tuple(frames[now - least : now]), -1)
            agreed, since = _agreement(frames, source, now), now
        if source >= 0:
            yield since, _cells(frames, source, now, agreed / least)


def _agreement(frames: Sequence[tuple[int, ...]], source: int, now: int) -> int:
    """How many frames before one are like those before the other."""
    agreed = 0
    while agreed < source and frames[source - 1 - agreed] == frames[now - 1 - agreed]:
        agreed += 1
    return agreed


def _cells(
    frames: Sequence[tuple[int, ...]], source: int, now: int, agreed: float
) -> Sequence[Cell]:
    """``agreed`` in multiples of the least."""
    found: list[Cell] = []
    extent = min(int(2 * log2(agreed)), CLASSES - 1)
    for voice, foreseen in enumerate(frames[source]):
        symbol = frames[now][voice]
        found.append(Cell((now, voice), symbol, foreseen, (extent, int(foreseen == frames[now - 1][voice]))))  # fmt: skip
        if symbol != foreseen:
            break
    return found
