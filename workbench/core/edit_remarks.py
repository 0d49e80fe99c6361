"""What a piece no longer keeps to once a person has edited it, in sentences.

Nothing of it is an error: whoever edits may write what no model would. It is said so that nobody has to find it by ear.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.editing import bars_to_edit
from workbench.core.limits import Limits, in_key
from workbench.core.score import TICKS_PER_QUARTER, Key, Score, bars

_MOST_NAMED = 6  # bars, in a sentence


def no_longer_holds(
    score: Score, *, written: Score, key: Key, limits: Limits, count: int,
    ranges: Mapping[int, tuple[int, int]],
) -> list[str]:  # fmt: skip
    """Sentences about what was edited; empty where all still holds.

    ``written`` is what the model wrote, under ``limits`` in a ``key`` and ``count`` bars; ``ranges`` are the lowest and the highest pitch that
    it writes, by part.
    """
    notes, found = score.notes, []
    if limits.ranges:
        ranges = {part: limits.range_of(part) for part in range(len(score.parts))}
    lows, highs = np.zeros(len(score.parts)), np.full(len(score.parts), 127)
    for part, (low, high) in ranges.items():
        lows[part], highs[part] = low, high
    whose = "that was asked for" if limits.ranges else "of what the model writes"
    outside = (notes["pitch"] < lows[notes["part"]]) | (notes["pitch"] > highs[notes["part"]])
    found.append(_sentence(score, outside, f"beyond the range {whose}"))
    if limits.in_key:
        strange = ~np.isin(notes["pitch"] % 12, list(in_key(key)))
        found.append(
            _sentence(score, strange, f"not among the notes of {key}, which were asked for")
        )
    if limits.shortest:
        short = notes["duration"] < limits.shortest * TICKS_PER_QUARTER
        found.append(_sentence(score, short, "shorter than the shortest that was asked for"))
    if limits.longest:
        long = notes["duration"] > limits.longest * TICKS_PER_QUARTER
        found.append(_sentence(score, long, "longer than the longest that was asked for"))
    usual = set(written.notes["part"][overlapping(written)].tolist())
    together = overlapping(score) & ~np.isin(notes["part"], list(usual))
    found.append(
        _sentence(
            score,
            together,
            "sounding together with another of the same part, where the model writes one at a time",
        )
    )
    if len(lines := bars(score)) < count:
        left, planned = bar_numbers(lines)[-1], bar_numbers(bars_to_edit(score, count))[-1]
        found.append(f"The piece ends with bar {left} of {planned}: what follows has no notes.")
    if limits.form:
        found.append(
            f"The form {limits.form} was asked for; whether it still holds, your ears decide."
        )
    return [sentence for sentence in found if sentence]


def overlapping(score: Score) -> NDArray[np.bool_]:
    """(N,) which notes sound together with another one of their part."""
    result = np.zeros(len(score.notes), bool)
    for part in range(len(score.parts)):
        mine = np.flatnonzero(score.notes["part"] == part)
        onsets = score.notes["onset"][mine]
        ends = onsets + score.notes["duration"][mine]
        before = np.maximum.accumulate(ends)[:-1]
        begins_within = np.concatenate([[False], onsets[1:] < before])
        result[mine] = begins_within
        is_cut = np.concatenate([onsets[1:] < ends[:-1], [False]])
        result[mine] |= is_cut
    return result


def _sentence(score: Score, which: NDArray[np.bool_], words: str) -> str:
    """How many notes are so, and in which bars; empty where none is."""
    count = int(which.sum())
    if not count:
        return ""
    lines = bars(score)
    starts = [bar.start for bar in lines]
    within = np.searchsorted(starts, score.notes["onset"][which], side="right") - 1
    numbers = np.unique(np.array(bar_numbers(lines))[within]).tolist()
    named = ", ".join(map(str, numbers[:_MOST_NAMED]))
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    place = f"bar{'' if len(numbers) == 1 else 's'} {named}{more}"
    return f"{count:,} {'note is' if count == 1 else 'notes are'} {words} ({place})."
