"""The collection a piece came from: the nearest thing to a style that every library knows."""

from workbench.controls import control
from workbench.core.piece import Piece


@control("collection", title="Collection")
def collection(piece: Piece) -> str | None:
    """In the manner of one of the collections."""
    return piece.collection or None
