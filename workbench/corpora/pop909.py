"""POP909: piano arrangements of Chinese pop songs, with melody, bridge and accompaniment as three tracks.

A folder a song: ``POP909/001/001.mid``, beside it other versions of the arrangement, which are left out, and
annotations. The MIDI files declare 1/4 time whatever the song's meter is.
"""

import re

from workbench.core.piece import Licence, Reading
from workbench.corpora import RemoteFile, fetched_corpus
from workbench.formats import decode

_SONG = re.compile(r"(?:^|/)(\d{3})/\1\.mid$")
METER_REMARK = "POP909 declares 1/4 time; do not trust the bar lines."


def wants(name: str) -> bool:
    """The song itself, not the other versions of its arrangement."""
    return _SONG.search(name) is not None


@fetched_corpus(
    "pop909",
    title="POP909",
    description="909 pop songs arranged for piano by musicians: melody, bridge and accompaniment.",
    licence=Licence(
        "MIT for the arrangements; the songs belong to their owners",
        shareable=False,
        url="https://github.com/music-x-lab/POP909-Dataset/blob/master/LICENSE",
    ),
    citation=(
        "Wang et al., POP909: A Pop-Song Dataset for Music Arrangement Generation, ISMIR 2020."
    ),
    url="https://github.com/music-x-lab/POP909-Dataset",
    size=909,
    files=(
        RemoteFile("https://github.com/music-x-lab/POP909-Dataset/archive/refs/heads/master.zip"),
    ),
    wants=wants,
)
def read(data: bytes, name: str) -> list[Reading]:
    """One song; the files name no title, so it has its number."""
    number = name.rpartition("/")[2].partition(".")[0]
    return [
        Reading(each.score, f"POP909 no. {number}", "", (*each.remarks, METER_REMARK))
        for each in decode(data, name)
    ]
