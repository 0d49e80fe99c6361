"""Going through a source: a file, a folder, an archive."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from workbench.core.errors import UnreadableFile
from workbench.sources.archives import is_archive, walk_archive
from workbench.sources.bounds import Bounds
from workbench.sources.items import DAMAGE, Found, Item, Refused, reason, shown_name


def walk(path: Path, name: str = "", bounds: Bounds | None = None) -> Iterator[Found]:
    """Every file of a source on this machine, archives opened. ``name`` is what the person calls it.

    Raises
    ------
    UnreadableFile
        Where there is nothing of that path, or the source as a whole cannot be opened or is too large.
    """
    bounds = bounds or Bounds()
    name = name or path.name
    if path.is_dir():
        yield from _walk_folder(path, bounds)
    elif path.is_file():
        yield from _walk_file(path, name, bounds)
    else:
        raise UnreadableFile(f"There is no file or folder {shown_name(str(path))}; check the path.")


def _walk_file(path: Path, name: str, bounds: Bounds) -> Iterator[Found]:
    def opened() -> BinaryIO:
        return path.open("rb")

    item = Item(shown_name(name), path.stat().st_size, opened)
    if not is_archive(item):
        bounds.count(item.size, item.name)
        yield item
        return
    with path.open("rb") as file:
        yield from walk_archive(file, item, bounds)


def _walk_folder(folder: Path, bounds: Bounds) -> Iterator[Found]:
    """Files of a folder in order of their names. Links are not followed: they may lead anywhere."""
    for place, folders, files in os.walk(folder, followlinks=False):
        for linked in [each for each in folders if Path(place, each).is_symlink()]:
            yield _link(folder, Path(place, linked))
        folders.sort()
        for each in sorted(files):
            path = Path(place, each)
            shown = shown_name(os.path.relpath(path, folder))
            if path.is_symlink():
                yield _link(folder, path)
            elif not path.is_file():
                yield Refused(shown, f"{shown} is a device or a pipe; import files alone.")
            else:
                try:
                    yield from _walk_file(path, shown, bounds)
                except DAMAGE as error:
                    yield Refused(
                        shown, f"{shown} cannot be opened ({reason(error)}); check its rights."
                    )
                except UnreadableFile as error:
                    if bounds.counted_files > bounds.files or bounds.counted_bytes > bounds.bytes:
                        raise  # it is the folder that is too large, not this archive
                    yield Refused(shown, str(error))


def _link(folder: Path, path: Path) -> Refused:
    shown = shown_name(os.path.relpath(path, folder))
    return Refused(
        shown, f"{shown} is a link, and links are not followed; import what it leads to."
    )
