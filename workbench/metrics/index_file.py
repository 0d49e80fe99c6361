"""An index of patterns as an ``.npz`` file: plain arrays, no pickle."""

import zipfile
from pathlib import Path

import numpy as np

from workbench.core.errors import UnreadableFile
from workbench.core.files import written_whole
from workbench.metrics.melodies import Melodies
from workbench.metrics.originality import LENGTHS, Index

_VERSION = 1  # of patterns, hashes and arrays
_TUNES = ("onsets", "pitches", "starts", "points")
_PIECES = ("point_starts", "line_starts", "numbers", "families")


def save_index(index: Index, path: Path) -> None:
    """Write the index; the file is there whole or not at all."""
    arrays = {name: getattr(index.tunes, name) for name in _TUNES}
    arrays |= {name: getattr(index, name) for name in _PIECES}
    for length, (hashes, places) in zip(LENGTHS, index.patterns, strict=True):
        arrays |= {f"hashes_{length}": hashes, f"places_{length}": places}
    with written_whole(path) as partial, partial.open("wb") as file:
        np.savez(file, version=np.array(_VERSION), **arrays)


def load_index(path: Path) -> Index:
    """Read what :func:`save_index` wrote; ``UnreadableFile`` where it is damaged or of another version."""
    try:
        with np.load(path) as file:
            if int(file["version"]) != _VERSION:
                raise ValueError("another version")
            tunes = Melodies(*[file[name] for name in _TUNES])
            point_starts, line_starts, numbers, families = (file[name] for name in _PIECES)
            patterns = tuple((file[f"hashes_{n}"], file[f"places_{n}"]) for n in LENGTHS)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            f"{path.name} holds no index of patterns; delete it, and it is made anew."
        ) from error
    return Index(tunes, point_starts, line_starts, numbers, families, patterns)
