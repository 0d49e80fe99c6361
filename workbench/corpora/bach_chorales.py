"""The four-part chorales of Johann Sebastian Bach, in Riemenschneider's numbering.

371 numbers, of which 21 are settings that occur twice; both stay, as they do in the printed edition.
Members are ``<number>-bwv<catalogue number>``: ``001-bwv269``. Some settings have more than four
parts (instruments); they are kept as they are.
"""

from functools import cache
from pathlib import Path

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.installed import music21_folder
from workbench.formats import musicxml


@cache
def _titles() -> dict[str, str]:
    """Member to title, in order of Riemenschneider's numbers."""
    from music21.corpus import chorales  # 0.3 s and 60 MB, for whoever lists the chorales

    entries = chorales.ChoraleListRKBWV().byRiemenschneider
    return {
        f"{number:03}-bwv{entries[number]['bwv']}": entries[number]["title"]
        for number in sorted(entries)
    }


def members() -> list[str]:
    """All 371, by number."""
    return list(_titles())


@corpus(
    "bach-chorales",
    title="Bach chorales",
    description="371 four-part chorale settings for soprano, alto, tenor and bass.",
    licence=Licence(
        "Public-domain music; encoding by Margaret Greentree, in music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "J. S. Bach, 371 Harmonized Chorales, ed. A. Riemenschneider, 1941. Encoded by Margaret "
        "Greentree; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One chorale; ``KeyError`` for a name that is none."""
    title = _titles()[member]
    bwv = member.partition("-bwv")[2]
    reading = musicxml.decode(_path(bwv).read_bytes())[0]
    return Reading(reading.score, f"{title} (BWV {bwv})", "J. S. Bach", reading.remarks)


def _path(bwv: str) -> Path:
    """The file of a catalogue number; one of them is named a letter longer (``18.5-lz``)."""
    folder = music21_folder("bach")
    exact = [folder / f"bwv{bwv}.mxl", folder / f"bwv{bwv}.xml"]
    found = [path for path in exact if path.exists()] or sorted(folder.glob(f"bwv{bwv}*.mxl"))
    return found[0]
