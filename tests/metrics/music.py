"""Real music and scores by hand for the tests of metrics."""

from functools import cache

from workbench.core.score import TICKS_PER_QUARTER, Meter, Part, Score, make_notes
from workbench.corpora import CORPORA

Q = TICKS_PER_QUARTER


@cache
def reels() -> tuple[Score, ...]:
    """Twenty-four fiddle tunes."""
    corpus = CORPORA.get("ryans-mammoth")
    return tuple(corpus.read(member).score for member in corpus.members()[:24])


@cache
def chorales() -> tuple[Score, ...]:
    """Twelve chorales by Bach."""
    corpus = CORPORA.get("bach-chorales")
    return tuple(corpus.read(member).score for member in corpus.members()[:12])


def tune(pitches, lengths=1.0, *, meter=(4, 4), upbeat=0.0) -> Score:
    """One line of notes; lengths in quarters, one for all or one for each. A pitch of None is a rest."""
    if isinstance(lengths, (int, float)):
        lengths = [lengths] * len(pitches)
    rows, onset = [], 0
    for pitch, length in zip(pitches, lengths, strict=True):
        if pitch is not None:
            rows.append((onset, round(length * Q), pitch))
        onset += round(length * Q)
    meters = [Meter(0, *meter)] + ([Meter(round(upbeat * Q), *meter)] if upbeat else [])
    return Score(make_notes(rows), meters=tuple(meters))


def voices(*lines, length=1.0) -> Score:
    """Parts of notes of one length, the first line the first part; None is a rest."""
    rows = [
        (round(place * length * Q), round(length * Q), pitch, 80, part)
        for part, line in enumerate(lines)
        for place, pitch in enumerate(line)
        if pitch is not None
    ]
    return Score(make_notes(rows), parts=tuple(Part(str(part)) for part in range(len(lines))))
