"""Masses by Giovanni Pierluigi da Palestrina, movement by movement, in Humdrum kern.

Members are the file names without their suffix: ``Agnus_00``.
"""

from functools import cache
from pathlib import Path

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.installed import music21_folder
from workbench.formats import decode


@cache
def _files() -> dict[str, Path]:
    """Member to file."""
    return {path.stem: path for path in sorted(music21_folder("palestrina").glob("*.krn"))}


def members() -> list[str]:
    """All 1,318, in alphabetical order."""
    return list(_files())


@corpus(
    "palestrina",
    title="Palestrina masses",
    description="1,318 movements of masses for three to eight voices.",
    licence=Licence(
        "Rights reserved; distributed with music21 for study",
        shareable=False,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "Giovanni Pierluigi da Palestrina, masses after the Le Opere Complete edition. Encoded in Humdrum by "
        "John Miller, converted by Bret Aarden; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One movement; ``KeyError`` for a name that is none."""
    path = _files()[member]
    reading = decode(path.read_bytes(), path.name)[0]
    title = reading.title or path.stem.partition("_")[0]
    return Reading(reading.score, f"{title} ({member})", "G. P. da Palestrina", reading.remarks)
