"""String quartets by Haydn, Mozart and Beethoven, most of them movement by movement.

Members are paths in music21's corpus without their suffix: ``haydn/opus74no1/movement1``.
"""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from workbench.core.piece import Licence, Reading
from workbench.core.score import Score
from workbench.corpora import corpus
from workbench.corpora.installed import music21_folder
from workbench.corpora.titles import ordinal
from workbench.formats import decode

COMPOSERS = {"beethoven": "L. van Beethoven", "haydn": "J. Haydn", "mozart": "W. A. Mozart"}
_OPUS = re.compile(r"opus(\d+)(?:no(\d+))?")
PROGRAMS = {"cello": 42, "viola": 41, "violin": 40}
"""General MIDI's, by what the name of a part holds."""
_PIANO = "mozart/k545"


@cache
def _files() -> dict[str, Path]:
    """Member to file."""
    found = {}
    for composer in COMPOSERS:
        folder = music21_folder(composer)
        for path in sorted(folder.rglob("*.mxl")):
            member = f"{composer}/{path.relative_to(folder).with_suffix('').as_posix()}"
            if not member.startswith(_PIANO):
                found[member] = path
    return found


def members() -> list[str]:
    """All 46, by composer."""
    return list(_files())


@corpus(
    "string-quartets",
    title="String quartets",
    description="Movements of quartets by Haydn, Mozart and Beethoven, and four whole ones.",
    licence=Licence(
        "Public-domain music; encodings distributed with music21 by permission",
        shareable=True,
        url="https://github.com/cuthbertLab/music21/blob/master/music21/corpus/license.txt",
    ),
    citation=(
        "String quartets by J. Haydn, W. A. Mozart and L. van Beethoven. Encoded by many hands; distributed with "
        "music21 (Cuthbert & Ariza, ISMIR 2010)."
    ),
    url="https://www.music21.org/music21docs/about/referenceCorpus.html",
    members=members,
)
def read(member: str) -> Reading:
    """One movement, or a quartet in one file; ``KeyError`` for a name that is none."""
    path = _files()[member]
    reading = decode(path.read_bytes(), path.name)[0]
    score = in_strings(reading.score)
    return Reading(score, _title(member), COMPOSERS[member.split("/")[0]], reading.remarks)


def in_strings(score: Score) -> Score:
    """The score with each part played by what it is named after: the files say piano, an ensemble, or viola for cello."""
    parts = []
    for part in score.parts:
        name = part.name.casefold()
        programs = [program for word, program in PROGRAMS.items() if word in name]
        parts.append(replace(part, program=programs[0]) if programs else part)
    return replace(score, parts=tuple(parts))


def _title(member: str) -> str:
    """The files' own titles name works in many ways, or not at all."""
    _, work, *movement = member.split("/")
    if match := _OPUS.fullmatch(work):
        name = f"op. {match[1]}" + (f" no. {match[2]}" if match[2] else "")
    else:
        name = f"K. {work[1:]}"
    which = f", {ordinal(int(movement[0][-1]))} movement" if movement else ""
    return f"String Quartet {name}{which}"
