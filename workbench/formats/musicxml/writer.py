"""Writing MusicXML 4.0 (score-partwise), with all that an engraver needs.

Conventions
-----------
``<divisions>`` is ``TICKS_PER_QUARTER``, so durations are ticks. Every sounding note's first
``<note>`` has ``id="n<index in score.notes>"``; the notes tied to it have ``n<index>-2``, ``-3``, …
Accidentals are written out (``<accidental>``) where the signature and the bar so far do not say them;
beams and tuplet brackets too. An upbeat is bar 0, and the second part of a bar in two has the number of the first;
both are ``implicit="yes"``, so that it is not printed.

A key or tempo that changes within a bar is written at the first note or rest of the top voice from there on.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

import numpy as np

from workbench.core.bar_numbers import bar_numbers
from workbench.core.instruments import abbreviation
from workbench.core.score import TICKS_PER_QUARTER, Bar, Key, Part, Score, Tempo, key_at
from workbench.formats.musicxml.beams import beams
from workbench.formats.notation import Voice, Written, layout
from workbench.formats.notation.names import alter_in_key, written_pitches

TYPES = {
    256: "breve", 128: "whole", 64: "half", 32: "quarter", 16: "eighth",
    8: "16th", 4: "32nd", 2: "64th", 1: "128th",
}  # fmt: skip
ACCIDENTALS = {
    -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp",
}  # fmt: skip
DEFAULT_VELOCITY = 80
DEFAULT_TEMPO = 120.0
_DRUM_CHANNEL = 10
_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


@dataclass(frozen=True)
class Clef:
    """A clef, the lowest and highest pitch it writes with at most one ledger line, and how gladly it is taken."""

    sign: str
    line: int
    octave_change: int
    low: int
    high: int
    reluctance: float = 0.0
    """Semitones outside the range that a note may lie before this clef is preferred."""


TREBLE_CLEF, BASS_CLEF = Clef("G", 2, 0, 60, 81), Clef("F", 4, 0, 40, 60)
ALTO_CLEF = Clef("C", 3, 0, 50, 70)
TENOR_CLEF = Clef("G", 2, -1, 48, 69, reluctance=0.5)  # a treble clef that sounds an octave lower
CLEFS = (TREBLE_CLEF, BASS_CLEF, TENOR_CLEF)
VOICE_CLEFS = {"soprano": TREBLE_CLEF, "alto": TREBLE_CLEF, "tenor": TENOR_CLEF, "bass": BASS_CLEF}
"""What singers read, by the name of their part."""
OWN_CLEFS = {
    **dict.fromkeys((40, 56, 68, 71, 73), TREBLE_CLEF),  # violin, trumpet, oboe, clarinet, flute
    41: ALTO_CLEF,  # viola
    **dict.fromkeys((42, 57, 58, 70), BASS_CLEF),  # cello, trombone, tuba, bassoon
}
"""What players of these General MIDI programs read."""
MOST_LEDGERS = 5.0
"""Semitones outside the range of a voice's or a player's own clef that notes may lie on an average, before another is taken."""


def encode(
    score: Score, *, title: str = "", composer: str = "", statement: str = "", first_bar: int | None = None
) -> str:  # fmt: skip
    """A score as the text of an uncompressed MusicXML file. Of a part of a piece, ``first_bar`` is the number that its first bar has there."""
    score, staves, parts = layout(score)
    root = ET.Element("score-partwise", version="4.0")
    if title:
        _add(_add(root, "work"), "work-title", _clean(title))
    identification = _add(root, "identification")
    if composer:
        _add(identification, "creator", _clean(composer), type="composer")
    _add(_add(identification, "encoding"), "software", "Music workbench")
    if statement:
        place = _add(identification, "miscellaneous")
        _add(place, "miscellaneous-field", _clean(statement), name="made-by-a-model")
    _write_part_list(root, score.parts)
    pitches = written_pitches(score)
    for index, measures in enumerate(parts):
        writer = _PartWriter(score, index, pitches)
        part = _add(root, "part", id=f"P{index + 1}")
        numbers = bar_numbers(staves, first_bar)
        for number, before, bar, voices in zip(
            numbers, [0, *numbers[:-1]], staves, measures, strict=True
        ):
            writer.write_measure(part, number, bar, voices, implicit=number == before)
        end = _add(part[-1], "barline", location="right")
        _add(end, "bar-style", "light-heavy")
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, text: object = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = str(text)
    return child


def _clean(text: str) -> str:
    """Text without the control characters that XML forbids."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\t\n").strip()


def _write_part_list(root: ET.Element, parts: tuple[Part, ...]) -> None:
    part_list = _add(root, "part-list")
    grouped = len(parts) > 1
    if grouped:
        group = _add(part_list, "part-group", number="1", type="start")
        _add(group, "group-symbol", "bracket")
        _add(group, "group-barline", "yes")
    for index, part in enumerate(parts):
        identity = f"P{index + 1}"
        entry = _add(part_list, "score-part", id=identity)
        _add(entry, "part-name", _clean(part.name))
        if len(parts) > 1 and part.name:
            _add(entry, "part-abbreviation", abbreviation(_clean(part.name)))
        _add(
            _add(entry, "score-instrument", id=f"{identity}-I1"),
            "instrument-name",
            _clean(part.name),
        )
        sound = _add(entry, "midi-instrument", id=f"{identity}-I1")
        melodic = [channel for channel in range(1, 17) if channel != _DRUM_CHANNEL]
        _add(sound, "midi-channel", _DRUM_CHANNEL if part.is_drum else melodic[index % 15])
        _add(sound, "midi-program", part.program + 1)
    if grouped:
        _add(part_list, "part-group", number="1", type="stop")


class _PartWriter:
    """Writes the measures of one part in order, remembering what has been printed so far."""

    def __init__(self, score: Score, part: int, pitches: list[tuple[str, int, int]]) -> None:
        self.score, self.part, self.pitches = score, part, pitches
        self.velocities = score.notes["velocity"].tolist()
        self.keys = list(score.keys)
        self.tempos = list(score.tempos) if part == 0 else []
        self.key = score.keys[0]
        self.meter = ""
        self.symbols: dict[int, int] = {}  # note index to how many <note>s it has so far

    def write_measure(
        self, parent: ET.Element, number: int, bar: Bar, voices: list[Voice], *, implicit: bool
    ) -> None:
        """Append one measure, whose ``number`` is not printed where it is ``implicit``."""
        measure = _add(parent, "measure", number=str(number))
        if implicit:
            measure.set("implicit", "yes")
        self._write_attributes(measure, bar)
        accidentals = self._accidentals(voices)
        time = bar.start
        for index, voice in enumerate(voices):
            if not voice:
                continue
            if index:
                _add(_add(measure, "backup"), "duration", time - bar.start)
            joined = beams(voice, bar)
            for position, item in enumerate(voice):
                if index == 0:
                    self._write_changes(measure, item.start, bar)
                words = joined.get(position, [])
                self._write_item(measure, item, index, words, accidentals)
            time = voice[-1].end

    def _write_attributes(self, measure: ET.Element, bar: Bar) -> None:
        first = bar.start == 0
        due = [key for key in self.keys if key.onset <= bar.start]
        if not (first or due or str(bar.meter) != self.meter):
            return
        attributes = _add(measure, "attributes")
        if first:
            _add(attributes, "divisions", TICKS_PER_QUARTER)
        if due:
            self._write_key(attributes, due[-1])
        if str(bar.meter) != self.meter:
            time = _add(attributes, "time")
            _add(time, "beats", bar.meter.numerator)
            _add(time, "beat-type", bar.meter.denominator)
            self.meter = str(bar.meter)
        if first:
            _write_clef(attributes, self.score, self.part)

    def _write_key(self, attributes: ET.Element, key: Key) -> None:
        element = _add(attributes, "key")
        _add(element, "fifths", key.fifths)
        _add(element, "mode", key.mode)
        self.keys = [later for later in self.keys if later.onset > key.onset]

    def _write_changes(self, measure: ET.Element, time: int, bar: Bar) -> None:
        """Keys and tempos that are due by the time of the next symbol."""
        due = [key for key in self.keys if key.onset <= time]
        if due:
            self._write_key(_add(measure, "attributes"), due[-1])
        tempos = [tempo for tempo in self.tempos if tempo.onset <= time]
        if tempos:
            _write_tempo(measure, tempos[-1], bar, shown=len(self.score.tempos) > 1)
            self.tempos = [tempo for tempo in self.tempos if tempo.onset > time]

    def _accidentals(self, voices: list[Voice]) -> dict[int, str]:
        """Note index to the accidental its first symbol in this bar needs, over all voices in time order."""
        result: dict[int, str] = {}
        altered: dict[tuple[str, int], int] = {}
        fifths = None
        for item in sorted((i for voice in voices for i in voice), key=lambda i: i.start):
            current = key_at(self.score, item.start).fifths
            if current != fifths:
                fifths, altered = current, {}
            for index in () if item.tied_from else item.notes:
                step, alter, octave = self.pitches[index]
                if altered.get((step, octave), alter_in_key(step, fifths)) != alter:
                    result[index] = ACCIDENTALS[alter]
                    altered[step, octave] = alter
        return result

    def _write_item(
        self,
        measure: ET.Element,
        item: Written,
        voice: int,
        beam_words: list[str],
        accidentals: dict[int, str],
    ) -> None:
        """One chord or rest: a ``<note>`` for each of its notes, in the schema's order of children."""
        for place, index in enumerate(item.notes or (None,)):
            note = _add(measure, "note")
            if index is None:
                self._write_rest(note, item, hidden=voice > 0)
            else:
                self._write_pitch(note, item, index, in_chord=place > 0)
            _add(note, "duration", item.duration)
            if index is not None:
                _write_ties(note, item)
            _add(note, "voice", voice + 1)
            _write_value(note, item)
            if index is not None and not item.tied_from and index in accidentals:
                note.insert(
                    len(note) - (item.tuplet is not None), _leaf("accidental", accidentals[index])
                )
            for level, word in enumerate(beam_words if place == 0 else [], start=1):
                _add(note, "beam", word, number=str(level))
            _write_notations(note, item, first=place == 0, rest=index is None)

    def _write_rest(self, note: ET.Element, item: Written, *, hidden: bool) -> None:
        if hidden:
            note.set("print-object", "no")
        rest = _add(note, "rest")
        if item.base == 0:
            rest.set("measure", "yes")

    def _write_pitch(self, note: ET.Element, item: Written, index: int, *, in_chord: bool) -> None:
        count = self.symbols[index] = self.symbols.get(index, 0) + 1
        note.set("id", f"n{index}" if count == 1 else f"n{index}-{count}")
        if self.velocities[index] != DEFAULT_VELOCITY:
            # MusicXML counts loudness in percent of forte, which is velocity 90.
            note.set("dynamics", f"{self.velocities[index] / 0.9:.2f}")
        if in_chord:
            _add(note, "chord")
        step, alter, octave = self.pitches[index]
        pitch = _add(note, "pitch")
        _add(pitch, "step", step)
        if alter:
            _add(pitch, "alter", alter)
        _add(pitch, "octave", octave)


def _leaf(tag: str, text: str) -> ET.Element:
    element = ET.Element(tag)
    element.text = text
    return element


def _write_value(note: ET.Element, item: Written) -> None:
    if item.base:
        _add(note, "type", TYPES[item.base])
    for _ in range(item.dots):
        _add(note, "dot")
    if item.tuplet:
        modification = _add(note, "time-modification")
        _add(modification, "actual-notes", item.tuplet.actual)
        _add(modification, "normal-notes", item.tuplet.normal)


def _write_ties(note: ET.Element, item: Written) -> None:
    if item.tied_from:
        _add(note, "tie", type="stop")
    if item.tied_to:
        _add(note, "tie", type="start")


def _write_notations(note: ET.Element, item: Written, *, first: bool, rest: bool) -> None:
    notations = ET.Element("notations")
    if item.tied_from and not rest:
        _add(notations, "tied", type="stop")
    if item.tied_to and not rest:
        _add(notations, "tied", type="start")
    if item.tuplet and first:
        if item.tuplet.opens:
            _add(notations, "tuplet", type="start", bracket="yes")
        if item.tuplet.closes:
            _add(notations, "tuplet", type="stop")
    if len(notations):
        note.append(notations)


def _write_tempo(measure: ET.Element, tempo: Tempo, bar: Bar, *, shown: bool) -> None:
    """A metronome mark in beats a minute, where it says more than the default, and the sounding tempo."""
    direction = _add(measure, "direction", placement="above")
    kind = _add(direction, "direction-type")
    if shown or tempo.bpm != DEFAULT_TEMPO:
        beat = {4: "half", 2: "quarter", 3: "quarter", 1: "eighth", 6: "half"}
        eighths = bar.meter.beat_ticks * 2 / TICKS_PER_QUARTER
        unit = beat.get(int(eighths), "quarter") if eighths >= 1 else "quarter"
        dotted = eighths in (3, 6)
        metronome = _add(kind, "metronome")
        _add(metronome, "beat-unit", unit)
        if dotted:
            _add(metronome, "beat-unit-dot")
        length = {"half": 4, "quarter": 2, "eighth": 1}[unit] * (1.5 if dotted else 1)
        _add(metronome, "per-minute", f"{tempo.bpm * 2 / length:.4g}")
    else:
        _add(kind, "words")
    _add(direction, "sound", tempo=repr(tempo.bpm))


def _write_clef(attributes: ET.Element, score: Score, part: int) -> None:
    """The clef of a voice or of an instrument where it suits; else the one whose staff holds the notes with the fewest ledger lines."""
    clef = _add(attributes, "clef")
    if score.parts[part].is_drum:
        _add(clef, "sign", "percussion")
        return
    pitches = score.notes["pitch"][score.notes["part"] == part].astype(int)

    def outside(choice: Clef) -> float:
        low, high = choice.low, choice.high
        ledgers = np.maximum(0, np.maximum(low - pitches, pitches - high)).sum()
        return float(ledgers) + choice.reluctance * len(pitches)

    player = score.parts[part]
    own = VOICE_CLEFS.get(player.name.casefold()) or OWN_CLEFS.get(player.program)
    if own and outside(own) > MOST_LEDGERS * len(pitches):
        own = None
    best = own or min(CLEFS, key=outside)
    _add(clef, "sign", best.sign)
    _add(clef, "line", best.line)
    if best.octave_change:
        _add(clef, "clef-octave-change", best.octave_change)
