"""The plain statement that a model made a piece: written into every file of a composition, and found again in it.

It names what is needed to compose the same notes elsewhere, and no time or id of this installation, so that the same
request gives the same files.
"""

import re
from dataclasses import dataclass

from workbench.core.runs import Composition

MARK = "Made by a model"
"""What every statement begins with, in whatever field of a file it stands."""
BY_HAND = "Edited by a person"
"""What the statement of a piece says besides, where somebody changed notes of it."""
TAG = ("made_by", "model")
"""The tag, and its value, of a piece of the library whose file bore a statement."""


@dataclass(frozen=True)
class Credits:
    """What a file says besides the music."""

    title: str = ""
    composer: str = ""
    statement: str = ""
    """That a model made it; empty where none did."""
    details: tuple[tuple[str, str], ...] = ()
    """How it was made, as names and values, for those files that have room for it."""


_STATEMENT = re.compile(re.escape(MARK) + r"\b[^\x00-\x1f\x7f-\x9f\ufffd]{0,300}")


def statement(made: Composition) -> str:
    """What the files of a composition say of it, in one line."""
    said = statement_of(made.request.model, made.model_fingerprint, made.request.seed)
    return f"{said} {BY_HAND}." if made.is_by_hand else said


def statement_of(model: str, fingerprint: str, seed: int) -> str:
    """The same of a piece that a model of a name and SHA-256 made with a seed."""
    return f"{MARK}: Music Workbench, model {model} (SHA-256 {fingerprint[:16]}), seed {seed}."


def found_in(*texts: str | None) -> str:
    """The first statement in the texts of a file; empty where there is none."""
    for text in texts:
        if text and (found := _STATEMENT.search(text)):
            return found[0].strip()
    return ""
