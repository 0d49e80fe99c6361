"""Scores: notes on a time line, with meters, keys, tempos and parts.

Conventions
-----------
Time is counted in **ticks**, ``TICKS_PER_QUARTER`` to a quarter note: a number divisible by 2..10, so
that triplets, quintuplets and septuplets fall on whole ticks.

A note is a *sounding* note: tied notes are one. Repeats and endings stand as they are written, once.

``spelling`` is a position on the **line of fifths** (Temperley, *The Cognition of Basic Musical
Structures*, 2001): F = -1, C = 0, G = 1, …, B = 5, F sharp = 6, B flat = -2. ``UNSPELLED`` where
the source does not say.

A ``Meter`` always begins a bar. A bar that the next ``Meter`` cuts short is a pickup or an incomplete
bar: an upbeat of one eighth in 6/8 is ``Meter(0, 6, 8), Meter(TICKS_PER_QUARTER // 2, 6, 8)``.

``Score`` is a value; what one does to it are small pure functions that compose.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

TICKS_PER_QUARTER = 10080
UNSPELLED = -128
MAX_TICK = 2**31 - 1

NOTE = np.dtype(
    [
        ("onset", "<i4"),  # ticks from the start of the piece
        ("duration", "<i4"),  # ticks, at least 1
        ("pitch", "<i2"),  # MIDI note number, 60 is middle C
        ("velocity", "<i2"),  # 1..127
        ("part", "<i2"),  # index into Score.parts
        ("spelling", "<i2"),  # line of fifths, or UNSPELLED
    ]
)

MODES = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")
# The tonic's place on the line of fifths, relative to the major tonic of the same signature.
_TONIC_FIFTHS = dict(zip(MODES, (0, 3, 2, 4, -1, 1, 5), strict=True))
_STEPS = "FCGDAEB"


@dataclass(frozen=True, order=True)
class Meter:
    """A time signature from ``onset`` (ticks) on. It begins a bar."""

    onset: int
    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 64 or self.denominator not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"{self.numerator}/{self.denominator} is no meter")

    @property
    def bar_ticks(self) -> int:
        """Length of a full bar in ticks."""
        return TICKS_PER_QUARTER * 4 * self.numerator // self.denominator

    @property
    def beat_ticks(self) -> int:
        """Length of a beat in ticks: a dotted value in compound meters (6/8, 9/8, 12/8)."""
        compound = self.denominator >= 8 and self.numerator % 3 == 0 and self.numerator > 3
        return TICKS_PER_QUARTER * 4 // self.denominator * (3 if compound else 1)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, order=True)
class Key:
    """A key from ``onset`` (ticks) on: ``fifths`` sharps (or -flats) in the signature, and a mode."""

    onset: int
    fifths: int
    mode: str = "major"

    def __post_init__(self) -> None:
        if not -7 <= self.fifths <= 7 or self.mode not in MODES:
            raise ValueError(f"{self.fifths} fifths {self.mode} is no key")

    @property
    def tonic(self) -> int:
        """Pitch class of the tonic, 0 for C."""
        return (self.fifths + _TONIC_FIFTHS[self.mode]) * 7 % 12

    def __str__(self) -> str:
        return f"{spelling_name(self.fifths + _TONIC_FIFTHS[self.mode])} {self.mode}"


@dataclass(frozen=True, order=True)
class Tempo:
    """Quarter notes per minute from ``onset`` (ticks) on."""

    onset: int
    bpm: float

    def __post_init__(self) -> None:
        if not 1 <= self.bpm <= 2000:
            raise ValueError(f"{self.bpm} quarters a minute is no tempo")


@dataclass(frozen=True)
class Part:
    """One player or singer. ``program`` is General MIDI, counted from 0."""

    name: str = ""
    program: int = 0
    is_drum: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.program <= 127:
            raise ValueError(f"{self.program} is no General MIDI program")


@dataclass(frozen=True, eq=False)
class Score:
    """Notes with what a score says of them. Equal by value; the array cannot be written to.

    ``notes`` is a structured array of dtype ``NOTE``, sorted by onset, part, pitch, duration.
    The first meter, key and tempo stand at 0; where the source has none they are 4/4, C major, 120.
    """

    notes: NDArray[np.void]
    meters: tuple[Meter, ...] = (Meter(0, 4, 4),)
    keys: tuple[Key, ...] = (Key(0, 0),)
    tempos: tuple[Tempo, ...] = (Tempo(0, 120.0),)
    parts: tuple[Part, ...] = (Part(),)

    def __post_init__(self) -> None:
        notes = np.array(self.notes, dtype=NOTE, copy=True)
        notes = notes[
            np.lexsort((notes["duration"], notes["pitch"], notes["part"], notes["onset"]))
        ]
        _check_notes(notes, len(self.parts))
        notes.flags.writeable = False
        object.__setattr__(self, "notes", notes)
        object.__setattr__(self, "meters", _timeline(self.meters, Meter(0, 4, 4)))
        object.__setattr__(self, "keys", _timeline(self.keys, Key(0, 0)))
        object.__setattr__(self, "tempos", _timeline(self.tempos, Tempo(0, 120.0)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Score):
            return NotImplemented
        mine = (self.meters, self.keys, self.tempos, self.parts)
        theirs = (other.meters, other.keys, other.tempos, other.parts)
        return mine == theirs and np.array_equal(self.notes, other.notes)

    def __hash__(self) -> int:
        return hash(self.notes.tobytes())

    @property
    def end(self) -> int:
        """Tick at which the last note ends; 0 for an empty score."""
        if not len(self.notes):
            return 0
        return int((self.notes["onset"] + self.notes["duration"]).max())

    @property
    def quarters(self) -> float:
        """Length in quarter notes."""
        return self.end / TICKS_PER_QUARTER

    @property
    def seconds(self) -> float:
        """Length in seconds at the score's own tempos."""
        return float(seconds_at(self, self.end))


def _timeline(events: Sequence, default):
    """Events sorted, one per onset (the last written wins), with one at tick 0."""
    by_onset = {event.onset: event for event in events}
    if by_onset and min(by_onset) < 0:
        raise ValueError("an event lies before the start of the score")
    if 0 not in by_onset:
        by_onset[0] = default
    return tuple(by_onset[onset] for onset in sorted(by_onset))


def _check_notes(notes: NDArray[np.void], part_count: int) -> None:
    if notes.ndim != 1:
        raise ValueError("notes must be a one-dimensional array")
    if not len(notes):
        return
    bounds = {"onset": (0, MAX_TICK), "duration": (1, MAX_TICK), "pitch": (0, 127)}
    bounds |= {"velocity": (1, 127), "part": (0, part_count - 1)}
    for name, (low, high) in bounds.items():
        if notes[name].min() < low or notes[name].max() > high:
            raise ValueError(f"a note's {name} lies outside {low}..{high}")
    if int((notes["onset"].astype(np.int64) + notes["duration"]).max()) > MAX_TICK:
        raise ValueError("a note ends too late to be counted")


def make_notes(rows: Iterable[tuple]) -> NDArray[np.void]:
    """Notes from rows ``(onset, duration, pitch[, velocity[, part[, spelling]]])``, in ticks."""
    defaults = (0, 1, 60, 80, 0, UNSPELLED)
    return np.array([tuple(row) + defaults[len(row) :] for row in rows], dtype=NOTE)


# --- time -------------------------------------------------------------------------------------


def seconds_at(score: Score, tick: int | NDArray) -> float | NDArray:
    """Seconds from the start to a tick (or an array of ticks)."""
    onsets = np.array([tempo.onset for tempo in score.tempos], dtype=np.float64)
    per_tick = np.array([60 / tempo.bpm / TICKS_PER_QUARTER for tempo in score.tempos])
    starts = np.concatenate([[0.0], np.cumsum(np.diff(onsets) * per_tick[:-1])])
    index = np.searchsorted(onsets, tick, side="right") - 1
    seconds = starts[index] + (np.asarray(tick) - onsets[index]) * per_tick[index]
    return float(seconds) if np.ndim(tick) == 0 else seconds


@dataclass(frozen=True)
class Bar:
    """A bar as it lies in time: ``start`` and ``end`` in ticks, under ``meter``."""

    start: int
    end: int
    meter: Meter

    @property
    def is_full(self) -> bool:
        return self.end - self.start == self.meter.bar_ticks


def bars(score: Score) -> list[Bar]:
    """The bars from tick 0 until the last note has ended. The last bar is full unless cut by a meter."""
    result: list[Bar] = []
    end = max(score.end, score.meters[-1].onset + 1 if len(score.meters) > 1 else 1)
    if len(score.meters) > 1 and score.meters[-1].onset >= score.end > 0:
        end = score.end
    ends = [meter.onset for meter in score.meters[1:]] + [None]
    for meter, stop in zip(score.meters, ends, strict=True):
        start = meter.onset
        while start < end and (stop is None or start < stop):
            full = start + meter.bar_ticks
            result.append(Bar(start, full if stop is None else min(full, stop), meter))
            start = result[-1].end
    return result


def key_at(score: Score, tick: int) -> Key:
    """The key in force at a tick."""
    return [key for key in score.keys if key.onset <= tick][-1]


# --- the algebra ------------------------------------------------------------------------------


def transpose(score: Score, semitones: int) -> Score:
    """Every pitch moved by ``semitones``, keys and spellings with it. Drums stay.

    Raises ``ValueError`` where a pitch would leave 0..127.
    """
    if semitones == 0:
        return score
    notes = score.notes.copy()
    drums = np.array([part.is_drum for part in score.parts])[notes["part"]]
    notes["pitch"][~drums] += semitones
    shift = fifths_shift(score.keys[0].fifths, semitones)
    spelled = (notes["spelling"] != UNSPELLED) & ~drums
    keys = tuple(Key(key.onset, _wrap(key.fifths + shift), key.mode) for key in score.keys)
    moves = np.array([new.fifths - old.fifths for new, old in zip(keys, score.keys, strict=True)])
    under = np.searchsorted([key.onset for key in keys], notes["onset"], side="right") - 1
    notes["spelling"][spelled] += moves[np.maximum(under, 0)][spelled]
    notes["spelling"][spelled & (np.abs(notes["spelling"] - 2) > 17)] = UNSPELLED
    return replace(score, notes=notes, keys=keys)


def fifths_shift(fifths: int, semitones: int) -> int:
    """How far ``semitones`` move a signature along the line of fifths, choosing the fewest accidentals."""
    shift = semitones * 7 % 12
    options = [shift - 12, shift, shift + 12]
    return min(options, key=lambda option: (abs(fifths + option), -option))


def _wrap(fifths: int) -> int:
    return fifths if -7 <= fifths <= 7 else fifths - 12 * round(fifths / 12)


def clip(score: Score, start: int, end: int) -> Score:
    """What sounds from tick ``start`` to ``end``; notes are cut at both, and time begins at 0 again."""
    notes = score.notes[
        (score.notes["onset"] < end) & (score.notes["onset"] + score.notes["duration"] > start)
    ].copy()
    stop = np.minimum(notes["onset"] + notes["duration"], end)
    notes["onset"] = np.maximum(notes["onset"], start) - start
    notes["duration"] = stop - start - notes["onset"]

    def moved(events: Sequence) -> tuple:
        current = [event for event in events if event.onset <= start][-1:]
        later = [event for event in events if start < event.onset < end]
        return tuple(replace(event, onset=max(0, event.onset - start)) for event in current + later)

    meters = moved(score.meters)
    cut = [bar for bar in bars(score) if bar.start < start < bar.end]
    if cut and cut[0].end < end:
        # Before the later ones: where a new meter begins just there, it is the one that counts.
        meters = (replace(cut[0].meter, onset=cut[0].end - start), *meters)
    return replace(
        score, notes=notes, meters=meters, keys=moved(score.keys), tempos=moved(score.tempos)
    )


def quantize(score: Score, step: int) -> Score:
    """Onsets and ends moved to the nearest multiple of ``step`` ticks; every note keeps at least one."""
    notes = score.notes.copy()
    ends = np.rint((notes["onset"] + notes["duration"]) / step).astype(np.int64) * step
    notes["onset"] = np.rint(notes["onset"] / step).astype(np.int64) * step
    notes["duration"] = np.maximum(ends - notes["onset"], step)
    return replace(score, notes=notes)


def split_parts(score: Score) -> list[Score]:
    """One score per part, each with the same meters, keys and tempos."""
    singles = []
    for index, part in enumerate(score.parts):
        notes = score.notes[score.notes["part"] == index].copy()
        notes["part"] = 0
        singles.append(replace(score, notes=notes, parts=(part,)))
    return singles


def merge(scores: Sequence[Score]) -> Score:
    """Scores laid over one another, part after part. Meters, keys and tempos are the first one's."""
    notes: list[NDArray[np.void]] = []
    parts: list[Part] = []
    for score in scores:
        moved = score.notes.copy()
        moved["part"] += len(parts)
        notes.append(moved)
        parts.extend(score.parts)
    return replace(scores[0], notes=np.concatenate(notes), parts=tuple(parts))


def monophonic(score: Score) -> Score:
    """The highest note at every onset, each cut where the next begins: a melody in one part."""
    notes = score.notes[np.lexsort((-score.notes["pitch"], score.notes["onset"]))]
    _, first = np.unique(notes["onset"], return_index=True)
    notes = notes[first].copy()
    gaps = np.diff(notes["onset"])
    notes["duration"][:-1] = np.minimum(notes["duration"][:-1], gaps)
    notes["part"] = 0
    return replace(score, notes=notes, parts=score.parts[:1])


# --- names and fingerprints -------------------------------------------------------------------


def spelling_name(spelling: int) -> str:
    """``0`` is C, ``6`` is F#, ``-2`` is Bb."""
    accidentals, step = divmod(spelling + 1, 7)
    return _STEPS[step] + ("#" * accidentals if accidentals > 0 else "b" * -accidentals)


def pitch_name(pitch: int, spelling: int = UNSPELLED) -> str:
    """Scientific pitch notation: 60 is C4."""
    if spelling == UNSPELLED:
        spelling = spell(pitch, 0)
    accidentals = (spelling + 1) // 7
    return f"{spelling_name(spelling)}{(pitch - accidentals) // 12 - 1}"


def spell(pitch: int, fifths: int) -> int:
    """The spelling of a pitch that lies nearest the centre of a signature's scale.

    The window runs from three fifths below the major tonic to eight above (in C: E flat to G sharp,
    which is commoner than A flat in minor), after Temperley's line-of-fifths rule for single pitches.
    """
    position = pitch * 7 % 12
    low = fifths - 3
    return low + (position - low) % 12


def parse_key(text: str) -> Key:
    """``"D major"``, ``"Bb minor"``, ``"F# dorian"``, ``"Am"``; ``ValueError`` where it is none."""
    words = text.strip().replace("♯", "#").replace("♭", "b").split()
    if not words:
        raise ValueError("an empty text is no key")
    name, mode = words[0], (words[1].lower() if len(words) > 1 else "major")
    if name.endswith("m") and len(words) == 1:
        name, mode = name[:-1], "minor"
    step, accidentals = name[:1].upper(), name[1:]
    if step not in _STEPS or not step or accidentals.strip("#b") or mode not in MODES:
        raise ValueError(f"{text!r} is no key; write it like 'D major' or 'F# minor'")
    sharps = accidentals.count("#") - accidentals.count("b")
    fifths = _STEPS.index(step) - 1 + 7 * sharps - _TONIC_FIFTHS[mode]
    if not -7 <= fifths <= 7:
        raise ValueError(f"{text!r} needs more than seven sharps or flats")
    return Key(0, fifths, mode)


def parse_meter(text: str) -> Meter:
    """``"6/8"``; ``ValueError`` where it is none."""
    numerator, _, denominator = text.strip().partition("/")
    if not numerator.isdecimal() or not denominator.isdecimal():
        raise ValueError(f"{text!r} is no meter; write it like '3/4' or '6/8'")
    return Meter(0, int(numerator), int(denominator))


def fingerprint(score: Score) -> str:
    """64 hex digits that are the same on every machine for the same music.

    Onset, duration, pitch and part of every note, and the meters. Not velocity, tempo, names or
    spelling: they do not make another piece.
    """
    digest = hashlib.sha256()
    for name in ("onset", "duration", "pitch", "part"):
        digest.update(score.notes[name].astype("<i8").tobytes())
    digest.update(repr([(m.onset, m.numerator, m.denominator) for m in score.meters]).encode())
    return digest.hexdigest()


def tune_fingerprint(score: Score) -> str:
    """Like :func:`fingerprint`, but independent of key and of the unit of time.

    Two pieces that share it are the same music transposed, or written in other note values.
    """
    notes = score.notes
    if not len(notes):
        return fingerprint(score)
    unit = int(np.gcd.reduce(np.concatenate([np.diff(notes["onset"]), notes["duration"]])))
    digest = hashlib.sha256()
    digest.update(np.diff(notes["pitch"].astype("<i8")).tobytes())
    digest.update((np.diff(notes["onset"].astype("<i8")) // max(unit, 1)).tobytes())
    digest.update((notes["duration"].astype("<i8") // max(unit, 1)).tobytes())
    return digest.hexdigest()


def quarters(value: float | Fraction) -> int:
    """Ticks of so many quarter notes, rounded to the nearest."""
    return round(Fraction(value) * TICKS_PER_QUARTER)
