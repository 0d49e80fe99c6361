"""Files that are odd, damaged or hostile, made by these modules byte by byte, each with the outcome it must have.

There are two: the file is read (``notes``, or ``recording``), or it is refused with one clear sentence
(``refused``). Nothing else may happen: no other error, no success without a note, no file that takes long.
"""

from collections.abc import Callable, Iterator

from awkward import abc_files, kern_files, mei_files, midi_files, musicxml_files, sound_files
from awkward.file import AwkwardFile

__all__ = ["AwkwardFile", "awkward_files"]

_BUILDERS: list[Callable[[], Iterator[AwkwardFile]]] = [
    midi_files.build, musicxml_files.build, abc_files.build, kern_files.build, mei_files.build,
    sound_files.build,
]  # fmt: skip


def awkward_files() -> list[AwkwardFile]:
    """All of them, the same on every machine, each under a name of its own."""
    return [file for build in _BUILDERS for file in build()]
