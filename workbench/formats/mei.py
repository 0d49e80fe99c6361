"""MEI, the format of scholarly editions, by way of music21. Read only.

Conventions
-----------
Of several ``<mdiv>`` music21 reads the first. music21 knows key signatures, meters and names of staves where
MEI 3 has them, in attributes; later versions write elements, which are put back into attributes here.
Tempo marks are read here too, as music21 leaves them out.

References
----------
Music Encoding Initiative, *Guidelines*, https://music-encoding.org/guidelines/v5/content/.
"""

import re
import xml.etree.ElementTree as ET
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.formats import file_format
from workbench.formats.musicxml import container
from workbench.formats.streams import parsed, read_stream

_NS = "{http://www.music-encoding.org/ns/mei}"
_ATTRIBUTES = {  # of an element within a staff's definition, and what music21 reads instead
    "keySig": {"sig": "key.sig", "mode": "key.mode"},
    "meterSig": {"count": "meter.count", "unit": "meter.unit"},
}
_COMMON_TIME = {"common": ("4", "4"), "cut": ("2", "2")}


def _recognises(data: bytes) -> bool:
    return data[:4] != container.ZIP_MAGIC and bool(
        re.search(r"<(?:\w+:)?mei[\s>]", container.head(data))
    )


@file_format("mei", title="MEI", suffixes=(".mei",), recognises=_recognises, encode=None)
def decode(data: bytes) -> list[Reading]:
    """The one piece in an MEI file.

    Raises ``UnreadableFile`` with the reason where the bytes are damaged or no MEI.
    """
    try:
        root = ET.fromstring(re.sub(r"<\?.*?\?>", "", container.text(data), flags=re.DOTALL))
    except ET.ParseError as error:
        raise UnreadableFile(
            f"its XML is damaged or cut off at line {error.position[0]}; get a complete copy."
        ) from error
    if root.tag != f"{_NS}mei":
        raise UnreadableFile("it is XML, but not an MEI score; export the score again.")
    for definition in [*root.iter(f"{_NS}staffDef"), *root.iter(f"{_NS}scoreDef")]:
        _put_in_attributes(definition)
    for definition in root.iter(f"{_NS}scoreDef"):
        _take_over_meter(definition)
    stream = parsed(ET.tostring(root, encoding="unicode"), "mei")
    _name_parts(root, stream)
    _insert_tempos(root, stream)
    reading = read_stream(stream)
    title, composer = _names(root)
    return [
        Reading(
            reading.score, title or reading.title, composer or reading.composer, reading.remarks
        )
    ]


def _put_in_attributes(definition: ET.Element) -> None:
    """What MEI 4 and 5 say in elements within a ``scoreDef`` or ``staffDef``, as MEI 3 says it."""
    for name, attributes in _ATTRIBUTES.items():
        for element in definition.findall(f"{_NS}{name}"):
            for ours, theirs in attributes.items():
                if value := element.get(ours):
                    definition.set(theirs, value)
    if signature := definition.get("keysig"):
        definition.set("key.sig", signature)
    symbol = definition.find(f"{_NS}meterSig")
    sign = symbol.get("sym") if symbol is not None else definition.get("meter.sym")
    if sign in _COMMON_TIME and not definition.get("meter.count"):
        count, unit = _COMMON_TIME[sign]
        definition.set("meter.count", count)
        definition.set("meter.unit", unit)


def _take_over_meter(definition: ET.Element) -> None:
    """The meter of its first staff, for the score: by that music21 knows how long a bar of rests is."""
    staff = next(definition.iter(f"{_NS}staffDef"), None)
    if staff is not None and not definition.get("meter.count"):
        for name in ("meter.count", "meter.unit"):
            if value := staff.get(name):
                definition.set(name, value)


def _names(root: ET.Element) -> tuple[str, str]:
    """Title and composer of the file's own header, empty where it does not say."""
    statement = root.find(f"{_NS}meiHead/{_NS}fileDesc/{_NS}titleStmt")
    if statement is None:
        return "", ""
    composers = [
        element
        for element in statement.iter()
        if element.tag == f"{_NS}composer" or element.get("role") == "composer"
    ]
    title = statement.find(f"{_NS}title")
    texts = ["".join(e.itertext()) if e is not None else "" for e in (title, *composers[:1])]
    return " ".join(texts[0].split()), " ".join("".join(texts[1:]).split())


def _name_parts(root: ET.Element, stream: Any) -> None:
    """Names and programs of the staves; music21 takes parts in the order of the staves' numbers."""
    definitions: dict[str, ET.Element] = {}
    for definition in root.iter(f"{_NS}staffDef"):
        definitions.setdefault(definition.get("n", ""), definition)
    for definition, part in zip(definitions.values(), stream.parts, strict=False):
        label = definition.find(f"{_NS}label")
        name = "".join(label.itertext()) if label is not None else definition.get("label", "")
        part.partName = " ".join(name.split())
        program = definition.find(f"{_NS}instrDef")
        number = program.get("midi.instrnum", "") if program is not None else ""
        for instrument in part.recurse().getElementsByClass("Instrument"):
            instrument.instrumentName = None
            instrument.midiProgram = int(number) if number.isdecimal() else 0


def _insert_tempos(root: ET.Element, stream: Any) -> None:
    """Tempos of the score's definition and of its measures, into the first part."""
    from music21.tempo import MetronomeMark

    for definition in root.iter(f"{_NS}scoreDef"):
        if bpm := _number(definition.get("midi.bpm")):
            stream.insert(0, MetronomeMark(number=bpm))
        break
    measures = list(stream.parts[0].getElementsByClass("Measure")) if stream.parts else []
    for element, measure in zip(root.iter(f"{_NS}measure"), measures, strict=False):
        for mark in element.iter(f"{_NS}tempo"):
            if bpm := _number(mark.get("midi.bpm")) or _metronome(mark):
                beat = _number(mark.get("tstamp")) or 1.0
                unit = 4 / measure.timeSignature.denominator if measure.timeSignature else 1.0
                stream.insert(measure.offset + max(0.0, beat - 1) * unit, MetronomeMark(number=bpm))


def _metronome(mark: ET.Element) -> float | None:
    """Quarters a minute of a mark such as a dotted quarter = 80."""
    speed, unit = _number(mark.get("mm")), _number(mark.get("mm.unit"))
    dots = int(_number(mark.get("mm.dots")) or 0)
    return speed * 4 / unit * (2 - 0.5 ** min(dots, 3)) if speed and unit else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
