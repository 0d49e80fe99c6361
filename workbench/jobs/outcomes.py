"""What became of a file, in words that can be read one by one and counted in all.

The sentences of :mod:`workbench.core.errors` have one shape: what is wrong, a semicolon, what to do about it. The report
shows the two apart, and counts by *kind*: the reason without the file's name and numbers.
"""

import re
from dataclasses import dataclass, field

from workbench.core.piece import Piece
from workbench.core.recording import Recording
from workbench.core.score import Score
from workbench.store.imports import ImportedFile

SAME_MUSIC = "The same music is in the library already."
SAME_FILE = "This very file was imported before."
CHECK_IT = "Check it in a notation program and save it again."
NEED_NOTHING = "Nothing needs to be done."

Music = tuple[Piece, Score | Recording, tuple[str, ...], bytes]
"""A piece with its notes or its sound, remarks from reading it, and its sketch."""


@dataclass(frozen=True)
class Brought:
    """A file on its way home: its pieces, of which the library will say what is new; or what became of it."""

    name: str
    pieces: list[Music] = field(default_factory=list)
    remarks: str = ""
    outcome: ImportedFile | None = None


_NUMBER = re.compile(r"\d[\d,.]*")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def refused(name: str, sentence: str) -> ImportedFile:
    """A file that could not be read."""
    reason, remedy = _apart(sentence)
    return ImportedFile(name, "refused", 0, reason, remedy, _kind(name, reason))


def left_out(name: str, suffix: str) -> ImportedFile:
    """A file that is no music, in a folder or an archive that holds others."""
    what = f"Files that end in {suffix}" if suffix else "Files without a suffix"
    reason = f"{what} hold no music that the workbench reads."
    return ImportedFile(
        name, "left out", 0, reason, "Import it by itself if there is music in it.", reason
    )


def hidden(name: str) -> ImportedFile:
    """A file that an operating system put there for itself."""
    reason = "Hidden files of a system hold no music."
    return ImportedFile(name, "left out", 0, reason, NEED_NOTHING, reason)


def duplicate(name: str, reason: str) -> ImportedFile:
    """A file that adds nothing."""
    return ImportedFile(name, "duplicate", 0, reason, NEED_NOTHING, reason)


def imported(name: str, pieces: int, remarks: str) -> ImportedFile:
    """A file with new music, and what was lost or guessed in reading it."""
    return ImportedFile(name, "imported", pieces, remarks, "", _kind(name, remarks))


def _apart(sentence: str) -> tuple[str, str]:
    reason, semicolon, remedy = sentence.strip().rpartition("; ")
    if not semicolon:
        return sentence.strip(), CHECK_IT
    return reason + ".", remedy[:1].upper() + remedy[1:]


def _kind(name: str, reason: str) -> str:
    """The reason as all files of its kind have it."""
    for known in (name, name.rpartition("/")[2]):
        reason = reason.removeprefix(known).strip()
    general = _NUMBER.sub("…", _QUOTED.sub("…", reason))
    return (general[:1].upper() + general[1:])[:200]
