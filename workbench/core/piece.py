"""Pieces: music with its title, composer, collection, source and licence.

*Facts* are computed from the notes (key, meter, length, …) and may be recomputed at any time.
*Tags* are a person's. A recomputation never touches a tag.
"""

from dataclasses import dataclass, field
from typing import Any

from workbench.core.score import Score


@dataclass(frozen=True)
class Reading:
    """One piece of music as a file format found it. A file may hold several.

    ``remarks`` are sentences about what was lost or guessed on the way; ``statement`` is the file's own, where it says
    that a model made the piece (:mod:`workbench.core.provenance`).
    """

    score: Score
    title: str = ""
    composer: str = ""
    remarks: tuple[str, ...] = ()
    statement: str = ""


@dataclass(frozen=True)
class Licence:
    """Under which terms a collection may be used.

    ``shareable``: whether a model trained on it may be given to others.
    """

    name: str
    shareable: bool
    url: str = ""


UNKNOWN_LICENCE = Licence("unknown", shareable=False)


@dataclass(frozen=True)
class Piece:
    """What is known of one piece. Its notes are kept apart and read when they are needed.

    ``id`` is the first 16 hex digits of the score's fingerprint: the same music has the same id on
    every machine. ``source`` names the file it came from, ``checksum`` is that file's SHA-256.
    """

    id: str
    title: str
    composer: str
    collection: str
    source: str
    checksum: str
    licence: Licence
    tune: str
    """Fingerprint independent of key and unit of time: pieces that share it are one tune."""
    facts: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    created: str = ""
    kind: str = "score"
    """``score`` or ``recording``."""
