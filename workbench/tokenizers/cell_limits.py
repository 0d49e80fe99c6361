"""What limits and form leave of the cells that may be drawn (``core.limits``, ``core.sections``).

A note is held until it is as long as the shortest may be, and no longer than the longest. None begins where it would
have to end sooner: before the *edges*, which are the closes of sections and the end of the piece. At a close every voice begins
a note that belongs to it and holds it to the end of the section; where the next section begins nothing goes on. So a
section can be said again anywhere, token for token.

From every state there is a way on: a voice that can neither begin nor hold may rest.
"""

import math
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import InvalidSetting
from workbench.core.frames import FIRST_PITCH, HOLD, REST
from workbench.core.limits import kept
from workbench.core.score import TICKS_PER_QUARTER
from workbench.core.sections import NO_CLOSE, close_classes, close_ticks, end_ticks, sections
from workbench.core.vocabulary import Plan

NOWHERE, INSIDE = 0, -1  # outside a close; within one, after its first step


class CellLimits:
    """Masks over tokens for each voice, ``playable`` (V, tokens) in the plan's key. Pitches sound from ``lowest`` upward.

    Raises ``InvalidSetting`` where they leave a voice no note.
    """

    def __init__(
        self, playable: list[NDArray[np.bool_]], lowest: int, steps_per_quarter: int, plan: Plan
    ) -> None:
        limits = plan.limits
        tokens = len(playable[0])
        self._sounding = np.arange(tokens - FIRST_PITCH) + lowest
        self._plan, self._steps_per_quarter = plan, steps_per_quarter
        self.playable = [self._kept(voice, mask) for voice, mask in enumerate(playable)]
        self.shortest = max(math.ceil(limits.shortest * steps_per_quarter), 1)
        longest = math.floor(limits.longest * steps_per_quarter)
        if limits.longest and longest < self.shortest:
            raise InvalidSetting(
                f"No note of this model's grid is from {limits.shortest:g} to {limits.longest:g} quarters long; let them lie farther apart."
            )
        self._longest = longest
        if self.shortest > min(bar.steps for bar in plan.bars):
            raise InvalidSetting(
                f"A note of {limits.shortest:g} quarters is longer than a bar of {plan.meter}; let the shortest be shorter."
            )
        self.begins: set[int] = set()
        """Steps at which a section begins after another."""
        self._close = np.zeros(plan.steps, np.int64)
        self._closes: list[list[NDArray[np.bool_]]] = [[]]
        self._lay_out()
        edges = [*np.flatnonzero(self._close > NOWHERE).tolist(), plan.steps]
        self._edges = np.array(edges)[np.searchsorted(edges, np.arange(plan.steps), side="right")]

    def mask(
        self, step: int, voice: int, sounds: bool, held: int, must_sound: bool
    ) -> NDArray[np.bool_]:
        """(tokens,) what a voice may do at a step; ``held`` steps ago it began what it does.

        ``must_sound`` where it is the last that can make the last bar sound.
        """
        close = int(self._close[step])
        if close == INSIDE or (sounds and held < self.shortest):
            return _only(self.playable[voice], HOLD)
        if close > NOWHERE:
            return self._closes[close][voice]
        mask = self.playable[voice].copy()
        if step + self.shortest > self._edges[step]:
            mask[FIRST_PITCH:] = False
        if sounds and (step in self.begins or (self._longest and held >= self._longest)):
            mask[HOLD] = False
        if must_sound:
            mask[REST] = False
            mask[HOLD] &= sounds
        return mask

    def begins_close(self, step: int) -> bool:
        """Whether every voice begins the chord of a close at a step."""
        return bool(self._close[step] > NOWHERE)

    def _kept(self, voice: int, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        result = mask.copy()
        own = self._sounding[mask[FIRST_PITCH:]]
        result[FIRST_PITCH:][mask[FIRST_PITCH:]] = kept(
            self._plan.limits, self._plan.key, voice, own
        )
        return result

    def _lay_out(self) -> None:
        """Where sections begin, and where and how they close."""
        plan, limits = self._plan, self._plan.limits
        found = sections(limits.closes)
        if not found or (not limits.form and len(plan.bars) < 2):
            return
        ends = list(accumulate(bar.steps for bar in plan.bars))
        step = TICKS_PER_QUARTER // self._steps_per_quarter
        lasting = close_ticks if limits.form else end_ticks
        length = max(lasting(plan.meter) // step, 1)
        if limits.close and not limits.form:
            length = min(max(round(limits.close * self._steps_per_quarter), 1), plan.steps)
        length = max(min(length, self._longest or length), self.shortest)
        bars = len(plan.bars) // len(found)
        for number, section in enumerate(found, start=1):
            end = ends[number * bars - 1]
            self.begins.add(end)
            self._close[end - length : end] = INSIDE
            self._close[end - length] = len(self._closes)
            self._closes.append(
                [self._closing(voice, section.close) for voice in range(len(self.playable))]
            )

    def _closing(self, voice: int, close: str) -> NDArray[np.bool_]:
        classes = close_classes(self._plan.key, close, voice, len(self.playable))
        mask = self.playable[voice].copy()
        mask[:FIRST_PITCH] = False
        mask[FIRST_PITCH:] &= np.isin(self._sounding % 12, list(classes))
        if not mask.any() and not self._plan.limits.form:
            mask[FIRST_PITCH:] = self.playable[voice][FIRST_PITCH:]
        if not mask.any():
            raise InvalidSetting(NO_CLOSE.format(key=self._plan.key))
        return mask


def _only(like: NDArray[np.bool_], token: int) -> NDArray[np.bool_]:
    mask = np.zeros_like(like)
    mask[token] = True
    return mask
