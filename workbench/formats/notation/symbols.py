"""Written notes, chords and rests, and the lengths that notation has a symbol for."""

from dataclasses import dataclass, replace

from workbench.core.score import TICKS_PER_QUARTER, Bar

UNIT = TICKS_PER_QUARTER // 32
"""A 128th note, in ticks."""
LONGEST = 8 * 32
"""A breve, in units."""


@dataclass(frozen=True)
class Tuplet:
    """``actual`` values in the time of ``normal``; where the bracket opens and closes."""

    actual: int
    normal: int
    opens: bool = False
    closes: bool = False


@dataclass(frozen=True)
class Written:
    """One written note, chord or rest. Times in ticks from the start of the piece.

    ``notes`` are indices into ``score.notes``, none for a rest. ``base`` is the value without its
    dots, in units (a quarter is 32); 0 for a rest that fills its bar.
    """

    start: int
    duration: int
    notes: tuple[int, ...]
    base: int
    dots: int
    tied_from: bool = False
    tied_to: bool = False
    tuplet: Tuplet | None = None

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass(frozen=True)
class Span:
    """A chord or silence that still has to be given a value."""

    start: int
    end: int
    notes: tuple[int, ...]
    tied_from: bool = False
    tied_to: bool = False

    def cut(self, at: int) -> tuple["Span", "Span"]:
        tied = bool(self.notes)
        return replace(self, end=at, tied_to=tied), replace(self, start=at, tied_from=tied)


Voice = list[Written]


def origin(bar: Bar) -> int:
    """The tick the beats of a bar are counted from: an upbeat ends where a full bar would."""
    upbeat = bar.start == 0 and not bar.is_full and bar.end % UNIT == 0
    return bar.end - bar.meter.bar_ticks if upbeat else bar.start
