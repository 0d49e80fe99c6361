"""What an awkward file is."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["notes", "recording", "refused"]


@dataclass(frozen=True)
class AwkwardFile:
    """A file to bring in. ``words`` occur in one of its remarks, or in the sentence it is refused with.

    ``notes`` is how many notes all its pieces must have together, where that can be said; ``pieces``
    how many pieces there are.
    """

    name: str
    data: bytes
    outcome: Outcome
    words: str = ""
    notes: int | None = None
    pieces: int = 1
