"""Forms: which bars of a melody come again, counted on a training split so that new pieces may take one.

A *form* says of every full bar which earlier one it repeats: the first in which the same notes begin at the same places. A
pickup is left out, and a bar in two parts, across a repeat, is one. So a form keeps no notes, only what returns. In text it is a letter
a bar, the same for bars alike: ``ABACABDE``.

P is the pieces, N their bars one after another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER
from workbench.core.vocabulary import Plan, Tokenizer, TokenSequence, bar_indices

NEW = -1
"""In a form, a bar that repeats none."""
MOST_BARS = 256
"""Of a longer piece the beginning is kept."""
NEIGHBOURS = 50
"""Pieces, the nearest in length, among which a form is drawn."""
MOST_FORMS = 256
"""Pieces, evenly over the training split, whose forms are told in text."""


@dataclass(frozen=True, eq=False)
class Forms:
    """Those of some pieces."""

    returns: NDArray[np.int16]
    """(N,) the bar of its piece, from 0, that each bar repeats, or ``NEW``."""
    lengths: NDArray[np.int32]
    """(P,) bars of each piece."""

    def drawn(self, bars: int, random: np.random.Generator) -> NDArray[np.int64]:
        """(bars,) the form of one of the pieces that are as long, or a little longer, up to there.

        Where none is as long, several follow one another, the longest first.
        """
        found = np.zeros(0, np.int64)
        while len(found) < bars:
            order = np.argsort(self.lengths, kind="stable")
            long = order[self.lengths[order] >= bars - len(found)]
            among = long[:NEIGHBOURS] if len(long) else order[-NEIGHBOURS:]
            piece = int(among[random.integers(len(among))])
            end = int(self.lengths[: piece + 1].sum())
            form = self.returns[end - int(self.lengths[piece]) : end].astype(np.int64)
            found = np.concatenate([found, np.where(form == NEW, NEW, form + len(found))])
        return found[:bars]


def together(forms: Sequence[NDArray[np.int64]]) -> Forms | None:
    """Forms of single pieces as one; None where no piece has a full bar."""
    kept = [form[:MOST_BARS] for form in forms if len(form)]
    if not kept:
        return None
    lengths = np.array([len(form) for form in kept], np.int32)
    return Forms(np.concatenate(kept).astype(np.int16), lengths)


def form_of(
    plan: Plan, onsets: NDArray[np.integer], pitches: NDArray[np.integer]
) -> NDArray[np.int64]:
    """(bars,) of a melody whose notes begin at these steps, in order, which earlier bar each full bar repeats, or ``NEW``.

    Where nothing begins in a bar nothing returns.
    """
    starts = accumulate((bar.steps for bar in plan.bars), initial=0)
    content: dict[int, list[tuple[int, int]]] = {}
    for number, bar, start in zip(bar_indices(plan), plan.bars, starts, strict=False):
        low, high = np.searchsorted(onsets, [start, start + bar.steps])
        places = (onsets[low:high] - start + bar.offset).tolist()
        begun = list(zip(places, pitches[low:high].tolist(), strict=True))
        content.setdefault(number, []).extend(begun)
    content.pop(-1, None)  # a pickup
    first: dict[tuple[tuple[int, int], ...], int] = {}
    found = []
    for place, number in enumerate(sorted(content)):
        notes = tuple(content[number])
        earlier = first.setdefault(notes, place)
        found.append(earlier if notes and earlier < place else NEW)
    return np.array(found, np.int64)


def texts(tokenizer: Tokenizer, sequences: Sequence[TokenSequence]) -> tuple[str, ...]:
    """The forms of at most ``MOST_FORMS`` melodies as letters; none for a language that says more than one melody."""
    if list(tokenizer.sung) != ["melody"]:
        return ()
    step = TICKS_PER_QUARTER // tokenizer.settings.steps_per_quarter
    found = []
    for number in range(0, len(sequences), -(-len(sequences) // MOST_FORMS) or 1):
        each = sequences[number]
        notes = tokenizer.decode(each.tokens.tolist(), each.plan).notes
        found.append(letters(form_of(each.plan, notes["onset"] // step, notes["pitch"])))
    return tuple(text for text in found if text)


def letters(form: NDArray[np.int64]) -> str:
    """A form as text, up to where letters run out."""
    said: list[str] = []
    new = iter(ascii_letters)
    for earlier in form.tolist():
        letter = next(new, "") if earlier == NEW else said[earlier]
        if not letter:
            break
        said.append(letter)
    return "".join(said)


def read(texts: Sequence[str]) -> Forms | None:
    """Forms of what :func:`letters` wrote; None where there are none. Any text is a form, and of too many, or too long ones, the beginning is read."""
    kept = [text[:MOST_BARS] for text in texts[:MOST_FORMS]]
    places = [[text.index(letter) for letter in text] for text in kept]
    rows = [np.array(row, np.int64) for row in places]
    return together([np.where(row < np.arange(len(row)), row, NEW) for row in rows])


def form_generator(seed: int) -> np.random.Generator:
    """What draws the form of a piece: another generator than draws its notes."""
    return np.random.Generator(np.random.PCG64([seed, 2]))
