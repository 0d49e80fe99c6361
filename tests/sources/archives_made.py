"""Archives as people, and people with bad intentions, make them."""

import io
import tarfile
import zipfile
from collections.abc import Mapping

Files = Mapping[str, bytes]


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: Files, mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def encrypted_zip(name: str, data: bytes) -> bytes:
    """A zip whose only file is marked as encrypted, in both of its headers."""
    plain = bytearray(zipped({name: data}, zipfile.ZIP_STORED))
    plain[6] |= 1
    central = plain.rfind(b"PK\x01\x02")
    plain[central + 8] |= 1
    return bytes(plain)


def linked_zip(name: str, target: str) -> bytes:
    """A zip with a symbolic link in it, as Unix tools write them."""
    buffer = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, target)
    return buffer.getvalue()


def linked_tar(name: str, target: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo(f"{name}-{kind.decode()}")
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return buffer.getvalue()


def spoiled_zip(data: bytes, how: str) -> bytes:
    """A zip archive whose first entry in the table of contents has a name that is no text, or is of a version to come."""
    spoiled = bytearray(data)
    entry = spoiled.index(b"PK\x01\x02")
    if how == "name":
        spoiled[entry + 9] |= 0x08  # names are UTF-8
        spoiled[entry + 46] = 0xFF
    else:
        spoiled[entry + 6] = 0xFF
    return bytes(spoiled)
