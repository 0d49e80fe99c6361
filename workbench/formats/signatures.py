"""Signatures as files state them: which time signatures begin something new, and which key a key signature is of."""

from collections.abc import Iterable

from workbench.core.score import MODES, Key, Meter


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


def stated_key(onset: int, fifths: int, mode: str | None, remarks: list[str]) -> Key:
    """The key of a signature: of more than seven signs the one that sounds the same, without a mode the major one; either is remarked."""
    wrapped = fifths if -7 <= fifths <= 7 else fifths - 12 * round(fifths / 12)
    key = Key(onset, wrapped, mode or MODES[0])
    if wrapped != fifths:
        signs = f"{abs(fifths)} {'sharps' if fifths > 0 else 'flats'}"
        remarks.append(f"A signature of {signs} was taken for that of {key}.")
    if mode is None:
        remarks.append("A key signature states no mode; it was taken for major.")
    return key
