"""The form of a composition: sections of equal length, by letters, each with a close at its end.

``AABA`` is four sections: what has the same letter is the same music, note for note. A prime varies: ``A'`` is ``A`` up
to its last bar, which is written anew; ``A''`` is another such variation, and ``AA'BA'`` repeats the first one. Every section
begins with a note of its own and ends with a *close*, one note (in voices, one chord) that is held to the end:

``tonic``  the tonic; so the last section ends
``triad``  a note of the tonic triad
``open``   a note of the dominant, the half cadence of a phrase that its own variation answers: the first ``A`` of ``AA'``

In voices the bass closes on the root. A close takes half a bar where the bar has an even number of beats (4/4, 2/4,
6/8), and else a beat (Caplin, *Classical Form*, 1998, for phrases and what ends them; the lengths are ours).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from workbench.core.errors import InvalidSetting
from workbench.core.limits import scale
from workbench.core.score import Key, Meter

MOST_SECTIONS = 12
TONIC, TRIAD, OPEN = "tonic", "triad", "open"
FORMS = {
    "A": "one close at the end",
    "AA'": "a period: a question and its answer",
    "AABA": "a song of four phrases",
    "AA'BA'": "a song whose phrases vary",
    "ABAB": "verse and chorus",
    "ABABCB": "verse and chorus, with a bridge",
    "ABACA": "a rondo",
}
"""Well-known forms, and what they are; any other letters will do."""
NO_CLOSE = "The range holds no note on which a section in {key} can close; widen it to an octave."


@dataclass(frozen=True)
class Section:
    """One section of a form."""

    name: str
    source: int | None
    """The number, from 0, of the section that it takes its music from; None where it is new."""
    is_varied: bool
    """Whether its last bar is new all the same."""
    close: str


@lru_cache(maxsize=256)
def sections(form: str) -> tuple[Section, ...]:
    """The sections of a form; none where it is left open.

    Raises ``InvalidSetting`` for what is no form.
    """
    names = re.findall(r"[A-Z]'*", form)
    if "".join(names) != form or len(names) > MOST_SECTIONS:
        raise InvalidSetting(
            f"{form!r} is no form; write a letter for each of 1 to {MOST_SECTIONS} sections, such as AABA, and a prime "
            "where it varies, such as AA'BA'."
        )
    return tuple(_section(names, number) for number in range(len(names)))


def _section(names: list[str], number: int) -> Section:
    name, letter = names[number], names[number][0]
    before = names[:number]
    close = TRIAD
    if name == names[-1]:
        close = TONIC
    elif any(one == name and other == name + "'" for one, other in pairwise(names)):
        close = OPEN
    if name in before:
        return Section(name, before.index(name), False, close)
    if name == letter:
        return Section(name, None, False, close)
    if letter not in before:
        raise InvalidSetting(
            f"{name} varies {letter}, which comes later or never; begin with {letter}."
        )
    return Section(name, before.index(letter), True, close)


def check_form(form: str, bars: int) -> None:
    """Raise ``InvalidSetting`` where a form does not divide so many bars."""
    found = sections(form)
    if not found:
        return
    each, rest = divmod(bars, len(found))
    least = 2 if any(section.is_varied for section in found) else 1
    if rest or each < least:
        below = max(each, least) * len(found)
        raise InvalidSetting(
            f"{bars} bars do not divide into the {len(found)} sections of {form}; ask for {below} or {below + len(found)}."
        )


def close_ticks(meter: Meter) -> int:
    """How long a close is held."""
    beats = meter.bar_ticks // meter.beat_ticks
    return meter.bar_ticks // 2 if beats % 2 == 0 else meter.beat_ticks


def end_ticks(meter: Meter) -> int:
    """How long the last note of a piece without a form is held: to the end from the middle of the bar, or from its beginning where it has no middle."""
    return close_ticks(meter) if 2 * close_ticks(meter) == meter.bar_ticks else meter.bar_ticks


def close_classes(key: Key, close: str, voice: int, voices: int) -> frozenset[int]:
    """The pitch classes that a voice may close on; voices are counted from the highest, 0."""
    degrees = scale(key)
    is_bass = voices > 1 and voice == voices - 1
    if close == OPEN:
        leading = (key.tonic + 11) % 12 if key.mode == "minor" else degrees[6]
        upper = {degrees[4], degrees[1]} if voices == 1 else {degrees[4], leading, degrees[1]}
        return frozenset({degrees[4]} if is_bass else upper)
    if is_bass or (voices == 1 and close == TONIC):
        return frozenset({degrees[0]})
    return frozenset({degrees[0], degrees[2], degrees[4]})
