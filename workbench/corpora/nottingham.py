"""The Nottingham music database: British and American dance tunes with chords, in ABC files of many tunes each.

Jukedeck's cleaned edition, folder ``ABC_cleaned``. The archive also holds the originals, and MIDI made of these
tunes, which would be the same music again.
"""

from workbench.core.piece import Licence, Reading
from workbench.corpora import RemoteFile, fetched_corpus
from workbench.corpora.titles import readable
from workbench.formats import decode


def wants(name: str) -> bool:
    """The cleaned ABC files; in a folder without that division, every ABC file."""
    return name.lower().endswith(".abc") and "abc_original/" not in name.lower()


@fetched_corpus(
    "nottingham",
    title="Nottingham",
    description="About 1,030 hornpipes, jigs, reels, waltzes and morris dances, with chords.",
    licence=Licence(
        "Traditional music; cleaned edition under the GNU GPL 3",
        shareable=True,
        url="https://www.gnu.org/licenses/gpl-3.0.html",
    ),
    citation=(
        "Eric Foxley, Nottingham Music Database; converted to ABC by James Allwright, cleaned by Jukedeck, 2017."
    ),
    url="https://github.com/jukedeck/nottingham-dataset",
    size=1034,
    files=(
        RemoteFile("https://github.com/jukedeck/nottingham-dataset/archive/refs/heads/master.zip"),
    ),
    wants=wants,
)
def read(data: bytes, name: str) -> list[Reading]:
    """Every tune of one file."""
    return [
        Reading(each.score, readable(each.title), each.composer or "Traditional", each.remarks)
        for each in decode(data, name)
    ]
