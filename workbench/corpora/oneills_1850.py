"""Francis O'Neill's *Music of Ireland: Eighteen Hundred and Fifty Melodies*, Chicago 1903.

The ABC files hold from one to a hundred tunes, some of them in two transcriptions; members are
``<file>#<X: number>``: ``0001-0050#25``.
"""

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.abc_books import read_tune, tunes

FOLDER = "oneills1850"


def members() -> list[str]:
    """All 2,009, in the order of the book."""
    return list(tunes(FOLDER))


@corpus(
    "oneills-1850",
    title="O'Neill's Music of Ireland (1850)",
    description="2,009 transcriptions of Irish airs, jigs, reels, hornpipes and marches.",
    licence=Licence(
        "Public domain (1903); transcriptions distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "Francis O'Neill, Music of Ireland: Eighteen Hundred and Fifty Melodies, Lyon & Healy, Chicago "
        "1903. Transcribed to ABC by many hands, led by John Walsh; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One tune; ``KeyError`` for a name that is none."""
    return read_tune(FOLDER, member)
