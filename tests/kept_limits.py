"""What a composition promises to keep to, looked up in its notes alone."""

from itertools import pairwise

from workbench.core.limits import in_key
from workbench.core.score import TICKS_PER_QUARTER, Score, bars
from workbench.core.sections import OPEN, close_classes, close_ticks, sections
from workbench.core.vocabulary import Plan
from workbench.metrics.lines import lines


def broken(score: Score, plan: Plan, *, lengths: bool = True) -> list[str]:
    """The names of the promises that a score does not keep; empty where it keeps them all."""
    limits = plan.limits
    found = bars(score)
    meter = str(plan.meter)
    result = []
    if len(found) != len(plan.bars) or not all(b.is_full and str(b.meter) == meter for b in found):
        result.append("bars and meter")
    if [str(key) for key in score.keys] != [str(plan.key)]:
        result.append("key signature")
    drums = [number for number, part in enumerate(score.parts) if part.is_drum]
    notes = score.notes[[part not in drums for part in score.notes["part"]]]
    for note in notes:
        low, high = limits.range_of(int(note["part"]) if len(limits.ranges) > 1 else 0)
        if not low <= note["pitch"] <= high:
            result.append("range")
        if limits.in_key and int(note["pitch"]) % 12 not in in_key(plan.key):
            result.append("notes of the key")
        quarters = note["duration"] / TICKS_PER_QUARTER
        if lengths and quarters < limits.shortest:
            result.append("shortest note")
        if lengths and limits.longest and quarters > limits.longest:
            result.append("longest note")
    return sorted({*result, *_form(score, plan)})


def _form(score: Score, plan: Plan) -> list[str]:
    found, is_form = sections(plan.limits.closes), bool(plan.limits.form)
    if not found or (len(plan.bars) < 2 and not is_form):
        return []
    result = []
    each = plan.meter.bar_ticks * (len(plan.bars) // len(found))
    voices = lines(score)
    for number, section in enumerate(found):
        start, end = number * each, (number + 1) * each
        if section.source is not None:
            length = each - plan.meter.bar_ticks * section.is_varied
            before = section.source * each
            # A note that is held into a last bar that varies may end elsewhere.
            columns = ["onset", "pitch", "part"] + ["duration"] * (not section.is_varied)
            ours, theirs = (_within(score, begin, length)[columns] for begin in (start, before))
            if ours.tolist() != theirs.tolist():
                result.append("repeats")
        for voice, line in enumerate(voices):
            last = line[line["onset"] < end][-1]
            closes = close_classes(plan.key, section.close, voice, len(voices))
            low, high = plan.limits.range_of(voice)
            if not is_form and not any(pitch % 12 in closes for pitch in range(low, high + 1)):
                continue
            held = int(last["onset"]) + int(last["duration"])
            if int(last["pitch"]) % 12 not in closes or held != end:
                result.append("close")
            if plan.limits.longest == 0 and last["duration"] < min(close_ticks(plan.meter), each):
                result.append("length of the close")
    assert all(one.close != OPEN or other.is_varied for one, other in pairwise(found) if other.source is not None and other.name == one.name + "'")  # fmt: skip
    return result


def _within(score: Score, begin: int, length: int):
    notes = score.notes
    inside = notes[(notes["onset"] >= begin) & (notes["onset"] < begin + length)].copy()
    inside["onset"] -= begin
    return inside
