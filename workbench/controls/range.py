"""How far the notes reach."""

from workbench.controls import control, within
from workbench.core.piece import Piece

RANGES = ("narrow", "an octave and a half", "wide")
EDGES = (14, 20)
"""Semitones from the lowest to the highest note, between the ranges."""


@control("range", title="Range", ranges=RANGES)
def range_of(piece: Piece) -> str | None:
    """How far it is from the lowest to the highest note."""
    lowest, highest = piece.facts.get("lowest"), piece.facts.get("highest")
    return None if lowest is None or highest is None else within(highest - lowest, EDGES, RANGES)
