"""MusicXML, plain (``.musicxml``, ``.xml``) and compressed (``.mxl``).

Both ways are our own, on the standard library's XML parser: music21 takes 100 ms and more for a chorale
either way, and every engraving and every loading of the chorales would pay it. The tests hold the
reader to music21's reading of its own corpus.

References
----------
MusicXML 4.0, W3C Community Group Final Report, 2021, https://www.w3.org/2021/06/musicxml40/.
"""

from workbench.core.piece import Reading
from workbench.core.score import Score
from workbench.formats import file_format
from workbench.formats.musicxml import container
from workbench.formats.musicxml.reader import decode_text
from workbench.formats.musicxml.writer import encode

__all__ = ["decode", "encode"]


def _recognises(data: bytes) -> bool:
    if data[:4] == container.ZIP_MAGIC:
        return container.names_musicxml(data)
    return any(root in container.head(data) for root in ("<score-partwise", "<score-timewise"))


def _encode(score: Score, title: str, composer: str, statement: str) -> bytes:
    return encode(score, title=title, composer=composer, statement=statement).encode()


def _encode_compressed(score: Score, title: str, composer: str, statement: str) -> bytes:
    return container.pack(encode(score, title=title, composer=composer, statement=statement))


def decode(data: bytes) -> list[Reading]:
    """The one piece in a MusicXML file, compressed or not.

    Raises ``UnreadableFile`` with the reason where the bytes are no such file.
    """
    return [decode_text(container.text(data))]


file_format(
    "musicxml",
    title="MusicXML",
    suffixes=(".musicxml", ".xml"),
    recognises=lambda data: data[:4] != container.ZIP_MAGIC and _recognises(data),
    encode=_encode,
    mime="application/vnd.recordare.musicxml+xml",
)(decode)
file_format(
    "mxl",
    title="compressed MusicXML",
    suffixes=(".mxl",),
    recognises=lambda data: data[:4] == container.ZIP_MAGIC and _recognises(data),
    encode=_encode_compressed,
)(decode)
