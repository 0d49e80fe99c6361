"""ABC notation, the text format in which folk musicians trade tunes.

Conventions
-----------
One ``X:`` is one piece; a file may hold hundreds. Decorations, chord symbols, slurs and lyrics are
left out, as are grace notes; repeats and endings stand as they are written, once. An accidental lasts to
the end of its bar in every octave, as the standard has it (``%%propagate-accidentals`` is obeyed). Files
that are not UTF-8 are taken for Latin-1. A bar that is shorter or longer than its meter makes the
next one restate the meter (see ``workbench.core.score``).

Our own reader: music21's takes 128 ms a tune and refuses tunes with neither ``M:`` nor ``L:``.

References
----------
Chris Walshaw, "The abc music standard 2.1", 2011, https://abcnotation.com/wiki/abc:standard:v2.1.
"""

from dataclasses import replace

from workbench.core.errors import UnreadableFile
from workbench.core.piece import Reading
from workbench.core.score import Score
from workbench.formats import file_format
from workbench.formats.abc.tunes import is_abc, read_tune, split_tunes, to_text
from workbench.formats.abc.writer import encode

__all__ = ["decode", "encode", "read_tune", "split_tunes", "to_text"]


def _encode(score: Score, title: str, composer: str, statement: str) -> bytes:
    return encode(score, title=title, composer=composer, statement=statement).encode()


@file_format(
    "abc", title="ABC", suffixes=(".abc",), recognises=is_abc, encode=_encode, mime="text/vnd.abc"
)
def decode(data: bytes) -> list[Reading]:
    """Every tune of an ABC file that can be read.

    Raises ``UnreadableFile`` where none can; the reason is the first tune's.
    """
    readings: list[Reading] = []
    failures: list[str] = []
    for number, tune in split_tunes(to_text(data)).items():
        try:
            readings.append(read_tune(tune))
        except UnreadableFile as error:
            failures.append(f"tune X:{number}: {error}")
    if not readings:
        raise UnreadableFile(failures[0] if failures else "it holds no tune (X: and K: lines).")
    if failures:
        first = readings[0]
        remarks = (*first.remarks, *(f"Left out {failure}" for failure in failures))
        readings[0] = replace(first, remarks=remarks)
    return readings
