"""What there is to know of a zip archive from a stranger before and while it is read."""

import lzma
import zipfile
import zlib
from typing import BinaryIO

DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What ``zipfile`` raises at archives that are damaged, encrypted, or packed in an unknown way."""

_TAIL = 66_000
"""Bytes that hold the end record with the longest comment, and those of zip64 before it."""
_UNSAID = 0xFFFFFFFF  # in an end record: zip64's says it


def table_bytes(file: BinaryIO) -> int:
    """The most bytes that an archive's table of contents can have, 0 where it has none.

    ``zipfile`` reads it as a whole. Which end record it goes by is its own affair, and bytes that look like one may stand in a
    comment or in another's fields, so the largest number of all counts.
    """
    file.seek(max(0, file.seek(0, 2) - _TAIL))
    tail = file.read()
    file.seek(0)
    wide = _numbers(tail, b"PK\x06\x06", 40, 8)
    narrow = _numbers(tail, b"PK\x05\x06", 12, 4)
    if wide:
        narrow = [each for each in narrow if each != _UNSAID]
    return max([*wide, *narrow], default=0)


def _numbers(data: bytes, mark: bytes, offset: int, size: int) -> list[int]:
    """The numbers that stand so far behind every mark."""
    found = []
    place = data.find(mark)
    while place >= 0:
        start = place + offset
        found.append(int.from_bytes(data[start : start + size], "little"))
        place = data.find(mark, place + 1)
    return found
