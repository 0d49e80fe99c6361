"""Beams: which short notes of a bar are joined, and at how many levels."""

from workbench.core.score import Bar
from workbench.formats.notation import Voice, Written
from workbench.formats.notation.symbols import origin

_QUARTER = 32  # units


def beams(voice: Voice, bar: Bar) -> dict[int, list[str]]:
    """Position in the voice to the words of its beams, the outermost first: ``["begin", "begin"]``.

    Notes are joined within a beat; a bar of 3/8 is one beat.
    """
    beat = bar.meter.bar_ticks if str(bar.meter) == "3/8" else bar.meter.beat_ticks
    groups: dict[int, list[int]] = {}
    run = 0
    for position, item in enumerate(voice):
        if not item.notes or _levels(item) == 0:
            run += 1
            continue
        beat_index = (item.start - origin(bar)) // beat
        if item.tuplet and not item.tuplet.opens and position - 1 in groups.get(run, []):
            groups[run].append(position)
            continue
        if run in groups and _beat_of(voice[groups[run][0]], bar, beat) != beat_index:
            run += 1
        groups.setdefault(run, []).append(position)
    result: dict[int, list[str]] = {}
    for group in groups.values():
        if len(group) > 1:
            _join(group, [_levels(voice[position]) for position in group], result)
    return result


def _beat_of(item: Written, bar: Bar, beat: int) -> int:
    return (item.start - origin(bar)) // beat


def _levels(item: Written) -> int:
    """Beams or flags of a note: 1 for an eighth, 2 for a sixteenth, 0 from a quarter on."""
    return max(0, _QUARTER.bit_length() - item.base.bit_length())


def _join(group: list[int], levels: list[int], result: dict[int, list[str]]) -> None:
    for level in range(1, max(levels) + 1):
        for index, position in enumerate(group):
            if levels[index] < level:
                continue
            before = index > 0 and levels[index - 1] >= level
            after = index + 1 < len(group) and levels[index + 1] >= level
            word = {
                (True, True): "continue",
                (True, False): "end",
                (False, True): "begin",
                (False, False): "backward hook" if index else "forward hook",
            }[before, after]
            result.setdefault(position, []).append(word)
