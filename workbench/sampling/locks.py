"""Cells that stay while a model writes the others from left to right.

What stays is said as it comes there. Two things bind what is drawn beside it: a note that stays is not held on where it
ended, and where notes have a shortest length none begins that what stays would cut off. Silence that stays is a rest
where the voice sounds and a hold where it rests, which is known only when it comes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.frames import FIRST_PITCH, HOLD, REST
from workbench.core.specs import FREE
from workbench.core.vocabulary import Plan, Tokenizer


class Locks:
    """Walks along the cells of one piece, as its grammar does.

    Parameters
    ----------
    cells
        (T * V,) as ``core.specs.Locked`` has them.
    voices
        V.
    shortest
        Steps that a note which is drawn must have.
    """

    def __init__(self, cells: Sequence[int], voices: int, shortest: int = 1) -> None:
        self._cells = np.asarray(cells, np.int64).reshape(-1, voices)
        locked = self._cells != FREE
        self._after_note = np.zeros(locked.shape, bool)
        self._after_note[1:] = ~locked[1:] & locked[:-1] & (self._cells[:-1] != REST)
        self._too_late = np.zeros(locked.shape, bool)
        for steps in range(1, min(shortest, len(locked))):
            self._too_late[:-steps] |= locked[steps:]
        self._at = 0
        self._sounds = [False] * voices

    @property
    def forced(self) -> int | None:
        """The token that stands next; None where it is to be drawn."""
        step, voice = divmod(self._at, len(self._sounds))
        token = int(self._cells[step, voice])
        if token == FREE:
            return None
        if token == REST and step and not self._sounds[voice]:
            return HOLD
        return token

    def mask(self, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(tokens,) what is left of what the grammar allows."""
        step, voice = divmod(self._at, len(self._sounds))
        result = allowed.copy()
        if self._after_note[step, voice]:
            result[HOLD] = False
        if self._too_late[step, voice]:
            result[FIRST_PITCH:] = False
        return result

    def advance(self, token: int) -> None:
        """Take the next token, whoever chose it."""
        if token != HOLD:
            self._sounds[self._at % len(self._sounds)] = token >= FIRST_PITCH
        self._at += 1


def check_locks(tokenizer: Tokenizer, plan: Plan, locks: Locks) -> None:
    """Walk once along the piece, and see that what stays can be said and that something is left to be drawn.

    Raises ``InvalidSetting``.
    """
    grammar = tokenizer.grammar(plan)
    while not grammar.finished:
        token = locks.forced
        if token is None:
            left = np.flatnonzero(locks.mask(grammar.allowed()))
            if not len(left):
                raise InvalidSetting(
                    "A note that stays is shorter than the shortest that is asked for; lower the shortest note."
                )
            token = int(left[-1] if REST not in left else REST)
        try:
            grammar.advance(token)
        except CannotEncode as error:
            raise InvalidSetting(f"The bars that stay do not fit this model: {error}") from error
        locks.advance(token)
