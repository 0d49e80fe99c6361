"""The mood, as people tagged it."""

from workbench.controls import control
from workbench.core.piece import Piece


@control("mood", title="Mood")
def mood(piece: Piece) -> str | None:
    """The mood, by the tag of that name."""
    return piece.tags.get("mood")
