"""Songs and motets of fourteenth-century Italy and France.

Members are the file names without their suffix.
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
    folder = music21_folder("trecento")
    paths = sorted([*folder.glob("*.xml"), *folder.glob("*.mxl")])
    return {path.stem: path for path in paths}


def members() -> list[str]:
    """All 102, in alphabetical order."""
    return list(_files())


@corpus(
    "trecento",
    title="Trecento",
    description="102 ballate, madrigals, caccias and motets in two and three voices.",
    licence=Licence(
        "Public-domain music (14th century); encodings distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "Polyphonic Music of the Fourteenth Century and other editions. Encoded by Michael Scott Asato Cuthbert and "
        "others; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One piece; ``KeyError`` for a name that is none."""
    path = _files()[member]
    reading = decode(path.read_bytes(), path.name)[0]
    title = reading.title.lstrip("0123456789. ") or member.replace("_", " ")
    return Reading(reading.score, title, reading.composer or "Anonymous", reading.remarks)
