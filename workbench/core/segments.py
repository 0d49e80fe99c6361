"""One melody in segments of a few bars, for models that make each segment into a point of a latent space and back.

A piece is cut at bar lines, every so many bars from the first full one. A pickup belongs to the bars that follow it, a
bar in two parts (across a repeat) counts once, and the last segment is as short as it is: no note is left out, and none
is counted twice. The cuts follow from the plan alone, so they are known before the first note.

Of what is known before a token a segment keeps what the plan decides or a person tells (*planned*), and what sounds at that
moment and since when (*heard*): so a note may be held across a cut, and a melody goes on from where it was. What stood there
bars ago (``echo_*``) is heard by models that ask for it; to others the latent space has to tell it.

T is the tokens of a segment (of one melody, its steps), C the context's numbers, Z the width of the latent space.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.core.frames import FIRST_PITCH, HOLD, PLANNED, SYMBOLS, VOICE
from workbench.core.vocabulary import Plan, TokenSequence, Vocabulary, bar_indices

HELD, SOUNDING, ECHO = "held", "sounding_", "echo_"


def is_melody(vocabulary: Vocabulary) -> bool:
    """Whether a vocabulary says one melody in cells, so that its steps can be counted off."""
    names = {field.name for field in vocabulary.context}
    return vocabulary.tokens[HOLD:FIRST_PITCH] == SYMBOLS and HELD in names and VOICE not in names


def planned_columns(vocabulary: Vocabulary) -> list[int]:
    """Columns of the context that the plan decides, or that a person tells."""
    fields = vocabulary.context
    return [i for i, each in enumerate(fields) if each.name in PLANNED or each.is_optional]


def heard_columns(vocabulary: Vocabulary, echoes: bool = False) -> list[int]:
    """Columns of the context that tell what sounds, and since when; with ``echoes`` also what stood there bars ago."""
    told = (HELD, SOUNDING, ECHO) if echoes else (HELD, SOUNDING)
    names = [field.name for field in vocabulary.context]
    return [i for i, name in enumerate(names) if name.startswith(told)]


def ends(plan: Plan, bars: int) -> NDArray[np.int64]:
    """(S,) where each segment of so many bars ends, in steps from the beginning of the piece."""
    numbers = [max(number, 0) // bars for number in bar_indices(plan)]
    steps = iter(plan.bars)
    lengths = [sum(next(steps).steps for _ in group) for _, group in groupby(numbers)]
    return np.cumsum(lengths, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Segment:
    """``tokens`` (T,) and what is known before each, ``context`` (T, C)."""

    tokens: NDArray[np.int32]
    context: NDArray[np.int32]


def segments(sequence: TokenSequence, bars: int) -> list[Segment]:
    """A piece in segments of so many bars."""
    cuts = ends(sequence.plan, bars)[:-1]
    tokens, context = np.split(sequence.tokens, cuts), np.split(sequence.context, cuts)
    return [Segment(*both) for both in zip(tokens, context, strict=True)]


class SegmentDecoder(Protocol):
    """What makes points of a latent space into segments, token by token."""

    def begin(self, points: NDArray[np.floating]) -> Any:
        """The state before the first token of segments that points (B, Z) stand for."""
        ...

    def step(
        self, tokens: NDArray[np.int32], context: NDArray[np.int32], state: Any
    ) -> tuple[NDArray[np.float32], Any]:
        """As a ``core.vocabulary.Decoder`` does; before the first token of every segment stands ``START``."""
        ...


class Autoencoder(SegmentDecoder, Protocol):
    """A trained model that makes segments into points of a latent space, and points into segments."""

    latent: int
    """Z."""

    def encode(
        self, segments: Sequence[Segment]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The posteriors of S segments: mean and natural log of the variance, each (S, Z)."""
        ...
