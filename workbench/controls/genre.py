"""The genre, as people tagged it."""

from workbench.controls import control
from workbench.core.piece import Piece


@control("genre", title="Genre")
def genre(piece: Piece) -> str | None:
    """The genre, by the tag of that name."""
    return piece.tags.get("genre")
