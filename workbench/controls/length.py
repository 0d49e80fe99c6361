"""How long the piece was: a short tune is built otherwise than a long one."""

from workbench.controls import control, within
from workbench.core.piece import Piece

RANGES = ("up to 12 bars", "13 to 20 bars", "21 to 36 bars", "over 36 bars")
EDGES = (13, 21, 37)


@control("length", title="Built like a piece of", ranges=RANGES)
def length(piece: Piece) -> str | None:
    """Built like pieces of that many bars, whatever the number of bars that is asked for."""
    return within(piece.facts.get("bars"), EDGES, RANGES)
