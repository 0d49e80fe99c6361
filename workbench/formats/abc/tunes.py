"""ABC files and tunes: which lines are fields and which are music, and what a tune's voices make together."""

import re
from dataclasses import dataclass, field
from fractions import Fraction

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.provenance import found_in
from workbench.core.score import MAX_TICK, Meter, Part, Score, Tempo, make_notes
from workbench.formats.abc.fields import (
    MOVES,
    KeyField,
    default_unit,
    read_key,
    read_meter,
    read_tempo,
    read_unit,
)
from workbench.formats.abc.voice import TOKEN, Voice
from workbench.formats.signatures import necessary

_FIELD = re.compile(r"([A-Za-z+]):(?![|:])(.*)")
_NAME = re.compile(r'\b(?:name|nm)\s*=\s*(?:"([^"]*)"|(\S+))')
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
FREE_METER = ("", "none")
DEFAULT_VELOCITY = 80


def is_abc(data: bytes) -> bool:
    """Whether these bytes are text with the two fields every tune has, ``X:`` and ``K:``."""
    if data.startswith(_UTF_16_MARKS):
        data = to_text(data).encode()
    if b"\x00" in data[:2000]:
        return False
    return bool(re.search(rb"^X:", data, re.MULTILINE) and re.search(rb"^K:", data, re.MULTILINE))


def to_text(data: bytes) -> str:
    """The text of a file, UTF-8 or UTF-16 or else Latin-1, with plain line ends."""
    is_wide = data.startswith(_UTF_16_MARKS)
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"(?<!\d)=(?:(20)(?=\s)|(3D)|0D(?=\s)|\n)", _unquoted, text)


def _unquoted(found: re.Match[str]) -> str:
    """Undo what mail did to many old collections (quoted-printable); none of it is valid ABC."""
    return " " if found[1] else "=" if found[2] else ""


def split_tunes(text: str) -> dict[str, str]:
    """The tunes of a file by their ``X:`` number, in order; the file's own header is put before each.

    A number that occurs again gets a suffix: ``12``, ``12-2``.
    """
    head, *tunes = re.split(r"^(?=X:)", text, flags=re.MULTILINE)
    if not tunes and re.search(r"^K:", text, re.MULTILINE):
        return {"1": text}
    fields = [line for line in head.splitlines() if re.match(r"[LMIRU]:|%%", line)]
    result: dict[str, str] = {}
    for tune in tunes:
        number = tune[2:].split("\n", 1)[0].split("%")[0].strip() or "1"
        name, again = number, 1
        while name in result:
            again += 1
            name = f"{number}-{again}"
        result[name] = "\n".join([*fields, tune])
    return result


def read_tune(text: str) -> Reading:
    """The piece in the text of one tune.

    ``UnreadableFile`` where it has no key, so no music, or a number in it is beyond counting.
    """
    tune = _Tune()
    try:
        for line in text.splitlines():
            if not tune.read_line(line):
                break
        if tune.voices:
            return tune.reading()
    except (ValueError, OverflowError) as error:
        raise UnreadableFile(f"a number in it makes no sense ({error}); mend it.") from error
    raise UnreadableFile("it has no K: line, after which the music begins; add one.")


@dataclass
class _Tune:
    """A tune while it is read, line by line."""

    titles: list[str] = field(default_factory=list)
    composer: str = ""
    statement: str = ""
    meter: Meter | None = None  # free
    unit: Fraction | None = None
    scope: str = "pitch"
    tempo_texts: list[str] = field(default_factory=list)
    tempos: list[Tempo] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    key: KeyField | None = None
    voices: dict[str, Voice] = field(default_factory=dict)
    voice: Voice | None = None
    remarks: list[str] = field(default_factory=list)

    def read_line(self, line: str) -> bool:
        """Take one line; False where it ends the tune."""
        if line.startswith("%%"):
            found = re.match(r"%%propagate-accidentals\s+(not|octave|pitch)", line)
            self.scope = found[1] if found else self.scope
            return True
        if not line.strip():
            return self.voice is None  # an empty line ends the tune, but not its header
        line = re.split(r"(?<!\\)%", line, maxsplit=1)[0].rstrip().replace("\\%", "%")
        found = _FIELD.match(line)
        if found:
            self._read_field(found[1], found[2].strip())
        elif self.voice is not None:
            self._read_music(line)
        return True

    def _read_music(self, line: str) -> None:
        for token in TOKEN.finditer(line):
            if inline := token["inline"]:
                self._read_field(inline[1], inline[3:-1].strip())
            elif self.voice is not None:
                self.voice.read(token)

    def _read_field(self, name: str, value: str) -> None:
        if name == "T":
            self.titles.append(value)
        elif name == "C":
            self.composer = self.composer or value
        elif name == "N":
            self.statement = self.statement or found_in(value)
        elif name == "M":
            self._read_meter(value)
        elif name == "L":
            self._read_unit(value)
        elif name == "Q":
            self._read_tempo(value)
        elif name == "V":
            self._read_voice(value)
        elif name == "K":
            self._read_key(value)

    def _read_meter(self, value: str) -> None:
        meter = read_meter(value)
        if meter is None and value.strip().lower() not in FREE_METER:
            self.remarks.append(
                f"The meter {value.strip()[:20]!r} is none; the music is read without."
            )
        if self.voice is not None:
            self.voice.set_meter(meter)
        else:
            self.meter = meter

    def _read_unit(self, value: str) -> None:
        unit = read_unit(value)
        if unit and self.voice is not None:
            self.voice.unit = unit
        elif unit:
            self.unit = unit

    def _read_tempo(self, value: str) -> None:
        if self.voice is None:
            self.tempo_texts.append(value)
        elif bpm := read_tempo(value, self.voice.unit):
            self.tempos.append(Tempo(round(self.voice.time), bpm))

    def _read_clef(self, value: str) -> None:
        """Say of what would move the notes that it is not followed."""
        words = "The octave or transposition that a clef or voice states is not followed; notes stand as written."
        if MOVES.search(value) and words not in self.remarks:
            self.remarks.append(words)

    def _read_voice(self, value: str) -> None:
        self._read_clef(value)
        identity = value.split()[0] if value else "1"
        if named := _NAME.search(value):
            self.names[identity] = (named[1] or named[2] or "").replace("\\n", " ").strip()
        self.names.setdefault(identity, "" if identity.isdecimal() else identity)
        if self.key is not None:
            self._choose(identity)

    def _read_key(self, value: str) -> None:
        self._read_clef(value)
        key = read_key(value)
        if key and key.remark:
            self.remarks.append(key.remark)
        if self.voice is not None:
            if key:
                self.voice.set_key(key)
            return
        self.key = key or read_key("C")
        self.unit = self.unit or default_unit(self.meter)
        for text in self.tempo_texts:
            if bpm := read_tempo(text, self.unit):
                self.tempos.append(Tempo(0, bpm))
        self._choose(next(iter(self.names), "1"))

    def _choose(self, identity: str) -> None:
        """Go on with a voice, which begins as the header says."""
        if identity not in self.voices:
            assert self.key is not None and self.unit is not None  # set by the K: field
            voice = Voice(self.unit, self.key, self.meter, self.scope)
            voice.set_key(self.key)
            voice.set_meter(self.meter)
            self.voices[identity] = voice
        self.voice = self.voices[identity]
        self.voice.name = self.names.get(identity, "")

    def reading(self) -> Reading:
        """What was read, as a score: its time line is the first voice's."""
        for voice in self.voices.values():
            voice.finish()
        voices = [voice for voice in self.voices.values() if voice.time] or [
            next(iter(self.voices.values()))
        ]
        if max(voice.time for voice in voices) > MAX_TICK:
            raise UnreadableFile("it lasts longer than can be counted; its lengths are damaged.")
        rows = []
        for part, voice in enumerate(voices):
            for note in voice.notes:
                start, end = round(note.onset), round(note.onset + note.duration)
                if end > start:
                    row = (start, end - start, note.pitch, DEFAULT_VELOCITY, part, note.spelling)
                    rows.append(row)
        end_tick = round(voices[0].time)
        score = Score(
            make_notes(rows),
            meters=necessary(_before(voices[0].meters, end_tick)),
            keys=_before(voices[0].keys, end_tick),
            tempos=tuple(self.tempos),
            parts=tuple(Part(voice.name) for voice in voices),
        )
        title = _readable_title(self.titles[0]) if self.titles else ""
        return Reading(score, title, self.composer, self._all_remarks(voices), self.statement)

    def _all_remarks(self, voices: list[Voice]) -> tuple[str, ...]:
        remarks = list(dict.fromkeys(self.remarks))
        if graces := sum(voice.graces for voice in voices):
            remarks.append(f"{graces} grace notes were left out.")
        if any(voice.repeats for voice in voices):
            remarks.append("Repeats stand as they are written, once.")
        if unknown := set().union(*(voice.unknown for voice in voices)):
            remarks.append(f"Signs without a meaning were skipped: {' '.join(sorted(unknown))}")
        return tuple(remarks)


def _before(events: list, end: int) -> tuple:
    """Events that still have music after them: the last bar restates no meter."""
    return tuple(event for event in events if event.onset == 0 or event.onset < end)


def _readable_title(text: str) -> str:
    """``Enchanted Valley, The`` is The Enchanted Valley."""
    name, comma, article = text.rpartition(", ")
    return f"{article} {name}" if comma and article in ("The", "A", "An") else text
