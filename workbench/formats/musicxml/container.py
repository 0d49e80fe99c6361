"""What MusicXML comes in: encodings, and the zip archive of ``.mxl``. Nothing hostile gets past here.

XML entities can name files and can grow without bound ("billion laughs"), and zip archives can
unpack to more than they weigh. Music needs neither, so both are refused before anything is parsed.
"""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib

from workbench.core.errors import UnreadableFile

ZIP_MAGIC = b"PK\x03\x04"
MAX_UNPACKED = 100_000_000
"""Bytes of XML at most: MusicXML packs to about a twentieth."""
_CONTAINER = "META-INF/container.xml"
_UTF_16 = {  # by a mark, or without one by the first sign there can be
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be",
}  # fmt: skip
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # the same score gives the same bytes


def text(data: bytes) -> str:
    """The XML of a MusicXML file as text, unpacked, without an encoding declaration or document type."""
    if data[:4] == ZIP_MAGIC:
        data = _unpack(data)
    xml = _decoded(data)
    if "<!ENTITY" in xml:
        raise UnreadableFile("it defines XML entities, which music does not need; export it again.")
    xml = re.sub(r"^\s*<\?xml.*?\?>", "", xml, count=1, flags=re.DOTALL)
    return re.sub(r"<!DOCTYPE[^>\[]*(\[[^\]]*\])?[^>]*>", "", xml, count=1)


def head(data: bytes) -> str:
    """The first part of a file as text, to recognise it by."""
    try:
        return _decoded(data[:20_000])
    except UnreadableFile:
        return ""


def names_musicxml(data: bytes) -> bool:
    """Whether a zip archive is a compressed MusicXML file, and not some other archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _CONTAINER in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def pack(xml: str) -> bytes:
    """An ``.mxl`` archive with this text as its score."""
    directory = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles>'
        '<rootfile full-path="score.musicxml" '
        'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in ((_CONTAINER, directory), ("score.musicxml", xml)):
            entry = zipfile.ZipInfo(name, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return stream.getvalue()


def _decoded(data: bytes) -> str:
    for start, encoding in _UTF_16.items():
        if data.startswith(start):
            return data.decode(encoding, errors="replace")
    declared = re.match(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9_.-]+)", data[:200])
    encoding = declared[1].decode() if declared else "utf-8"
    try:
        return data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except (UnicodeDecodeError, LookupError):
        return data.decode("latin-1")


def _unpack(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read_member(archive, _score_name(archive))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise UnreadableFile("its archive is damaged or cut off; get a complete copy.") from error
    except (KeyError, RuntimeError, ET.ParseError) as error:
        raise UnreadableFile("its archive holds no score; export it again.") from error


def _score_name(archive: zipfile.ZipFile) -> str:
    """The archive's score: the one its directory names, else the first MusicXML file in it."""
    if _CONTAINER in archive.namelist():
        directory = _decoded(_read_member(archive, _CONTAINER))
        if "<!ENTITY" not in directory:
            found = re.search(r"full-path\s*=\s*[\"']([^\"']+)", directory)
            if found and found[1] in archive.namelist():
                return found[1]
    names = [n for n in archive.namelist() if n.endswith((".xml", ".musicxml")) and "/" not in n]
    return names[0] if names else archive.getinfo("").filename


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        data = member.read(MAX_UNPACKED + 1)  # the size an archive states may be a lie
    if len(data) > MAX_UNPACKED:
        raise UnreadableFile(
            f"it unpacks to more than {MAX_UNPACKED / 1e6:.0f} MB; choose a smaller score."
        )
    return data
