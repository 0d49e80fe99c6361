"""Which phrases come again."""

from workbench.controls import control
from workbench.core.piece import Piece


@control("form", title="Form")
def form(piece: Piece) -> str | None:
    """Which phrases of the whole piece come again, as letters: AABA."""
    return piece.facts.get("form")
