"""The form of a piece: which of its sections come again, as letters (``AABA``).

Sections are phrases of four bars, or of eight in a long piece, measured from the first full bar, so that an
upbeat belongs to what stands before it. Two sections are alike where most of what sounds in one begins at the same
place, with the same pitch, in the other; a changed ending leaves them alike. This is the plainest of the ways by self-similarity;
it finds literal returns, not variations or transposed ones.

References
----------
Paulus, Müller & Klapuri, "Audio-Based Music Structure Analysis", ISMIR 2010, for the families of methods.
"""

from string import ascii_uppercase

from workbench.core.score import Score, bars

PHRASE_BARS = 4
ALIKE = 0.6
"""Share of the onsets of two sections together (Jaccard) that both have."""
MOST_SECTIONS = 8

Onsets = set[tuple[int, int]]
"""Ticks from the section's beginning, and pitch."""


def form(score: Score) -> str | None:
    """A letter a section, the same for sections alike; None where there is none to tell.

    That is with fewer than two sections, more than ``MOST_SECTIONS``, or a change of meter.
    """
    full = [bar for bar in bars(score) if bar.is_full]
    if len({str(bar.meter) for bar in full}) != 1:
        return None
    begin, bar_ticks = full[0].start, full[0].meter.bar_ticks
    lasting = (score.end - begin) / bar_ticks
    length = PHRASE_BARS if lasting <= MOST_SECTIONS * PHRASE_BARS + 1 else 2 * PHRASE_BARS
    count = round(lasting / length)
    if not 2 <= count <= MOST_SECTIONS:
        return None
    span = length * bar_ticks
    kinds: list[Onsets] = []
    letters = []
    for section in range(count):
        found = _onsets(score, begin + section * span, begin + (section + 1) * span)
        kind = next((i for i, known in enumerate(kinds) if _likeness(found, known) >= ALIKE), None)
        if kind is None:
            kind = len(kinds)
            kinds.append(found)
        letters.append(ascii_uppercase[kind])
    return "".join(letters)


def _onsets(score: Score, begin: int, end: int) -> Onsets:
    notes = score.notes
    low, high = notes["onset"].searchsorted([begin, end])
    inside = notes[low:high]
    return set(zip((inside["onset"] - begin).tolist(), inside["pitch"].tolist(), strict=True))


def _likeness(one: Onsets, other: Onsets) -> float:
    both = one | other
    return len(one & other) / len(both) if both else 1.0
