"""Was this made by a model here? Looking into files for the statement and for the mark in sound."""

import secrets
from pathlib import Path
from typing import Any

from workbench.core.errors import UnreadableFile
from workbench.core.records import from_json
from workbench.jobs.checked import KINDS, Checked
from workbench.jobs.reader import BoundedReader
from workbench.rendering.watermark import THRESHOLD
from workbench.services import activity
from workbench.sources.items import suffix_of
from workbench.workspace import Workspace

__all__ = ["KINDS", "THRESHOLD", "Checked", "begin", "check", "read", "words"]


_RARELY = " Other sound is taken for marked less than once in 100,000 files."


def begin(workspace: Workspace, name: str, content: bytes) -> str:
    """Queue the check of a file that somebody sent; the job's id. The file is thrown away after it."""
    stored = f"check-{secrets.token_hex(8)}{suffix_of(name)}"
    (workspace.cache / stored).write_bytes(content)
    job = activity.enqueue(
        workspace, "check", {"stored": stored, "shown": name}, title=f"Checking {name}"
    )
    activity.launch(workspace, job)
    return job


def read(result: dict[str, Any]) -> Checked:
    """What a job of :func:`begin` found, out of its result."""
    return from_json(Checked, result["checked"])


def check(path: Path) -> Checked:
    """Look into a file of this machine; ``UnreadableFile`` with the reason."""
    if not path.is_file():
        raise UnreadableFile(f"There is no file {path}; check its name.")
    with BoundedReader() as reader:
        return reader.check(path, path.name)


def words(checked: Checked) -> str:
    """What was found, in a sentence or two."""
    if checked.statements and checked.has_mark:
        return "A model made this: the file says so, and its sound carries the mark." + _RARELY
    if checked.has_mark:
        return "A model made this: its sound carries the mark." + _RARELY
    if checked.statements:
        return "The file says that a model made this. Anybody could have written or deleted such a sentence."
    return (
        "Nothing was found that says so. That proves nothing: a statement can be deleted, a mark be damaged, and other "
        "programs leave none."
    )
