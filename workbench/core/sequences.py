"""Token sequences laid out flat: one long array on disk, so that a training set may be larger than memory.

A folder holds ``tokens.i4`` and ``context.i4``, raw little-endian ``int32``, and ``pieces.jsonl``, one line a piece. Before
the tokens of every piece stands ``START``, so a window that begins at place ``p`` has ``tokens[p : p + T]`` as its
inputs, ``context[p : p + T]`` as what is known, and ``tokens[p + 1 : p + T + 1]`` as its targets::

    tokens    START  t0  t1  t2  START  t0  t1
    context    c0    c1  c2   0    c0   c1   0
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Key
from workbench.core.vocabulary import START, Plan, PlanBar, TokenSequence

_TOKENS, _CONTEXT, _PIECES = "tokens.i4", "context.i4", "pieces.jsonl"


@dataclass(frozen=True, eq=False)
class Flat:
    """All sequences one after another, in memory or mapped from disk."""

    tokens: NDArray[np.int32]
    """(P,) P is the tokens of all pieces and one START each."""
    context: NDArray[np.int32]
    """(P, C)"""
    first: NDArray[np.int64]
    """(N,) the place of each piece's START."""
    lengths: NDArray[np.int64]
    """(N,) tokens of each piece."""


def flatten(sequences: Sequence[TokenSequence]) -> Flat:
    """Sequences laid out; those of a folder stay on disk."""
    if isinstance(sequences, SequenceFolder):
        return sequences.flat
    rows = [_row(each) for each in sequences]
    lengths = np.array([len(each.tokens) for each in sequences], np.int64)
    return Flat(
        np.concatenate([tokens for tokens, _ in rows]),
        np.concatenate([context for _, context in rows]),
        _firsts(lengths),
        lengths,
    )


def write_sequences(folder: Path, sequences: Iterable[TokenSequence]) -> int:
    """Write a folder of sequences, one after another; how many there were.

    What is there already is replaced, and not before all was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = [folder / f"{name}.partial" for name in (_TOKENS, _CONTEXT, _PIECES)]
    count = 0
    with parts[0].open("wb") as flat, parts[1].open("wb") as known, parts[2].open("wb") as lines:
        for sequence in sequences:
            tokens, context = _row(sequence)
            flat.write(tokens.astype("<i4").tobytes())
            known.write(context.astype("<i4").tobytes())
            lines.write(_line(sequence))
            count += 1
    for part in parts:
        part.replace(part.with_suffix(""))
    return count


class SequenceFolder(Sequence[TokenSequence]):
    """What :func:`write_sequences` wrote, mapped into memory: each piece is read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._lines = (folder / _PIECES).read_bytes().splitlines()
        lengths = np.array([int(line[: line.index(b" ")]) for line in self._lines], np.int64)
        places = int(lengths.sum()) + len(lengths)
        tokens = _mapped(folder / _TOKENS)
        known = _mapped(folder / _CONTEXT).reshape(places, -1 if places else 0)
        self.flat = Flat(tokens, known, _firsts(lengths), lengths)

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> TokenSequence: ...
    @overload
    def __getitem__(self, index: slice) -> list[TokenSequence]: ...
    def __getitem__(self, index: int | slice) -> TokenSequence | list[TokenSequence]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        plan, quarters, is_variant = _parsed(self._lines[index])
        first, length = int(self.flat.first[index]), int(self.flat.lengths[index])
        return TokenSequence(
            self.flat.tokens[first + 1 : first + 1 + length],
            self.flat.context[first : first + length],
            plan,
            quarters,
            is_variant,
        )

    def __iter__(self) -> Iterator[TokenSequence]:
        return (self[index] for index in range(len(self)))


def _mapped(path: Path) -> NDArray[np.int32]:
    """The numbers of a file; one of no bytes cannot be mapped."""
    return np.memmap(path, "<i4", "r") if path.stat().st_size else np.zeros(0, np.int32)


def _row(sequence: TokenSequence) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """A piece's places: START and its tokens, and what is known at each."""
    nothing = np.zeros((1, sequence.context.shape[1]), np.int32)
    tokens = np.concatenate([np.array([START], np.int32), sequence.tokens])
    return tokens, np.concatenate([sequence.context, nothing])


def _firsts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) where each piece's START stands."""
    firsts: NDArray[np.int64] = np.cumsum(lengths + 1) - lengths - 1
    return firsts


def _line(sequence: TokenSequence) -> bytes:
    """The number of tokens, and as JSON key, tempo, quarters, runs of like bars, and whether it is a variant."""
    plan = sequence.plan
    runs = [
        [bar.numerator, bar.denominator, bar.steps, bar.offset, len(list(alike))]
        for bar, alike in groupby(plan.bars)
    ]
    key = [plan.key.onset, plan.key.fifths, plan.key.mode]
    said = [key, plan.tempo, sequence.quarters, runs, sequence.is_variant]
    words = json.dumps(said, separators=(",", ":"))
    return f"{len(sequence.tokens)} {words}\n".encode()


def _parsed(line: bytes) -> tuple[Plan, float, bool]:
    key, tempo, quarters, runs, is_variant = json.loads(line[line.index(b" ") :])
    bars = [PlanBar(*bar) for *bar, count in runs for _ in range(count)]
    return Plan(Key(*key), tuple(bars), tempo), quarters, is_variant
