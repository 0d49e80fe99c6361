"""What a source yields: items that can be read, and refusals with a reason."""

import tarfile
import unicodedata
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO

from workbench.core import zips
from workbench.core.errors import UnreadableFile

CHUNK_BYTES = 2**20

DAMAGE = (*zips.DAMAGE, tarfile.TarError)
"""What the libraries raise at archives that are damaged, encrypted, or packed in an unknown way."""


@dataclass(frozen=True)
class Item:
    """A file of a source: its shown name, its size in bytes as the source states it, and the way in."""

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)

    @property
    def suffix(self) -> str:
        """``".mid"``, in lower case; empty where the name has none."""
        return suffix_of(self.name)

    def chunks(self, limit: int) -> Generator[bytes, None, None]:
        """The content in pieces of at most a megabyte, until more than ``limit`` bytes were given.

        So whoever receives ``limit + 1`` bytes or more knows that the file is too large.
        Raises ``UnreadableFile`` where the source does not yield them.
        """
        left = limit + 1
        try:
            with self.open() as file:
                while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                    left -= len(chunk)
                    yield chunk
        except DAMAGE as error:
            raise UnreadableFile(
                f"{self.name} cannot be taken out of its source ({reason(error)}); "
                "get a complete copy, packed without a password."
            ) from error

    def read(self, limit: int) -> bytes:
        """The content, cut off behind ``limit + 1`` bytes."""
        return b"".join(self.chunks(limit))


@dataclass(frozen=True)
class Refused:
    """Something in a source that is no item, with a sentence that says why and what to do."""

    name: str
    reason: str


Found = Item | Refused


def reason(error: Exception) -> str:
    """What an error of a library says, short enough for a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return shown_name(str(error))[:120] or type(error).__name__


def shown_name(raw: str) -> str:
    """A name as it can be printed: no control signs, no bytes of unknown meaning, forward slashes."""
    text = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\\", "/")
    text = "".join("\ufffd" if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    return text[:300] or "(no name)"


def suffix_of(name: str) -> str:
    """The suffix of a name in lower case, with its dot; empty where it is none to go by."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 10 else ""
