"""Which cells would take a voice in parallel fifths or octaves with a voice above it.

Two voices that both move, in one direction, from a fifth to a fifth or from an octave or unison to another: the rule and its
reading are those of :mod:`workbench.metrics.features.voice_leading`. Each frame is written from the highest voice down, so a voice
is held to those above it. A rest shorter than an eighth is articulation and hides nothing.
"""

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH
from workbench.core.parallel_motion import PERFECT, SILENT, longest_articulation


class ParallelMotion:
    """Walks along the cells of a piece of so many voices; pitches are numbers of tokens."""

    def __init__(self, voices: int, tokens: int, steps_per_quarter: int) -> None:
        self._pitches = np.arange(tokens)
        self._hidden = longest_articulation(steps_per_quarter)
        self._before = [SILENT] * voices
        self._now = [SILENT] * voices
        self._rested = [0] * voices

    def begin(self) -> None:
        """Forget what sounded: a section begins, and what returns is to return note for note."""
        self._before = [SILENT] * len(self._now)
        self._now = [SILENT] * len(self._now)

    def advance(self, voice: int, pitch: int) -> None:
        """A voice sounds a pitch at the next step, or is ``SILENT``."""
        if voice == 0:
            self._before = self._now.copy()
        if pitch != SILENT:
            self._now[voice], self._rested[voice] = pitch, 0
            return
        self._rested[voice] += 1
        if self._rested[voice] > self._hidden:
            self._now[voice] = SILENT

    def barred(self, voice: int) -> NDArray[np.bool_]:
        """(tokens,) what the voice may not begin now that those above it have moved."""
        result = np.zeros(len(self._pitches), np.bool_)
        before = self._now[voice]  # of the step before: this one is not said yet
        for other in range(voice):
            was, now = self._before[other], self._now[other]
            interval = abs(was - before) % 12
            if SILENT in (before, was, now) or was == now or interval not in PERFECT:
                continue
            together = np.sign(self._pitches - before) == np.sign(now - was)
            result |= together & (np.abs(self._pitches - now) % 12 == interval)
        result[:FIRST_PITCH] = False
        return result
