"""From sounding notes to written ones: voices, bars, note values, ties and tuplets.

MIDI writes down when a note sounds; MusicXML and ABC write symbols. This module chooses the symbols
as an engraver would, for every format that needs them.

Conventions
-----------
A *unit* is a 128th note, ``symbols.UNIT`` ticks; every written value is a power of two of it with up to two
dots, inside a tuplet or not. A tuplet of ratio 3:2 holds three values in the time of two.

Within a quarter of a bar all times must lie on one grid: 128ths, or what triplets, quintuplets, septuplets or nonuplets make.
Where they do not (played music), they are moved to the nearest 1/48 of a quarter, at most 5 ms at
120 quarters a minute, and barlines with them if need be. Scores on such a grid
are written exactly.

A part has at most ``voices.MAX_VOICES`` voices on its staff. Where more sound, the note that ends first is
cut short; of more than four lengths struck at one moment the shortest are given the fourth voice's.

A value may hide a stronger beat of the bar only one metrical level above the one it starts on, so that
syncopations stay whole and the middle of a 4/4 bar stays visible (Gould, *Behind Bars*, 2011, pp. 166-172). The middle
of a bar of four beats is hidden only by what begins on the beat before it and lasts two beats.
"""

from workbench.core.score import Bar, Score, bars
from workbench.formats.notation.grid import on_grid
from workbench.formats.notation.symbols import UNIT, Tuplet, Voice, Written
from workbench.formats.notation.values import write_bar
from workbench.formats.notation.voices import cut_at_barlines, deal_voices

__all__ = ["UNIT", "Tuplet", "Voice", "Written", "layout"]


def layout(score: Score) -> tuple[Score, list[Bar], list[list[list[Voice]]]]:
    """The score on the grid of notation, its bars, and what is written in them: ``[part][bar][voice]``.

    The first voice of a bar fills it, with rests where nothing sounds; the others end with their last note.
    """
    score = on_grid(score)
    staves = bars(score)
    parts = []
    for index in range(len(score.parts)):
        voices = [cut_at_barlines(voice, staves) for voice in deal_voices(score, index)]
        voices = voices or [[[] for _ in staves]]
        parts.append(
            [write_bar(bar, list(spans)) for bar, *spans in zip(staves, *voices, strict=True)]
        )
    return score, staves, parts
