"""Writing ABC: one tune, a voice for each part, four bars a line.

An accidental is written before every note that the signature alone does not say, and before those that the bar so far may say
otherwise: readers differ on whether it holds to the barline (music21's and verovio's do not let it), on whether it holds in
other octaves, and on what a tie carries over.
"""

from fractions import Fraction

from workbench.core.errors import CannotEncode
from workbench.core.score import TICKS_PER_QUARTER, Bar, Key, Score, Tempo, key_at
from workbench.formats.notation import Voice, Written, layout
from workbench.formats.notation.names import alter_in_key, written_pitches

BARS_A_LINE = 4
UNIT_TICKS = TICKS_PER_QUARTER // 2  # L:1/8
_UNITS_IN_EIGHTH = 16
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODES = {"major": "", "minor": "m"}


def encode(score: Score, *, title: str = "", composer: str = "", statement: str = "") -> str:
    """A score as the text of an ABC file.

    Raises ``CannotEncode`` where a part has notes that overlap without being a chord.
    """
    score, staves, parts = layout(score)
    several = len(parts) > 1
    lines = ["X:1", f"T:{_one_line(title)}"]
    if composer:
        lines.append(f"C:{_one_line(composer)}")
    if statement:
        lines.append(f"N:{_one_line(statement)}")
    lines += [f"M:{staves[0].meter}", "L:1/8", f"Q:{_tempo(score.tempos[0])}"]
    for number, part in enumerate(score.parts, start=1):
        if several or part.name:
            lines.append(f'V:{number} name="{_one_line(part.name).replace(chr(34), chr(39))}"')
    lines.append(f"K:{_key(score.keys[0])}")
    pitches = written_pitches(score)
    for index, measures in enumerate(parts):
        if several:
            lines.append(f"V:{index + 1}")
        lines += _PartWriter(score, index, pitches).lines(staves, measures)
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.replace("%", "\\%").split())


def _tempo(tempo: Tempo) -> str:
    return f"1/4={tempo.bpm:.10g}"


def _key(key: Key) -> str:
    tonic = str(key).split()[0]
    return tonic + _MODES.get(key.mode, key.mode[:3])


def _length(value: Fraction) -> str:
    if value == 1:
        return ""
    if value.denominator == 1:
        return str(value.numerator)
    numerator = "" if value.numerator == 1 else value.numerator
    return f"{numerator}/{'' if value.denominator == 2 else value.denominator}"


class _PartWriter:
    """Writes the bars of one part, remembering what the reader knows so far."""

    def __init__(self, score: Score, part: int, pitches: list[tuple[str, int, int]]) -> None:
        self.score, self.part, self.pitches = score, part, pitches
        self.keys = list(score.keys[1:])
        self.tempos = list(score.tempos[1:]) if part == 0 else []
        self.altered: dict[tuple[str, int], int] = {}
        self.altered_anywhere: dict[str, int] = {}

    def lines(self, staves: list[Bar], measures: list[list[Voice]]) -> list[str]:
        """Text lines of so many bars each."""
        meter = str(staves[0].meter)
        texts = []
        for bar, voices in zip(staves, measures, strict=True):
            if len([voice for voice in voices if voice]) > 1:
                name = self.score.parts[self.part].name or f"part {self.part + 1}"
                raise CannotEncode(
                    f"ABC writes one line of notes a part, and {name} has several at once; "
                    "save it as MusicXML or MIDI."
                )
            change = "" if str(bar.meter) == meter else f"[M:{bar.meter}]"
            meter = str(bar.meter)
            texts.append(change + self._bar(voices[0], bar))
        texts[-1] += "|]"
        rows = range(0, len(texts), BARS_A_LINE)
        return [
            "|".join(texts[row : row + BARS_A_LINE])
            + ("|" if row + BARS_A_LINE < len(texts) else "")
            for row in rows
        ]

    def _bar(self, voice: Voice, bar: Bar) -> str:
        self.altered, self.altered_anywhere = {}, {}
        words = []
        beat = None
        for position, item in enumerate(voice):
            fields = self._changes(item.start)
            here = (item.start - bar.start) // bar.meter.beat_ticks
            # verovio lets a tuplet go on to the next space.
            before = voice[position - 1].tuplet if position else None
            is_apart = here != beat or (before is not None and before.closes)
            space = " " if beat is not None and is_apart else ""
            beat = here
            words.append(space + fields + _tuplet(voice, position) + self._item(item))
        return "".join(words)

    def _changes(self, time: int) -> str:
        """Inline fields for the keys and tempos that are due."""
        text = ""
        while self.keys and self.keys[0].onset <= time:
            text += f"[K:{_key(self.keys.pop(0))}]"
            self.altered, self.altered_anywhere = {}, {}
        while self.tempos and self.tempos[0].onset <= time:
            text += f"[Q:{_tempo(self.tempos.pop(0))}]"
        return text

    def _item(self, item: Written) -> str:
        if item.base == 0:
            return f"z{_length(Fraction(item.duration, UNIT_TICKS))}"
        dotted = Fraction(2 ** (item.dots + 1) - 1, 2**item.dots)
        length = _length(Fraction(item.base, _UNITS_IN_EIGHTH) * dotted)
        if not item.notes:
            return f"z{length}"
        names = [self._name(index, item.start) for index in item.notes]
        text = names[0] if len(names) == 1 else f"[{''.join(names)}]"
        return text + length + ("-" if item.tied_to else "")

    def _name(self, index: int, time: int) -> str:
        step, alter, octave = self.pitches[index]
        usual = alter_in_key(step, key_at(self.score, time).fifths)
        said = self.altered.get((step, octave), usual), self.altered_anywhere.get(step, usual)
        sure = said == (usual, usual) and alter == usual
        if not sure:
            self.altered[step, octave] = self.altered_anywhere[step] = alter
        letter = step.lower() + "'" * (octave - 5) if octave > 4 else step + "," * (4 - octave)
        return ("" if sure else _SIGNS[alter]) + letter


def _tuplet(voice: Voice, position: int) -> str:
    """The sign that opens a tuplet here: how many values in the time of how many, and for how many notes."""
    tuplet = voice[position].tuplet
    if not tuplet or not tuplet.opens:
        return ""
    count = 1
    while not (mark := voice[position + count - 1].tuplet) or not mark.closes:
        count += 1
    return f"({tuplet.actual}:{tuplet.normal}:{count}"
