"""How thickly the notes fall."""

from workbench.controls import control, within
from workbench.core.piece import Piece

RANGES = ("sparse", "moderate", "dense", "very dense")
EDGES = (1.25, 1.75, 2.5)
"""Notes a quarter between the ranges: a tune in quarters and a few eighths, one in eighths, one in sixteenths."""


@control("density", title="Density", ranges=RANGES)
def density(piece: Piece) -> str | None:
    """How many notes fall on a quarter note."""
    return within(piece.facts.get("notes_a_quarter"), EDGES, RANGES)
