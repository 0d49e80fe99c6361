"""The numbers of bars as musicians count and engravers print them, for all that a person sees or types.

An upbeat at the beginning is 0, the first full bar 1, and a bar in two parts (a strain that ends short, and the upbeat of the next,
which completes it) has one number. What is stored counts places instead, from 1, every part of a bar and the upbeat as well.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from workbench.core.errors import InvalidSetting
from workbench.core.score import Bar, Score, bars


def bar_numbers(lines: Sequence[Bar], first: int | None = None) -> list[int]:
    """The number of every bar; ``first`` is that of the first one, where the bars are from the middle of a piece.

    Which bars complete another is told as by :func:`workbench.tokenizers.grid.plan_of`.
    """
    numbers: list[int] = []
    missing = None if not first else 0  # ticks by which the bar before fell short
    number = 0 if first is None else first - (first > 0)
    for bar in lines:
        full, length = bar.meter.bar_ticks, bar.end - bar.start
        completes = length < full and (missing is None or length <= missing)
        missing = 0 if completes else full - length
        number += not completes
        numbers.append(number)
    return numbers


def counted_bars(score: Score) -> list[Bar]:
    """The bars of a score as they are counted: one in two parts is one, under the meter of the first. An upbeat at the beginning stands alone."""
    lines = bars(score)
    found = []
    for _, run in groupby(zip(bar_numbers(lines), lines, strict=True), lambda each: each[0]):
        parts = [bar for _, bar in run]
        found.append(Bar(parts[0].start, parts[-1].end, parts[0].meter))
    return found


def bar_name(number: int) -> str:
    """``bar 3``, ``upbeat``."""
    return f"bar {number}" if number else "upbeat"


def bar_labels(lines: Sequence[Bar]) -> list[str]:
    """A short name of every bar, no two alike: ``upbeat``, ``1``, ``8``, and ``8b`` where that one goes on."""
    parts = Counter[int]()
    labels = []
    for number in bar_numbers(lines):
        parts[number] += 1
        labels.append(
            (str(number) if number else "upbeat")
            + "abcdefgh"[min(parts[number], 8) - 1].removeprefix("a")
        )
    return labels


def place_of(numbers: Sequence[int], number: int) -> int:
    """The place, from 1, at which the bar of that number begins, or the first one where the piece begins after it; ``InvalidSetting`` where it ends before."""
    for place, each in enumerate(numbers, 1):
        if each >= number:
            return place
    raise InvalidSetting(f"There is no bar {number}; the last one is {numbers[-1]}.")


def places(numbers: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """The places, from 1, of the first and the last bar of so many by their numbers."""
    inside = [place for place, number in enumerate(numbers, 1) if first <= number <= last]
    return inside[0], inside[-1]


def parse_bars(text: str, numbers: Sequence[int]) -> list[int]:
    """The places, from 1, of the bars that a text names, such as ``1-4,9``, by their ``numbers``; ``InvalidSetting`` for one that there is not."""
    found: set[int] = set()
    for span in filter(None, (each.strip() for each in text.split(","))):
        ends = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", span)
        first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends else (1, 0)
        if not numbers[0] <= first <= last <= numbers[-1]:
            raise InvalidSetting(
                f"{span!r} names no bars of this piece; write numbers from {numbers[0]} to {numbers[-1]}, such as 1-4,9."
            )
        found.update(p for p, number in enumerate(numbers, 1) if first <= number <= last)
    return sorted(found)


def spans(stored: Sequence[int]) -> str:
    """What :func:`parse_bars` reads: ``1-4,9``."""
    words = []
    for _, run in groupby(enumerate(sorted(set(stored))), lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        words.append(f"{found[0]}-{found[-1]}" if len(found) > 1 else str(found[0]))
    return ",".join(words)


def by_number(text: str, numbers: Sequence[int]) -> str:
    """:func:`spans` of stored places, in the ``numbers`` of their bars; the text itself where it names none."""
    try:
        stored = parse_bars(text, range(1, len(numbers) + 1))
    except InvalidSetting:  # it may come out of anybody's file
        return text
    return spans([numbers[place - 1] for place in stored])
