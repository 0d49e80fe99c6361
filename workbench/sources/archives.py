"""Zip and tar archives, opened where they lie: nothing is extracted by the name it has inside.

An archive within an archive is opened too, from a temporary file without a name, to a small depth.
"""

import bz2
import gzip
import lzma
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from workbench.core.errors import UnreadableFile
from workbench.core.zips import table_bytes
from workbench.sources.bounds import Bounds
from workbench.sources.items import CHUNK_BYTES, DAMAGE, Found, Item, Refused, reason, shown_name

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVE_SUFFIXES = (*ZIP_SUFFIXES, *TAR_SUFFIXES)
_SPOOL_BYTES = 8_000_000  # a nested archive lies in memory up to this size
_HEADER_BYTES = 2**16  # of a tar archive: a name, and what else is said of a file


def is_archive(item: Item) -> bool:
    """Whether a file is an archive to be opened, by its name. (``.mxl`` is a zip, and a score.)"""
    return item.name.lower().endswith(ARCHIVE_SUFFIXES)


def walk_archive(file: BinaryIO, item: Item, bounds: Bounds, depth: int = 1) -> Iterator[Found]:
    """Every file in an archive, under ``archive/name inside``; those in archives within it too.

    Raises ``UnreadableFile`` where the archive as a whole is damaged, encrypted or a bomb; what came before
    the damage has been yielded by then.
    """
    walked = _walk_zip if item.name.lower().endswith(ZIP_SUFFIXES) else _walk_tar
    try:
        for found in walked(file, item, bounds):
            if isinstance(found, Item) and is_archive(found):
                yield from _walk_nested(found, bounds, depth)
            else:
                yield found
    except DAMAGE as error:
        raise UnreadableFile(
            f"{item.name} cannot be opened as an archive ({reason(error)}); "
            "pack it again, without a password."
        ) from error


def _walk_nested(item: Item, bounds: Bounds, depth: int) -> Iterator[Found]:
    if depth >= bounds.depth:
        yield Refused(
            item.name,
            f"{item.name} lies too deep, in archives within archives; unpack it first.",
        )
        return
    try:
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as copy:
            size = 0
            for chunk in item.chunks(bounds.nested_bytes):
                size += copy.write(chunk)
            if size > bounds.nested_bytes:
                yield Refused(item.name, f"{item.name} is too large an archive; unpack it first.")
                return
            copy.seek(0)
            inner = Item(item.name, size, item.open)
            yield from walk_archive(cast(BinaryIO, copy), inner, bounds, depth + 1)
    except UnreadableFile as error:
        if bounds.counted_files > bounds.files or bounds.counted_bytes > bounds.bytes:
            raise
        yield Refused(item.name, str(error))


# --- zip --------------------------------------------------------------------------------------


def _walk_zip(file: BinaryIO, item: Item, bounds: Bounds) -> Iterator[Found]:
    _check_directory(file, item, bounds)
    with zipfile.ZipFile(file) as archive:
        inside = [info for info in archive.infolist() if not info.is_dir()]
        bounds.check_ratio(sum(info.file_size for info in inside), item.size, item.name)
        for info in inside:
            name = shown_name(f"{item.name}/{_zip_name(info)}")
            bounds.count(info.file_size, item.name)
            if info.flag_bits & 0x1:
                yield Refused(name, f"{name} is encrypted; pack it again without a password.")
            elif (info.external_attr >> 28) == 0xA:
                yield Refused(name, f"{name} is a link, and links are not followed; pack the file.")
            else:
                yield Item(name, info.file_size, _zip_door(archive, info))


def _zip_door(archive: zipfile.ZipFile, info: zipfile.ZipInfo):
    def opened() -> BinaryIO:
        return cast(BinaryIO, archive.open(info))

    return opened


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name inside. Archives without the mark for UTF-8 often hold it all the same."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _check_directory(file: BinaryIO, item: Item, bounds: Bounds) -> None:
    """Refuse a zip archive whose table of contents would fill the memory when it is read."""
    if table_bytes(file) > bounds.directory_bytes:
        raise UnreadableFile(
            f"{item.name} lists more files than the workbench takes at once; split the archive."
        )


# --- tar --------------------------------------------------------------------------------------


def _walk_tar(file: BinaryIO, item: Item, bounds: Bounds) -> Iterator[Found]:
    """Members one after another, each read before the next: a packed tar can only go forward."""
    unpacked = 0
    with (
        _Guarded(_unpacking(file, item.name.lower())) as stream,
        tarfile.open(fileobj=cast(IO[bytes], stream), mode="r:") as archive,
    ):
        while (member := _next_member(archive, stream)) is not None:
            if member.isdir():
                continue
            name = shown_name(f"{item.name}/{member.name}")
            unpacked += member.size
            bounds.count(member.size, item.name)
            bounds.check_ratio(unpacked, item.size, item.name)
            if not member.isfile() or member.issparse():
                yield Refused(name, f"{name} is a link or a device, not a file; pack files alone.")
            else:
                yield Item(name, member.size, _tar_door(archive, member))
        if any(stream.last):  # tarfile takes a damaged header for the end
            raise tarfile.ReadError("it is damaged in the middle")


def _next_member(archive: tarfile.TarFile, stream: "_Guarded") -> tarfile.TarInfo | None:
    """The next member, which lies behind this one: by a size below zero an archive could lead back into itself."""
    stream.most = _HEADER_BYTES
    member = archive.next()
    stream.most = CHUNK_BYTES
    vars(archive)["members"] = []  # it would keep every one it has seen
    if member is not None and (member.size < 0 or archive.offset <= member.offset):
        raise tarfile.ReadError("the size of a file in it is wrong")
    return member


def _tar_door(archive: tarfile.TarFile, member: tarfile.TarInfo):
    def opened() -> BinaryIO:
        content = archive.extractfile(member)
        if content is None:
            raise OSError("there is no content")
        return cast(BinaryIO, content)

    return opened


def _unpacking(file: BinaryIO, name: str) -> BinaryIO:
    if name.endswith((".gz", ".tgz")):
        return cast(BinaryIO, gzip.GzipFile(fileobj=file))
    if name.endswith(("bz2",)):
        return cast(BinaryIO, bz2.BZ2File(file))
    if name.endswith(("xz",)):
        return cast(BinaryIO, lzma.LZMAFile(file))
    return file


class _Guarded:
    """A stream that gives no more than ``most`` bytes at once, and remembers what it gave ``last``.

    A header of a tar archive may state that the name that follows is gigabytes long, or that one name after another follows, and
    tarfile keeps them all while it reads on. Files in it are asked for in chunks.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.most = _HEADER_BYTES
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.most:
            raise tarfile.ReadError("a header in it is too long")
        self.last = self._file.read(size)
        return self.last

    def seek(self, place: int, whence: int = 0) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def __enter__(self) -> "_Guarded":
        return self

    def __exit__(self, *_: object) -> None:
        """The file belongs to who opened it."""
