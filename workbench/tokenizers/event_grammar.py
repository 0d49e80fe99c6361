"""What may follow what among the events of REMI, TSD and MIDI-like, and what is known before each of them.

A *moment* is a point in time at which something is said: by ``Position`` within a ``Bar``, or by ``TimeShift`` from the
moment before. At a moment stands a change of tempo first, then the notes, by program (drums before all others) and pitch from
below, each of them once: what begins together has one order, and there are only so many notes to say. A note is its pitch (after its
``Program`` where there are several), its velocity, and its duration or, later, its ``NoteOff``.

All notes end within the piece, and its last bar sounds: only then may the piece be closed, by one more ``Bar`` or a ``TimeShift``
to its end. From every state there is a way to that end.

What is composed keeps besides to what each instrument plays (``events.Played``): to its pitches, and to so many notes at once; where
all these sound, one of them may be struck again. An ensemble ends on the tonic (``event_close``) and goes in no parallels or cross relations (``event_motion``) where that
is asked for. Music that is heard is bound to none of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from workbench.core.cross_relations import altered_steps, contradictions
from workbench.core.errors import CannotEncode, InvalidSetting
from workbench.core.limits import kept
from workbench.core.vocabulary import START, Plan
from workbench.tokenizers.event_close import EventClose, Lengths
from workbench.tokenizers.event_motion import PlayersMotion
from workbench.tokenizers.events import (
    DRUMS,
    MOST_BEGUN,
    MOST_SOUNDING,
    OPEN,
    PIANO,
    PITCHES,
    Events,
    Played,
    planned,
)
from workbench.tokenizers.grid import step_ticks

NEVER = 2**31  # the end of a note whose end is not said yet


@dataclass(frozen=True)
class Moment:
    """Where a walk stands. Notes are numbered by program and pitch: ``rank * PITCHES + pitch``."""

    left: int
    """Steps to the end of the piece."""
    rank: int
    """Of the program that was said last."""
    last: int
    """The note that began last at this moment, -1 before the first."""
    begun: list[int]
    sounding: list[int]
    pitch: int
    """That was said last."""
    bounds: "Bounds"
    """Of what is composed now."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """What instruments may play."""

    pitches: NDArray[np.bool_]
    """(programs, PITCHES) as tokens say them."""
    at_once: tuple[int, ...]
    """(programs,) notes."""
    lengths: Lengths | None = None


class EventGrammar:
    """Walks along the events of one piece; implements ``core.vocabulary.Grammar``. How time goes on is the subclasses'."""

    def __init__(self, events: Events, plan: Plan) -> None:
        self._events = events
        self._plan = plan
        self._starts = list(accumulate((bar.steps for bar in plan.bars), initial=0))
        self._end = self._starts[-1]
        self._last_bar = self._starts[-2]
        self._rows = planned(plan, events.steps_per_quarter)
        self._count = 0
        self._time = 0
        self._awaited = ""  # what must follow: Pitch (after a program), Velocity or Duration
        self._rank = 0
        self._pitch = 0
        self._sounding: dict[tuple[int, int], int] = {}  # rank and pitch to end
        self._begun: list[tuple[int, int]] = []  # at this moment
        self._owes = False  # the moment was named, and nothing was said at it yet
        self._had_tempo = False
        self._heard_to = 0  # end of the last note that has ended
        # Of the ranks; where nothing says it, in the order in which they begin.
        self._parts = dict(enumerate(events.programs)) if events.are_players else {}
        self._given = self._bounds([OPEN] * len(events.programs))
        self.bounds = self._bounds([events.played.get(each, OPEN) for each in events.programs])
        """Of what is composed."""
        self._close = self._closing()
        limits = plan.limits
        keeps_motion = events.are_players and (limits.no_parallels or limits.no_cross_relations)
        self._motion = PlayersMotion(len(events.programs), events.steps_per_quarter) if keeps_motion else None  # fmt: skip
        steps = altered_steps(plan.key, -events.shift(plan.key))
        self._contradicted = contradictions(steps, PITCHES)
        self._told = events.told(plan.key)

    # --- core.vocabulary.Grammar ---------------------------------------------------------------

    @property
    def finished(self) -> bool:
        raise NotImplementedError

    @property
    def place(self) -> tuple[int, int]:
        return self._time * step_ticks(self._events.steps_per_quarter), self._parts.get(
            self._rank, 0
        )

    def context(self) -> NDArray[np.int32]:
        return np.array(self.row(), np.int32)

    def row(self) -> list[int]:
        """(C,) the numbers of :meth:`context`."""
        begun, sounding = min(len(self._begun), MOST_BEGUN), min(len(self._sounding), MOST_SOUNDING)
        row = [*self._rows[min(self._time, self._end - 1)], begun, sounding, *self._told]
        return row + self._sung() if self._events.are_players else row

    def _sung(self) -> list[int]:
        """Of each player the highest note that sounds, from the piano's lowest; 0 for none."""
        found = [0] * len(self._events.programs)
        for rank, pitch in self._sounding:
            found[rank] = max(found[rank], pitch - PIANO[0] + 1)
        return found

    def allowed(self) -> NDArray[np.bool_]:
        if self._awaited in ("Velocity", "Duration"):  # what others sound bars none of these
            return self._legal(replace(self.bounds, lengths=self._lengths()))
        return self._legal(self._bounds_now())

    def _legal(self, bounds: Bounds) -> NDArray[np.bool_]:
        mask = np.zeros(len(self._events.names), np.bool_)
        ids, values = self._events.ids, self._events.values
        if self.finished:
            return mask
        if self._awaited == "Velocity":
            mask[ids["Velocity"]] = True
        elif self._awaited == "Duration":
            steps = values[ids["Duration"]]
            mask[ids["Duration"]] = steps <= self._end - self._time
            if lengths := bounds.lengths:
                mask[ids["Duration"]] &= lengths.allow(self._rank, self._pitch, steps)
        elif self._awaited == "Pitch":
            self._mark_notes(mask, self._rank, bounds)
        else:
            self._mark_time(mask)
            if self._is_moment:
                self._mark_events(mask, bounds)
        return mask

    def advance(self, token: int) -> None:
        if self.finished:
            raise CannotEncode(
                f"The piece is full after its {self._count} symbols; shorten the primer or ask for more bars."
            )
        allowed = self._legal(self._given)
        if not START < token < len(allowed) or not allowed[token]:
            raise CannotEncode(self._complaint(token, allowed))
        self.take(token)

    def take(self, token: int) -> None:
        """Go on by a token that is known to be allowed."""
        kind, value = self._events.kinds[token], self._events.measures[token]
        self._count += 1
        if kind in ("Bar", "Position", "TimeShift"):
            self._take_time(kind, value)
            return
        self._owes = False
        if kind == "Tempo":
            self._had_tempo = True
        elif kind == "Program":
            self._rank, self._awaited = self._events.programs.index(value), "Pitch"
        elif kind in ("NoteOff", "DrumOff"):
            del self._sounding[self._rank_of(kind), value]
            if self._motion:
                self._motion.end(self._rank_of(kind), value, self._time)
            self._heard_to, self._awaited = self._time, ""
        elif kind == "Velocity":
            self._awaited = "" if self._events.ends_are_said else "Duration"
        elif kind == "Duration":
            self._sounding[self._rank, self._pitch] = self._time + value
            if self._motion:
                self._motion.end(self._rank, self._pitch, self._time + value)
            self._awaited = ""
        else:
            self._begin(self._rank_of(kind), value)

    def moment(self) -> Moment:
        """What is said of several events at once is held to."""
        sounding = [rank * PITCHES + pitch for rank, pitch in self._sounding]
        begun = [rank * PITCHES + pitch for rank, pitch in self._begun]
        rank = self._rank if len(self._events.programs) > 1 else 0
        last = begun[-1] if begun else -1
        left = self._end - self._time
        return Moment(left, rank, last, begun, sounding, self._pitch, self._bounds_now())

    # --- the parts of it -----------------------------------------------------------------------

    @property
    def _is_moment(self) -> bool:
        """Whether something may be said now, besides how time goes on."""
        raise NotImplementedError

    def _mark_time(self, mask: NDArray[np.bool_]) -> None:
        """Allow the words by which time may go on now."""
        raise NotImplementedError

    def _take_time(self, kind: str, value: int) -> None:
        raise NotImplementedError

    @property
    def _can_close(self) -> bool:
        """Whether the last bar sounds."""
        is_heard = max(self._heard_to, *self._sounding.values(), 0) > self._last_bar
        return is_heard and (
            self._close is None or self._close.is_reached(self._time, self._sounding)
        )

    def _closing(self) -> EventClose | None:
        """The close that the plan asks for, of players who can keep it: their notes have lengths."""
        events, plan = self._events, self._plan
        is_kept = events.are_players and not events.ends_are_said and plan.limits.ends_on_tonic
        if not is_kept or len(plan.bars) < 2:
            return None
        lowest = -events.shift(plan.key)  # what pitch 0 sounds as
        return EventClose(plan, self.bounds.pitches, lowest, events.steps_per_quarter)

    def _lengths(self) -> Lengths | None:
        if self._close is None:
            return None
        said = (self._rank, self._pitch) if self._awaited in ("Velocity", "Duration") else None
        others = {note: end for note, end in self._sounding.items() if note != said}
        return self._close.lengths(self._time, others)

    def _bounds_now(self) -> Bounds:
        """What instruments may play at this moment."""
        lengths = self._lengths()
        if self._motion is None:
            return replace(self.bounds, lengths=lengths) if lengths else self.bounds
        may = self.bounds.pitches
        for barred in self._barred(self._motion):
            if lengths and not lengths.to_close:
                # Who has nothing else left closes so.
                barred &= (may & lengths.begins & ~barred).any(axis=1, keepdims=True)
            may = may & ~barred
        return replace(self.bounds, pitches=may, lengths=lengths)

    def _barred(self, motion: PlayersMotion) -> Iterator[NDArray[np.bool_]]:
        """What the motion of the others bars, the worse first."""
        if self._plan.limits.no_parallels:
            yield motion.parallel()
        if self._plan.limits.no_cross_relations:
            yield motion.crossing(self._contradicted)

    def _is_open(self, times: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) whether anything may be said at these times."""
        if self._close is None:
            return np.ones(len(times), np.bool_)
        return self._close.is_open(times, self._time, self._sounding)

    def _bounds(self, played: Sequence[Played]) -> Bounds:
        """What the plan's limits and each program's reach leave; drums are not limited."""
        events, plan = self._events, self._plan
        pitches = np.zeros((len(events.programs), PITCHES), np.bool_)
        for rank, (program, reach) in enumerate(zip(events.programs, played, strict=True)):
            if program == DRUMS:
                pitches[rank] = True
                continue
            own = np.unique(events.values[events.ids[events.begin_kind(rank)]])
            sounding = own - events.shift(plan.key)
            may = (sounding >= reach.low) & (sounding <= reach.high)
            if events.are_players and not may.any():
                raise InvalidSetting(f"The training music of this model has no note for player {rank + 1}; train it on other music.")  # fmt: skip
            if events.are_players and not plan.limits.are_open:
                # A player without a note would be missing: that is refused.
                may[may] = kept(plan.limits, plan.key, rank, sounding[may])
            elif not plan.limits.are_open:
                may &= kept(plan.limits, plan.key, 0, sounding)
            pitches[rank, own] = may
        if not pitches.any():
            raise InvalidSetting(
                f"No instrument of this model plays a note that the limits leave in {plan.key}; widen the range."
            )
        return Bounds(pitches, tuple(each.at_once for each in played))

    def _rank_of(self, kind: str) -> int:
        """The program of a note: the one just said, or the only one there is."""
        return self._rank if len(self._events.programs) > 1 else 0

    def _begin(self, rank: int, pitch: int) -> None:
        self._rank, self._pitch, self._awaited = rank, pitch, "Velocity"
        self._parts.setdefault(rank, len(self._parts))
        self._begun.append((rank, pitch))
        if self._motion:
            self._motion.begin(rank, pitch, NEVER)
        self._sounding[rank, pitch] = NEVER if self._events.ends_are_said else self._time + 1

    def _mark_events(self, mask: NDArray[np.bool_], bounds: Bounds) -> None:
        """Allow changes of tempo, programs and notes."""
        ids, programs = self._events.ids, self._events.programs
        if "Tempo" in ids and 0 < self._time < self._end and not (self._had_tempo or self._begun):
            mask[ids["Tempo"]] = True
        if len(programs) == 1:
            self._mark_notes(mask, 0, bounds)
            return
        last = self._begun[-1][0] if self._begun else -1
        busy = {rank for rank, _ in self._sounding} | {last}
        for rank, program in enumerate(programs):
            token = self._events.token[f"Program_{program}"]
            if rank in busy:
                notes = np.zeros_like(mask)
                self._mark_notes(notes, rank, bounds)
                mask[token] = notes.any()
            else:
                may = bounds.pitches[rank]
                if bounds.lengths:
                    may = may & bounds.lengths.begins[rank]
                mask[token] = rank > last and self._time < self._end and may.any()

    def _mark_notes(self, mask: NDArray[np.bool_], rank: int, bounds: Bounds) -> None:
        """Allow the notes of a program that may begin now, and those that may end."""
        begin, end = self._events.begin_kind(rank), self._events.end_kind(rank)
        last_rank, last_pitch = self._begun[-1] if self._begun else (-1, -1)
        if self._time < self._end and rank >= last_rank:
            ids = self._events.ids[begin]
            lowest = last_pitch + 1 if rank == last_rank else 0
            pitches = self._events.values[ids]
            sounding = [pitch for each, pitch in self._sounding if each == rank]
            is_full = len(sounding) >= bounds.at_once[rank]
            may = np.isin(pitches, sounding) if is_full else bounds.pitches[rank, pitches]
            if bounds.lengths:
                may &= bounds.lengths.begins[rank, pitches]
            mask[ids] = (pitches >= lowest) & may
        if self._events.ends_are_said:
            for pitch in [pitch for each, pitch in self._sounding if each == rank]:
                mask[self._events.token[f"{begin}_{pitch}"]] = False
                mask[self._events.token[f"{end}_{pitch}"]] = (rank, pitch) not in self._begun

    def _go_to(self, time: int) -> None:
        """To another moment: notes that have ended by then sound no longer."""
        over = [note for note, end in self._sounding.items() if end <= time]
        for note in over:
            self._heard_to = max(self._heard_to, self._sounding.pop(note))
        self._time, self._had_tempo = time, False
        if self._motion:
            self._motion.go_to(time)
        self._begun.clear()

    def _complaint(self, token: int, allowed: NDArray[np.bool_]) -> str:
        names, where = self._events.names, f"at position {self._count + 1}"
        if not START < token < len(names):
            return f"{token} {where} is no token; they run from 1 to {len(names) - 1}."
        kinds = dict.fromkeys(self._events.kinds[each] for each in np.flatnonzero(allowed))
        return (
            f"{names[token].removesuffix('_None')!r} cannot stand {where}, in bar {self._bar_number}: of the kind"
            f" {' or '.join(kinds)} is what may stand there, notes that begin together from below, and all within the piece."
        )

    @property
    def _bar_number(self) -> int:
        return int(np.searchsorted(self._starts[:-1], self._time, side="right"))


def contexts(grammar: EventGrammar, tokens: Sequence[int]) -> NDArray[np.int32]:
    """(T, C) the context of a whole sequence that is known to be allowed; the grammar walks along it."""
    rows = np.empty((len(tokens), len(grammar.row())), np.int32)
    for index, token in enumerate(tokens):
        rows[index] = grammar.row()
        grammar.take(token)
    return rows
