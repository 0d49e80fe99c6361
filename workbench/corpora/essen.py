"""The Essen folk song collection: songs from Germany, China, Ireland, Lorraine, Luxembourg and elsewhere.

Members are ``<file>#<X: number>``: ``han1#1``. Who may do what with it is unclear, see its licence.
"""

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.abc_books import read_tune, tunes

FOLDER = "essenFolksong"


def members() -> list[str]:
    """All 8,514, file by file."""
    return list(tunes(FOLDER))


@corpus(
    "essen",
    title="Essen folk songs",
    description="8,514 folk songs of one voice, most of them German and Chinese.",
    licence=Licence(
        "Unclear; distributed with music21 for non-commercial use",
        shareable=False,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/essenFolksong/license.txt",
    ),
    citation=(
        "Helmut Schaffrath, The Essen Associative Code and Folksong Database, ed. Ewa Dahlig-Turek. "
        "Converted to ABC by Seymour Shlien; distributed with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://ifdo.ca/~seymour/runabc/esac/esacdatabase.html",
    members=members,
)
def read(member: str) -> Reading:
    """One song; ``KeyError`` for a name that is none."""
    return read_tune(FOLDER, member)
