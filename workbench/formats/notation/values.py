"""Note values, ties and tuplets for the chords and rests of one bar."""

from collections import deque
from dataclasses import replace
from functools import cache

from workbench.core.score import TICKS_PER_QUARTER, Bar, Meter
from workbench.formats.notation.symbols import LONGEST, UNIT, Span, Tuplet, Voice, Written, origin

WHOLE = 4 * TICKS_PER_QUARTER // UNIT
"""Units of a semibreve. As a rest it stands for a whole bar, in 3/2 too, and never for a part of one."""
RATIOS = ((3, 2), (5, 4), (7, 4), (9, 8))


def write_bar(bar: Bar, voices: list[list[Span]]) -> list[Voice]:
    """The voices of one bar with their values; the first fills the bar with rests."""
    first = voices[0]
    if not first:
        whole = Written(bar.start, bar.end - bar.start, (), base=0, dots=0)
        rest = [[whole]]
    else:
        if first[-1].end < bar.end:
            first = [*first, Span(first[-1].end, bar.end, ())]
        rest = [_write_voice(bar, first)]
    return rest + [_write_voice(bar, _closed(bar, spans)) for spans in voices[1:]]


def _closed(bar: Bar, spans: list[Span]) -> list[Span]:
    """A second voice may stop at any time, but not within a tuplet: rests fill its quarter."""
    if not spans or (spans[-1].end - bar.start) % UNIT == 0:
        return spans
    quarter = _next_quarter(spans[-1].end, origin(bar))
    return [*spans, Span(spans[-1].end, min(quarter, bar.end), ())]


def _next_quarter(time: int, zero: int) -> int:
    """The first quarter of a bar at or after a time."""
    return zero - (zero - time) // TICKS_PER_QUARTER * TICKS_PER_QUARTER


def _write_voice(bar: Bar, spans: list[Span]) -> Voice:
    """Values for the chords and rests of one voice in one bar."""
    zero = origin(bar)
    result: Voice = []
    waiting = deque(spans)
    while waiting:
        if (waiting[0].end - zero) % UNIT == 0:
            result += _plain(waiting.popleft(), bar.meter, zero)
        else:
            result += _next_tuplet(waiting, bar.meter, zero)
    return result


def _next_tuplet(waiting: deque[Span], meter: Meter, zero: int) -> Voice:
    """Take the chords of one tuplet, or a plain value before it, off the front of ``waiting``."""
    group = _group(waiting, zero)
    length = group[-1].end - group[0].start
    ratio = _ratio(group)
    regular = length % UNIT == 0 and len(_powers(length // UNIT)) == 1
    if ratio and regular and length <= 2 * TICKS_PER_QUARTER:
        for _ in group:
            waiting.popleft()
        return _tuplet(group, ratio)
    first = waiting.popleft()
    beat = _next_quarter(first.end, zero)
    if beat - TICKS_PER_QUARTER > first.start:
        head, tail = first.cut(beat - TICKS_PER_QUARTER)
        waiting.appendleft(tail)
        return _plain(head, meter, zero)
    waiting.appendleft(first)
    group = []
    while waiting and waiting[0].end <= beat:
        group.append(waiting.popleft())
        if (group[-1].end - zero) % UNIT == 0:
            return _tuplet(group, _ratio(group) or RATIOS[0])
    if waiting:  # else the barline cuts the tuplet short
        head, tail = waiting.popleft().cut(beat)
        waiting.appendleft(tail)
        group.append(head)
    return _tuplet(group, _ratio(group) or RATIOS[0])


def _group(waiting: deque[Span], zero: int) -> list[Span]:
    """Chords from the front until a time on the plain grid is reached."""
    group = []
    for span in waiting:
        group.append(span)
        if (span.end - zero) % UNIT == 0:
            break
    return group


def _ratio(group: list[Span]) -> tuple[int, int] | None:
    for actual, normal in RATIOS:
        if all((span.end - span.start) * actual % (normal * UNIT) == 0 for span in group):
            return actual, normal
    return None


def _tuplet(group: list[Span], ratio: tuple[int, int]) -> Voice:
    actual, normal = ratio
    result: Voice = []
    for span in group:
        units = (span.end - span.start) * actual // (normal * UNIT)
        values = [units] if _single(units) else _powers(units)
        for value in values[:-1]:
            head, span = span.cut(span.start + value * UNIT * normal // actual)
            result.append(_written(head, value, Tuplet(actual, normal)))
        result.append(_written(span, values[-1], Tuplet(actual, normal)))
    result[0] = replace(result[0], tuplet=Tuplet(actual, normal, opens=True))
    opens = len(result) == 1
    result[-1] = replace(result[-1], tuplet=Tuplet(actual, normal, opens=opens, closes=True))
    return result


def _plain(span: Span, meter: Meter, zero: int) -> Voice:
    """Values outside tuplets, cut where the bar's own structure would be hidden."""
    units = (span.end - span.start) // UNIT
    start, end = span.start - zero, span.end - zero
    level, at = _strongest_inside(start, end, meter)
    if not span.notes and units >= WHOLE:
        head, tail = span.cut(span.start + units // 2 * UNIT if at is None else zero + at)
        return _plain(head, meter, zero) + _plain(tail, meter, zero)
    if at is None or (_single(units) and _may_hide(level, start, end, meter, rest=not span.notes)):
        if _single(units):
            return [_written(span, units, None)]
        at = start + _powers(units)[0] * UNIT
    head, tail = span.cut(zero + at)
    return _plain(head, meter, zero) + _plain(tail, meter, zero)


@cache
def _levels(numerator: int, denominator: int) -> list[int]:
    """Metrical levels from the bar down to the unit, in ticks."""
    meter = Meter(0, numerator, denominator)
    beat = meter.beat_ticks
    sizes = [meter.bar_ticks]
    beats = meter.bar_ticks // beat
    if beats > 2 and beats % 2 == 0:
        sizes.append(meter.bar_ticks // 2)
    if beats > 1:
        sizes.append(beat)
    if beat % 3 == 0 and beat // 3 % UNIT == 0 and beat > meter.bar_ticks // meter.numerator:
        beat //= 3
        sizes.append(beat)
    while beat % 2 == 0 and beat // 2 >= UNIT:
        beat //= 2
        sizes.append(beat)
    return sizes


def _strongest_inside(start: int, end: int, meter: Meter) -> tuple[int, int | None]:
    """The level of the strongest point strictly between two times of a bar, and the last such point."""
    for level, size in enumerate(_levels(meter.numerator, meter.denominator)):
        last = (end - 1) // size * size
        if last > start:
            return level, last
    return 0, None


def _may_hide(level: int, start: int, end: int, meter: Meter, *, rest: bool) -> bool:
    """Whether a value may sound through the strongest point inside it, which is of that level."""
    sizes = _levels(meter.numerator, meter.denominator)
    own = next((i for i, size in enumerate(sizes) if start % size == 0), len(sizes))
    compound = meter.beat_ticks > meter.bar_ticks // meter.numerator
    beat_level = sizes.index(meter.beat_ticks) if meter.beat_ticks in sizes else 0
    # Two beats around the middle of a bar of four are a usual syncopation; three, or one and a half, are not.
    halves = meter.bar_ticks == 2 * sizes[level] and beat_level > level
    uneven = halves and end - start != sizes[level]
    strict = rest or uneven or (compound and level <= beat_level)
    return level >= own - (0 if strict else 1)


def _single(units: int) -> bool:
    """Whether one symbol with up to two dots says so many units."""
    base = 1 << (units.bit_length() - 1)
    return base <= LONGEST and units - base in (0, base / 2, base * 3 / 4)


def _powers(units: int) -> list[int]:
    """The units as powers of two, the largest first."""
    result = []
    while units:
        base = min(LONGEST, 1 << (units.bit_length() - 1))
        result.append(base)
        units -= base
    return result


def _written(span: Span, units: int, tuplet: Tuplet | None) -> Written:
    base = 1 << (units.bit_length() - 1)
    dots = {0: 0, base / 2: 1, base * 3 / 4: 2}[units - base]
    length = span.end - span.start
    return Written(span.start, length, span.notes, base, dots, span.tied_from, span.tied_to, tuplet)
