"""Which cells would take a voice in parallel fifths or octaves with a voice above it, or in a cross relation with any.

*Parallels*: two voices that both move, in one direction, from a fifth to a fifth or from an octave or unison to another: the rule and its
reading are those of :mod:`workbench.metrics.features.voice_leading`. Each frame is written from the highest voice down, so a voice
is held to those above it. A rest shorter than an eighth is articulation and hides nothing.

*Cross relations*: a pitch that alters a step of the scale otherwise than another voice does now, or did just before
(:mod:`workbench.core.cross_relations`). A voice may not even alter a note of its own that another one doubles, so to hold a note never contradicts.

In the chord of a close the bass has one tone, so it can be left with nothing but a parallel. There the voices above are looked ahead from: each sings
what leaves those below it a way (:meth:`VoiceMotion.leading_on`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD
from workbench.core.parallel_motion import PERFECT, SILENT, longest_articulation


class VoiceMotion:
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

    def crossing(self, voice: int, contradicted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(tokens,) what would take the voice in a cross relation now that those above it have moved; ``contradicted`` (12, tokens) as ``contradictions`` has it."""
        before = self._before if voice else self._now
        others = {*before[:voice], *before[voice + 1 :], *self._now[:voice]}
        classes = [other % 12 for other in others - {SILENT}]
        result = np.logical_or.reduce(contradicted[classes], axis=0)
        result[:FIRST_PITCH] = False
        return result

    def parallel(self, voice: int) -> NDArray[np.bool_]:
        """(tokens,) what would take the voice in parallels now that those above it have moved."""
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

    def leading_on(self, voice: int, choices: Sequence[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """(tokens,) of what the voice may do, the first of ``choices``, that after which each voice below can do one of its own without a parallel.

        ``choices`` are for this voice and those below it. What this voice does itself is not looked at again.
        """
        # Before this step: the first voice to move at a step is the one that sets ``_before``.
        before = self._before if voice else self._now
        own, *below = [np.flatnonzero(each).tolist() for each in choices]
        result = np.zeros_like(choices[0])
        for token in own:
            now = [*self._now[:voice], _sounding(token, before[voice])]
            result[token] = _goes_on(before, now, below)
        return result


def _goes_on(before: list[int], now: list[int], below: list[list[int]]) -> bool:
    """Whether the voices that have not moved, each among its tokens, can move without a parallel to those above them."""
    if not below:
        return True
    voice = len(now)
    for token in below[0]:
        pitch = _sounding(token, before[voice])
        is_free = not any(
            _is_parallel(before[other], now[other], before[voice], pitch) for other in range(voice)
        )
        if is_free and _goes_on(before, [*now, pitch], below[1:]):
            return True
    return False


def _sounding(token: int, before: int) -> int:
    if token >= FIRST_PITCH:
        return token
    return before if token == HOLD else SILENT


def _is_parallel(was: int, now: int, before: int, after: int) -> bool:
    """Whether a voice from ``was`` to ``now`` and one below it from ``before`` to ``after`` move as :meth:`VoiceMotion.parallel` has it."""
    if SILENT in (was, now, before, after) or was == now or before == after:
        return False
    interval = abs(was - before) % 12
    return (
        interval in PERFECT
        and interval == abs(now - after) % 12
        and (now > was) == (after > before)
    )
