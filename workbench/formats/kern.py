"""Humdrum ``**kern``, the format of musicology's large collections, by way of music21. Read only.

Conventions
-----------
One spine is one part, the highest voice first, as scores are printed; kern has it last. A file may hold
several pieces, each after a line ``!!!!SEGMENT``: one that cannot be read is left out with a remark. Files
that are not UTF-8 are taken for Latin-1.

References
----------
Huron, *The Humdrum Toolkit: Reference Manual*, CCARH, 1994, https://www.humdrum.org/rep/kern/.
"""

import re
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.formats import file_format
from workbench.formats.streams import parsed, read_stream

_SPINE = re.compile(r"^(?:\*\*\S+\t)*\*\*kern\b", re.MULTILINE)

_SPINES = re.compile(r"^\*\*\S+(?:\t\*\*\S+)*", re.MULTILINE)


def _recognises(data: bytes) -> bool:
    return b"\x00" not in data[:2000] and bool(_SPINE.search(data[:200_000].decode("latin-1")))


@file_format(
    "kern", title="Humdrum kern", suffixes=(".krn", ".kern"), recognises=_recognises, encode=None
)
def decode(data: bytes) -> list[Reading]:
    """Every piece of a kern file that can be read.

    Raises ``UnreadableFile`` where none can; the reason is the first one's.
    """
    readings: list[Reading] = []
    failures: list[str] = []
    for number, text in enumerate(_segments(_text(data)), start=1):
        try:
            readings.append(_read(text))
        except UnreadableFile as error:
            failures.append(f"piece {number}: {error}")
    if not readings:
        raise UnreadableFile(failures[0] if failures else "it holds no **kern spine.")
    if failures:
        first = readings[0]
        remarks = (*first.remarks, *(f"Left out {failure}" for failure in failures))
        readings[0] = Reading(first.score, first.title, first.composer, remarks)
    return readings


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _segments(text: str) -> list[str]:
    """The pieces of a file, those without a kern spine left out."""
    pieces = re.split(r"^!!!!SEGMENT.*$", text, flags=re.MULTILINE)
    return [piece.strip("\n") + "\n" for piece in pieces if _SPINE.search(piece)]


def _read(text: str) -> Reading:
    stream = parsed(text, "humdrum")
    _name_parts(text, stream)
    reading = read_stream(stream)
    names = {key: _record(text, key) for key in ("OTL", "COM")}
    return Reading(
        reading.score, names["OTL"] or reading.title, names["COM"] or reading.composer,
        reading.remarks,
    )  # fmt: skip


def _name_parts(text: str, stream: Any) -> None:
    """Names from ``*I"Violin``, which music21 leaves out; its parts are the spines, the last first."""
    found = re.search(r'^[^\n!]*\*I"[^\n]*$', text, re.MULTILINE)
    spines = _SPINES.search(text)
    if not found or not spines:
        return
    kinds, names = spines[0].split("\t"), found[0].split("\t")
    if len(kinds) != len(names):  # spines were split before they were named
        return
    pairs = zip(kinds, names, strict=True)
    mine = [name.removeprefix('*I"').strip("*") for kind, name in pairs if kind == "**kern"]
    if len(mine) == len(stream.parts):
        for part, name in zip(stream.parts, reversed(mine), strict=True):
            part.partName = name.strip() or part.partName


def _record(text: str, key: str) -> str:
    """A reference record, in whatever language: ``!!!OTL@@DE: Ein feste Burg``."""
    found = re.search(rf"^!!!{key}(?:@+[A-Z]+)?:[ \t]*(.*)$", text, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""
