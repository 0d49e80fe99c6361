"""Reading MusicXML: the measures of all parts laid on one time line.

Conventions
-----------
Pitches are as they sound (``<transpose>`` is applied); tied notes are one; repeats and endings stand
as they are written, once. Grace notes, cue notes and chord symbols are left out. A part written on two
staves becomes two parts. A measure is as long as its longest part; one that is shorter or longer
than its meter says makes the next measure restate the meter (see ``workbench.core.score``).
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterable

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.provenance import found_in
from workbench.core.score import (
    MAX_TICK,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    make_notes,
)
from workbench.formats.musicxml.measures import Measure, PartReader
from workbench.formats.signatures import necessary, stated_key
from workbench.formats.ties import Row, WrittenNote, joined


def decode_text(xml: str) -> Reading:
    """The piece in the text of an uncompressed MusicXML file."""
    try:
        root = ET.fromstring(xml)
    except ET.ParseError as error:
        line = error.position[0]
        raise UnreadableFile(
            f"its XML is damaged or cut off at line {line}; get a complete copy."
        ) from error
    if root.tag not in ("score-partwise", "score-timewise"):
        raise UnreadableFile("it is XML, but not a MusicXML score; export the score again.")
    try:
        return _read_score(root)
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise UnreadableFile(
            f"a number in it makes no sense ({error}); export it from its program again."
        ) from error


def _read_score(root: ET.Element) -> Reading:
    parts: list[Part] = []
    rows: list[Row] = []
    remarks: list[str] = []
    sources = _parts_of(root)
    readers = [PartReader(_unpitched(root, identity)) for identity, _ in sources]
    measures = [
        [reader.read_measure(element) for element in elements]
        for reader, (_, elements) in zip(readers, sources, strict=True)
    ]
    meters, starts = _time_line(measures, remarks)
    for (identity, _), reader, mine in zip(sources, readers, measures, strict=True):
        for staff in sorted({note.staff for measure in mine for note in measure.notes} or {"1"}):
            rows += joined(_staff_notes(mine, starts, staff), len(parts))
            parts.append(_part(root, identity, reader.is_drum))
    if graces := sum(reader.graces for reader in readers):
        remarks.append(f"{graces} grace notes were left out.")
    if any(reader.repeats for reader in readers):
        remarks.append("Repeats stand as they are written, once.")
    score = Score(
        make_notes(tuple(row) for row in rows),
        meters=meters,
        keys=_keys(measures, starts, remarks),
        tempos=tuple(
            Tempo(start + round(onset), bpm)
            for mine in measures
            for start, measure in zip(starts, mine, strict=False)
            for onset, bpm in measure.tempos
        ),
        parts=tuple(parts) or (Part(),),
    )
    return Reading(score, _title(root), _composer(root), tuple(remarks), _statement(root))


def _parts_of(root: ET.Element) -> list[tuple[str, list[ET.Element]]]:
    """Part ids with their measures, whichever way the file is ordered."""
    if root.tag == "score-partwise":
        return [(part.get("id", ""), part.findall("measure")) for part in root.findall("part")]
    parts: dict[str, list[ET.Element]] = {}
    for measure in root.findall("measure"):
        for part in measure.findall("part"):
            parts.setdefault(part.get("id", ""), []).append(part)
    return list(parts.items())


def _time_line(
    measures: list[list[Measure]], remarks: list[str]
) -> tuple[tuple[Meter, ...], list[int]]:
    """The meters, and the tick at which each measure starts."""
    meters: list[Meter] = []
    starts: list[int] = []
    time, full = 0, True
    for column in _columns(measures):
        stated = next((measure.meter for measure in column if measure.meter), None)
        current = meters[-1] if meters else Meter(0, 4, 4)
        numerator, denominator = stated or (current.numerator, current.denominator)
        try:
            meter = Meter(time, numerator, denominator)
        except ValueError:
            remarks.append(f"A time signature {numerator}/{denominator} was left out.")
            meter = Meter(time, current.numerator, current.denominator)
        if not meters or not full or str(meter) != str(current):
            meters.append(meter)
        starts.append(time)
        length = round(max(measure.length for measure in column)) or meter.bar_ticks
        full = length == meter.bar_ticks
        time += length
    if time > MAX_TICK:
        raise ValueError("it lasts too long to be counted")
    return necessary(meters), starts


def _columns(measures: list[list[Measure]]) -> Iterable[list[Measure]]:
    """The measures that sound together; parts that end early are left out."""
    for index in range(max((len(mine) for mine in measures), default=0)):
        yield [mine[index] for mine in measures if index < len(mine)]


def _staff_notes(measures: list[Measure], starts: list[int], staff: str) -> Iterable[WrittenNote]:
    """The notes of one staff, in the order they are written."""
    for start, measure in zip(starts, measures, strict=False):
        for note in measure.notes:
            if note.staff == staff:
                yield WrittenNote(
                    start + round(note.onset), start + round(note.onset + note.duration),
                    note.pitch, note.velocity, note.spelling, note.voice, note.ties,
                )  # fmt: skip


def _keys(measures: list[list[Measure]], starts: list[int], remarks: list[str]) -> tuple[Key, ...]:
    """The keys of the first part that states any."""
    keys: list[Key] = []
    for mine in measures:
        for start, measure in zip(starts, mine, strict=False):
            for onset, fifths, mode in measure.keys:
                keys.append(stated_key(start + round(onset), fifths, mode, remarks))
        if keys:
            break
    remarks[:] = list(dict.fromkeys(remarks))
    return tuple(keys)


def _part(root: ET.Element, identity: str, unpitched: bool) -> Part:
    entry = next((p for p in root.findall("part-list/score-part") if p.get("id") == identity), None)
    if entry is None:
        return Part(is_drum=unpitched)
    program = int(entry.findtext("midi-instrument/midi-program") or 1) - 1
    channel = (entry.findtext("midi-instrument/midi-channel") or "").strip()
    name = " ".join((entry.findtext("part-name") or "").split())
    return Part(name, min(127, max(0, program)), unpitched or channel == "10")


def _unpitched(root: ET.Element, identity: str) -> dict[str, int]:
    """Instrument id to the MIDI pitch that plays it (MusicXML counts them from 1)."""
    return {
        instrument.get("id", ""): int(text) - 1
        for entry in root.findall("part-list/score-part")
        if entry.get("id") == identity
        for instrument in entry.findall("midi-instrument")
        if (text := instrument.findtext("midi-unpitched")) and 1 <= int(text) <= 128
    }


def _title(root: ET.Element) -> str:
    text = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    return " ".join(text.split())


def _statement(root: ET.Element) -> str:
    identification = root.find("identification")
    texts = [] if identification is None else [each.text for each in identification.iter()]
    return found_in(*texts)


def _composer(root: ET.Element) -> str:
    for creator in root.findall("identification/creator"):
        if creator.get("type", "composer") == "composer":
            return " ".join((creator.text or "").split())
    return ""
