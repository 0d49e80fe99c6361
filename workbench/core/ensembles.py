"""Ensembles that music is set for: who plays, from above, and the range of each as it sounds.

Ranges are those that orchestration books give to good players, without a bass clarinet's or a five-string bass's extra notes.

Reference
---------
Adler, *The Study of Orchestration* (4th ed., 2016), the ranges of the instruments.
"""

from dataclasses import dataclass

AS_WRITTEN = "as written"
"""No ensemble: every part is played by what it names."""


@dataclass(frozen=True)
class Player:
    """One part of an ensemble."""

    name: str
    program: int
    """General MIDI's, from 0."""
    low: int
    high: int
    """Pitches that sound, both included."""


ENSEMBLES: dict[str, tuple[Player, ...]] = {
    "string quartet": (
        Player("Violin I", 40, 55, 103),
        Player("Violin II", 40, 55, 103),
        Player("Viola", 41, 48, 91),
        Player("Cello", 42, 36, 76),
    ),
    "woodwind quartet": (
        Player("Flute", 73, 60, 96),
        Player("Oboe", 68, 58, 91),
        Player("Clarinet", 71, 50, 91),
        Player("Bassoon", 70, 34, 74),
    ),
    "brass quartet": (
        Player("Trumpet I", 56, 52, 82),
        Player("Trumpet II", 56, 52, 82),
        Player("Trombone", 57, 40, 72),
        Player("Tuba", 58, 28, 58),
    ),
    "choir": (
        Player("Soprano", 52, 59, 81),
        Player("Alto", 52, 53, 76),
        Player("Tenor", 52, 47, 69),
        Player("Bass", 52, 40, 64),
    ),
}
