"""How fast it goes."""

from workbench.controls import control, within
from workbench.core.piece import Piece

RANGES = ("slow", "walking", "fast", "very fast")
EDGES = (76, 108, 144)
"""Quarter notes a minute between the ranges: adagio, andante, allegro, presto begin about there."""


@control("tempo", title="Tempo", ranges=RANGES)
def tempo(piece: Piece) -> str | None:
    """How many quarter notes a minute the piece began with: fast music is written otherwise than slow."""
    return within(piece.facts.get("tempo"), EDGES, RANGES)
