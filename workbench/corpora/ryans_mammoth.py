"""Ryan's Mammoth Collection: reels, jigs, hornpipes, strathspeys and clogs as played in Boston in 1883.

One ABC file a tune; members are the file names without their suffix.
"""

from functools import cache
from pathlib import Path

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.installed import music21_folder
from workbench.corpora.titles import readable
from workbench.formats import abc

FOLDER = "ryansMammoth"


@cache
def _files() -> dict[str, Path]:
    """Member to file."""
    return {path.stem: path for path in sorted(music21_folder(FOLDER).glob("*.abc"))}


def members() -> list[str]:
    """All 1,059, in alphabetical order."""
    return list(_files())


@corpus(
    "ryans-mammoth",
    title="Ryan's Mammoth Collection",
    description="1,059 American and Irish fiddle tunes: reels, jigs, hornpipes, strathspeys, clogs.",
    licence=Licence(
        "Public domain (1883); transcriptions distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "William Bradbury Ryan, Ryan's Mammoth Collection, Elias Howe, Boston 1883. Transcribed to ABC "
        "by Ray Davies, John Chambers and others; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One tune; ``KeyError`` for a name that is none."""
    reading = abc.read_tune(abc.to_text(_files()[member].read_bytes()))
    composer = reading.composer or "Traditional"
    return Reading(reading.score, readable(reading.title), composer, reading.remarks)
