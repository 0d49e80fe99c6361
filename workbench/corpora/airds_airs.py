"""James Aird's *Selection of Scotch, English, Irish and Foreign Airs*, Glasgow 1782–1799, six books.

Members are ``<book>#<X: number>``: ``book1#1``.
"""

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.abc_books import read_tune, tunes

FOLDER = "airdsAirs"


def members() -> list[str]:
    """All 1,180, book by book."""
    return list(tunes(FOLDER))


@corpus(
    "airds-airs",
    title="Aird's Airs",
    description="1,180 airs, marches, reels and dances for fife, violin or flute, printed in Glasgow.",
    licence=Licence(
        "Public domain (1782–1799); transcriptions distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "James Aird, A Selection of Scotch, English, Irish and Foreign Airs, Glasgow 1782–1799. Transcribed "
        "to ABC by Jack Campin, 2009; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.campin.me.uk/",
    members=members,
)
def read(member: str) -> Reading:
    """One tune; ``KeyError`` for a name that is none."""
    return read_tune(FOLDER, member)
