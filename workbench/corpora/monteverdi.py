"""Madrigals of Claudio Monteverdi's third, fourth and fifth books, for five voices.

Members are ``<book>.<number>``: ``3.1``.
"""

import re
from functools import cache
from pathlib import Path

from workbench.core.piece import Licence, Reading
from workbench.corpora import corpus
from workbench.corpora.installed import music21_folder
from workbench.formats import decode

_NAME = re.compile(r"madrigal\.(\d+\.\d+)\.mxl")


@cache
def _files() -> dict[str, Path]:
    """Member to file, in order of book and number; drafts (``_old``) are left out."""
    paths = music21_folder("monteverdi").glob("*.mxl")
    found = {match[1]: path for path in paths if (match := _NAME.fullmatch(path.name))}
    return dict(sorted(found.items(), key=lambda item: [int(n) for n in item[0].split(".")]))


def members() -> list[str]:
    """All 48, by book and number."""
    return list(_files())


@corpus(
    "monteverdi",
    title="Monteverdi madrigals",
    description="48 madrigals for five voices, from the third, fourth and fifth books.",
    licence=Licence(
        "Public-domain music (1592–1605); encodings distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "Claudio Monteverdi, Il terzo, quarto and quinto libro de madrigali, Venice 1592–1605. Distributed "
        "with music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One madrigal; ``KeyError`` for a name that is none. The files' own titles are those of scans."""
    path = _files()[member]
    reading = decode(path.read_bytes(), path.name)[0]
    book, number = member.split(".")
    title = f"Madrigal, book {book} no. {number}"
    return Reading(reading.score, title, "Claudio Monteverdi", reading.remarks)
