"""One part of a MusicXML file, measure by measure, as events in ticks from each measure's start."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from fractions import Fraction

from workbench.core.score import MODES, TICKS_PER_QUARTER, UNSPELLED

STEPS = "FCGDAEB"
PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
DEFAULT_VELOCITY = 80
BEAT_UNITS = {
    "breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25,
}  # fmt: skip
_MODE_NAMES = {mode: mode for mode in MODES} | {"ionian": "major", "aeolian": "minor"}

Ticks = int | Fraction


@dataclass(frozen=True)
class RawNote:
    """A note as written, before ties are joined; onset in ticks from the measure's start."""

    onset: Ticks
    duration: Ticks
    pitch: int
    velocity: int
    spelling: int
    staff: str
    voice: str
    ties: frozenset[str]
    """Which of ``start`` and ``stop`` it has."""


@dataclass
class Measure:
    """What one part says in one measure."""

    length: Ticks = 0
    notes: list[RawNote] = field(default_factory=list)
    meter: tuple[int, int] | None = None
    keys: list[tuple[Ticks, int, str | None]] = field(default_factory=list)
    """Onset, signature at sounding pitch, mode where it is stated."""
    tempos: list[tuple[Ticks, float]] = field(default_factory=list)


class PartReader:
    """Reads the measures of one part in order; divisions and transposition last until changed."""

    def __init__(self, unpitched: dict[str, int]) -> None:
        self.unpitched = unpitched  # instrument id to MIDI pitch
        self.scale: Ticks = TICKS_PER_QUARTER
        self.chromatic = 0
        self.fifths_shift = 0
        self.graces = 0
        self.repeats = 0
        self.is_drum = False
        self._time: Ticks = 0
        self._chord_onset: Ticks = 0

    def read_measure(self, element: ET.Element) -> Measure:
        """The events of a ``<measure>``. ``ValueError`` where a number in it is none."""
        measure = Measure()
        self._time = self._chord_onset = 0
        for child in element:
            if child.tag == "note":
                self._read_note(child, measure)
            elif child.tag == "backup":
                self._time = max(0, self._time - self._ticks(child.findtext("duration")))
            elif child.tag == "forward":
                self._time += self._ticks(child.findtext("duration"))
            elif child.tag == "attributes":
                self._read_attributes(child, measure)
            elif child.tag in ("direction", "sound"):
                self._read_tempo(child, measure)
            elif child.tag == "barline" and child.find("repeat") is not None:
                self.repeats += 1
            measure.length = max(measure.length, self._time)
        return measure

    def _ticks(self, text: str | None) -> Ticks:
        value = Fraction((text or "0").strip()) * self.scale
        return value.numerator if value.denominator == 1 else value

    def _read_attributes(self, element: ET.Element, measure: Measure) -> None:
        if divisions := element.findtext("divisions"):
            self.scale = TICKS_PER_QUARTER / Fraction(divisions.strip())
        for transpose in element.findall("transpose"):
            chromatic = int(float(transpose.findtext("chromatic") or 0))
            octaves = int(transpose.findtext("octave-change") or 0)
            diatonic = transpose.findtext("diatonic")
            self.chromatic = chromatic + 12 * octaves
            # A step up the scale is seven semitones' worth of fifths less an octave's twelve.
            self.fifths_shift = (
                7 * chromatic - 12 * int(diatonic) if diatonic else (7 * chromatic + 5) % 12 - 5
            )
        for key in element.findall("key"):
            if fifths := key.findtext("fifths"):
                mode = _MODE_NAMES.get((key.findtext("mode") or "").strip().lower())
                measure.keys.append((self._time, int(fifths) + self.fifths_shift, mode))
        time = element.find("time")
        if time is not None and time.find("beats") is not None and self._time == 0:
            measure.meter = _meter(time)

    def _read_tempo(self, element: ET.Element, measure: Measure) -> None:
        onset = self._time + self._ticks(element.findtext("offset"))
        sound = element if element.tag == "sound" else element.find("sound")
        bpm: float | None = None
        if sound is not None and sound.get("tempo"):
            bpm = float(sound.get("tempo", ""))
        elif (mark := element.find("direction-type/metronome")) is not None:
            bpm = _metronome(mark)
        if bpm and 1 <= bpm <= 2000:
            measure.tempos.append((max(0, onset), bpm))

    def _read_note(self, element: ET.Element, measure: Measure) -> None:
        if element.find("grace") is not None:
            self.graces += 1
            return
        duration = self._ticks(element.findtext("duration"))
        if element.find("chord") is None:
            self._chord_onset = self._time
            self._time += duration
        if element.find("rest") is not None or element.find("cue") is not None or duration <= 0:
            return
        named = self._pitch(element)
        if named is None:
            return
        pitch, spelling = named
        loudness = element.get("dynamics")
        velocity = round(float(loudness) * 0.9) if loudness else DEFAULT_VELOCITY
        ties = {tie.get("type", "") for tie in element.findall("tie")}
        ties |= {tie.get("type", "") for tie in element.findall("notations/tied")}
        measure.notes.append(
            RawNote(
                self._chord_onset, duration, pitch, min(127, max(1, velocity)), spelling,
                (element.findtext("staff") or "1").strip(), element.findtext("voice") or "",
                frozenset(ties),
            )
        )  # fmt: skip

    def _pitch(self, element: ET.Element) -> tuple[int, int] | None:
        """Sounding pitch and spelling of a note; None where it lies outside MIDI's range."""
        pitched = element.find("pitch")
        if pitched is None:
            self.is_drum = True
            return self._drum_pitch(element), UNSPELLED
        step = (pitched.findtext("step") or "").strip().upper()
        octave = int(pitched.findtext("octave") or "")
        alter = float(pitched.findtext("alter") or 0)
        if step not in PITCH_CLASSES:
            raise ValueError(f"{step!r} is no step")
        pitch = round(12 * (octave + 1) + PITCH_CLASSES[step] + alter) + self.chromatic
        if not 0 <= pitch <= 127:
            return None
        if alter != int(alter):  # quarter tones are rounded, so their spelling would lie
            return pitch, UNSPELLED
        return pitch, STEPS.index(step) - 1 + 7 * int(alter) + self.fifths_shift

    def _drum_pitch(self, element: ET.Element) -> int:
        instrument = element.find("instrument")
        if instrument is not None and instrument.get("id", "") in self.unpitched:
            return self.unpitched[instrument.get("id", "")]
        step = element.findtext("unpitched/display-step") or "D"
        octave = int(element.findtext("unpitched/display-octave") or 2)
        return min(127, max(0, 12 * (octave + 1) + PITCH_CLASSES.get(step, 2)))


def _meter(time: ET.Element) -> tuple[int, int] | None:
    """Beats and beat type; 3+2/8 is 5/8. None for a mixture of beat types."""
    types = {(kind.text or "").strip() for kind in time.findall("beat-type")}
    if len(types) != 1:
        return None
    beats = "+".join(beat.text or "" for beat in time.findall("beats"))
    return sum(int(beat) for beat in beats.split("+")), int(types.pop())


def _metronome(mark: ET.Element) -> float | None:
    """Quarters a minute of a metronome mark that has no sounding tempo beside it."""
    text = "".join(sign for sign in mark.findtext("per-minute") or "" if sign in "0123456789.")
    unit = BEAT_UNITS.get((mark.findtext("beat-unit") or "").strip())
    if not text.strip(".") or unit is None or text.count(".") > 1:
        return None
    dotted = mark.find("beat-unit-dot") is not None
    return float(text) * unit * (1.5 if dotted else 1.0)
