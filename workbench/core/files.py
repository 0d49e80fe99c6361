"""Files that appear whole or not at all, whatever happens while they are written, and whoever else writes them."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

Holding = Callable[[], AbstractContextManager[object]]
"""While it lasts nobody else can take the work over; see :class:`workbench.core.report.Report`."""


@contextmanager
def written_whole(path: Path, holding: Holding = nullcontext) -> Iterator[Path]:
    """A path to write to, in the same folder and with the same suffix; it becomes ``path`` at the end, ``holding`` the work.

    Where the block or ``holding`` raises, ``path`` stays as it was.
    """
    # Another thread may write the same file, or another process, which took this one for dead.
    partial = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        with holding():
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file; text as UTF-8."""
    with written_whole(path) as partial:
        partial.write_bytes(data.encode() if isinstance(data, str) else data)


def clear_torn(folder: Path) -> None:
    """Delete what was left half written, when whoever wrote it was killed."""
    for torn in folder.rglob("*.partial*"):
        torn.unlink(missing_ok=True)
