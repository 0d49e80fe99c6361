"""What music21 parsed, as a ``Score``: for the formats that are read with its help.

Conventions
-----------
As with our own readers: pitches as they sound, tied notes one, repeats as they are written, grace notes
and chord symbols left out. The bars are those of the part with the most of them; a bar of another
length than its meter's makes the next one restate the meter (see ``workbench.core.score``).

music21 is imported when the first such file is read: it weighs 60 MB, and only the bounded reader pays.

References
----------
Cuthbert & Ariza, "music21: A toolkit for computer-aided musicology and symbolic music data", ISMIR 2010.
"""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.score import (
    MAX_TICK,
    MODES,
    UNSPELLED,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    make_notes,
    quarters,
)
from workbench.formats.signatures import necessary, stated_key
from workbench.formats.ties import Row, WrittenNote, joined

STEPS = "FCGDAEB"
DEFAULT_VELOCITY = 80
_TIES = {"start": {"start"}, "stop": {"stop"}, "continue": {"start", "stop"}, "let-ring": set()}
_MODES = {mode: mode for mode in MODES} | {"ionian": "major", "aeolian": "minor"}


def parsed(text: str, form: str) -> Any:
    """The music21 stream of a text in one of music21's formats; ``UnreadableFile`` with the reason alone."""
    from music21 import converter

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return converter.parseData(text, format=form)
    except MemoryError:
        raise
    except Exception as error:  # a foreign parser: a damaged file may raise anything
        raise UnreadableFile(
            "it is damaged, or not written as its format asks; open it in its program and save it again."
        ) from error


def read_stream(stream: Any) -> Reading:
    """The piece in a music21 stream; ``UnreadableFile`` where what it says makes no sense."""
    try:
        return _read(stream)
    except (ValueError, ZeroDivisionError, OverflowError, AttributeError, TypeError) as error:
        raise UnreadableFile(
            f"a number in it makes no sense ({error}); open it in its program and save it again."
        ) from error


def _read(stream: Any) -> Reading:
    sources = list(stream.parts) or [stream]
    flats = [source.flatten() for source in sources]
    remarks: list[str] = []
    rows: list[Row] = []
    parts: list[Part] = []
    for source, flat in zip(sources, flats, strict=True):
        notes = list(_sounding(flat))
        if not notes and len(sources) > 1:
            continue
        rows += joined(notes, len(parts))
        parts.append(_part(source, flat))
    if max((row[0] + row[1] for row in rows), default=0) > MAX_TICK:
        raise ValueError("it lasts too long to be counted")
    if graces := sum(element.duration.isGrace for flat in flats for element in flat.notes):
        remarks.append(f"{graces} grace notes were left out.")
    if any(True for source in sources for _ in source.recurse().getElementsByClass("Repeat")):
        remarks.append("Repeats stand as they are written, once.")
    score = Score(
        make_notes(tuple(row) for row in rows),
        meters=_meters(sources, remarks),
        keys=_keys(flats, remarks),
        tempos=tuple(_tempos([stream.flatten()])),
        parts=tuple(parts) or (Part(),),
    )
    title, composer = _names(stream)
    return Reading(score, title, composer, tuple(dict.fromkeys(remarks)))


def _sounding(flat: Any) -> Iterator[WrittenNote]:
    """The notes of a flat part, chords one by one, as they sound."""
    for element in flat.notes:
        if element.duration.isGrace or "Harmony" in element.classes:
            continue
        onset = quarters(element.offset)
        end = quarters(element.offset + element.duration.quarterLength)
        members = element.notes if "ChordBase" in element.classes else [element]
        for note in members if end > onset else ():
            pitch, spelling = _pitch(note)
            if not 0 <= pitch <= 127:
                continue
            ties = _TIES.get(note.tie.type if note.tie else "", set())
            loudness = note.volume.velocity
            velocity = DEFAULT_VELOCITY if loudness is None else min(127, max(1, loudness))
            yield WrittenNote(onset, end, pitch, velocity, spelling, "", frozenset(ties))


def _pitch(note: Any) -> tuple[int, int]:
    """MIDI number and spelling; quarter tones are rounded, so they have no spelling."""
    if "Unpitched" in note.classes:
        return int(note.displayPitch().midi), UNSPELLED
    alter = note.pitch.alter
    if alter != int(alter):
        return round(note.pitch.ps), UNSPELLED
    return round(note.pitch.ps), STEPS.index(note.pitch.step) - 1 + 7 * int(alter)


def _meters(sources: list[Any], remarks: list[str]) -> tuple[Meter, ...]:
    """The meters, restated where a bar is shorter or longer than its own."""
    measured = max(sources, key=lambda part: len(part.getElementsByClass("Measure")))
    measures = list(measured.getElementsByClass("Measure"))
    starts = [quarters(measure.offset) for measure in measures]
    meters: list[Meter] = []
    for index, (start, measure) in enumerate(zip(starts, measures, strict=True)):
        last = meters[-1] if meters else Meter(0, 4, 4)
        stated = measure.timeSignature
        try:
            meter = Meter(
                start, *((stated.numerator, stated.denominator) if stated else _pair(last))
            )
        except ValueError:
            remarks.append(f"A time signature {stated.ratioString} was left out.")
            meter = Meter(start, *_pair(last))
        is_full = not index or start - starts[index - 1] == last.bar_ticks
        if not meters or not is_full or str(meter) != str(last):
            meters.append(meter)
    return necessary(meters) or _unmeasured(measured)


def _pair(meter: Meter) -> tuple[int, int]:
    return meter.numerator, meter.denominator


def _unmeasured(part: Any) -> tuple[Meter, ...]:
    """The meters of music that is written without barlines."""
    return tuple(
        Meter(quarters(sign.offset), sign.numerator, sign.denominator)
        for sign in part.flatten().getElementsByClass("TimeSignature")
    )


def _keys(flats: Iterable[Any], remarks: list[str]) -> tuple[Key, ...]:
    """The keys of the first part that states any. Where a signature and a key meet, the key names the mode."""
    signs: dict[int, tuple[int, str | None]] = {}
    for flat in flats:
        for sign in flat.getElementsByClass("KeySignature"):
            onset, fifths = quarters(sign.offset), sign.sharps
            mode = _MODES.get((getattr(sign, "mode", None) or "").lower())
            if fifths is not None and (mode or onset not in signs):
                signs[onset] = fifths, mode
        if signs:
            break
    return tuple(stated_key(onset, *sign, remarks) for onset, sign in signs.items())


def _tempos(flats: Iterable[Any]) -> Iterator[Tempo]:
    for flat in flats:
        for mark in flat.getElementsByClass("MetronomeMark"):
            bpm = mark.getQuarterBPM() if mark.number is not None else None
            if bpm and 1 <= bpm <= 2000:
                yield Tempo(quarters(mark.offset), float(bpm))


def _part(source: Any, flat: Any) -> Part:
    instrument = source.getInstrument(returnDefault=False)
    name = getattr(source, "partName", None) or getattr(instrument, "instrumentName", None) or ""
    program = getattr(instrument, "midiProgram", None) or 0
    is_drum = any("Unpitched" in element.classes for element in flat.notes)
    return Part(" ".join(name.split()), min(127, max(0, program)), is_drum)


def _names(stream: Any) -> tuple[str, str]:
    """Title and composer, empty where the file does not say."""
    metadata = stream.metadata
    if metadata is None:
        return "", ""
    title, composer = metadata.title or metadata.movementName or "", metadata.composer or ""
    return " ".join(title.split()), " ".join(composer.split())
