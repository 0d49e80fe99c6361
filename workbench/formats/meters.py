"""Which time signatures of a file begin something new."""

from collections.abc import Iterable

from workbench.core.score import Meter


def necessary(meters: Iterable[Meter]) -> tuple[Meter, ...]:
    """The meters without those that only repeat the one in force, at one of its own barlines.

    Files restate the meter at every section, some at every bar. Two readings of the same
    music should be the same score, so only a restatement that moves the barlines stays.
    """
    result: list[Meter] = []
    for meter in sorted({meter.onset: meter for meter in meters}.values()):
        last = result[-1] if result else None
        repeats = last is not None and str(meter) == str(last)
        if last is not None and repeats and (meter.onset - last.onset) % last.bar_ticks == 0:
            continue
        result.append(meter)
    return tuple(result)
