"""Addresses: what is reached by http(s), and whatever fsspec reaches when its package is installed.

``s3://``, ``gs://``, ``sftp://`` and the like need their own package (``s3fs``, ``gcsfs``, …) and are walked where they
lie; credentials are left to that package's own settings. http(s) is downloaded first
(:mod:`workbench.sources.downloads`), because an archive that is read over a slow line must be able to go on after an interruption.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from workbench.core.errors import UnreadableFile
from workbench.sources.archives import is_archive, walk_archive
from workbench.sources.bounds import Bounds
from workbench.sources.items import DAMAGE, Found, Item, Refused, shown_name

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)  # two letters: C:\ is a disk


def is_address(text: str) -> bool:
    """Whether a text is an address and no path: ``https://…``, ``s3://…``."""
    return bool(_SCHEME.match(text.strip()))


@dataclass(frozen=True)
class Address:
    """Where a file lies on the net; ``sha256`` where the publisher, or others before us, state it."""

    url: str
    sha256: str = ""

    @property
    def is_http(self) -> bool:
        return self.url.lower().startswith(("http://", "https://"))

    @property
    def is_whole(self) -> bool:
        """Whether it can be read as one at all, and a number of a port is one."""
        try:
            parts = urlsplit(self.url)
            return bool(parts.hostname or not self.is_http) and parts.port != 0
        except ValueError:
            return False

    @property
    def name(self) -> str:
        """The file's name, for the report."""
        parts = urlsplit(self.url)
        return shown_name(
            unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.hostname or "file"
        )

    @property
    def shown(self) -> str:
        """The address without what may be secret: user, password, query."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        return shown_name(f"{parts.scheme}://{host}{port}{unquote(parts.path)}")


def walk_address(address: Address, bounds: Bounds) -> Iterator[Found]:
    """Every file at an address that fsspec knows, archives opened; ``UnreadableFile`` where it cannot be reached."""
    import fsspec.core  # 40 ms, only for those who need it

    try:
        system, root = fsspec.core.url_to_fs(address.url)
        is_folder = system.isdir(root)
        paths = sorted(system.find(root)) if is_folder else [root]
        if not is_folder and not system.exists(root):
            raise UnreadableFile(f"There is nothing at {address.shown}; check the address.")
    except (ImportError, *DAMAGE) as error:
        scheme = urlsplit(address.url).scheme
        raise UnreadableFile(
            f"{address.shown} cannot be reached ({type(error).__name__}); check the address, its "
            f"rights, and that the package for {scheme}:// is installed (see fsspec's documentation)."
        ) from error
    for path in paths:
        name = path[len(root) :].lstrip("/") if is_folder else address.name
        item = Item(shown_name(name), int(system.size(path) or 0), _door(system, path))
        if not is_archive(item):
            bounds.count(item.size, address.shown)
            yield item
            continue
        try:
            with item.open() as file:
                yield from walk_archive(file, item, bounds)
        except (UnreadableFile, *DAMAGE) as error:
            yield Refused(item.name, str(error))


def _door(system, path: str):
    def opened() -> BinaryIO:
        return cast(BinaryIO, system.open(path, "rb"))

    return opened
