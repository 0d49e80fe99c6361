"""Collections of ABC files that hold many tunes each: a member is ``<file>#<X: number>``."""

from functools import cache

from workbench.core.piece import Reading
from workbench.corpora.installed import music21_folder
from workbench.corpora.titles import readable
from workbench.formats import abc


@cache
def tunes(folder: str) -> dict[str, str]:
    """Member to the text of the tune, split once; a few MB at most."""
    return {
        f"{path.stem}#{number}": text
        for path in sorted(music21_folder(folder).glob("*.abc"))
        for number, text in abc.split_tunes(abc.to_text(path.read_bytes())).items()
    }


def read_tune(folder: str, member: str) -> Reading:
    """One tune; ``KeyError`` for a name that is none."""
    reading = abc.read_tune(tunes(folder)[member])
    composer = reading.composer or "Traditional"
    return Reading(reading.score, readable(reading.title), composer, reading.remarks)
