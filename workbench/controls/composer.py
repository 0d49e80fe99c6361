"""Who wrote it."""

from workbench.controls import control
from workbench.core.piece import Piece


@control("composer", title="Composer")
def composer(piece: Piece) -> str | None:
    """In the manner of a composer."""
    return piece.composer or None
