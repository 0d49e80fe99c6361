"""How much of a piece is found in a training set: its patterns, the longest copied passage, the nearest piece.

An :class:`Index` holds the patterns of 4, 8 and 12 notes of a training set as sorted 64-bit hashes, so that a pattern is looked up in a
time that grows with the logarithm of the set. What a pattern is, and what it does not see, says :mod:`workbench.metrics.melodies`. From
patterns found, passages follow: where patterns of a piece that begin one after another lie one after another in a training piece as well, they
are one passage. A copy of at least 12 notes of a line, in any key, is always found.

What is found says little by itself, for people borrow from one another too: see :mod:`workbench.metrics.human_baseline`. Pieces may
belong to *families* (settings of one tune); where a piece of the training set is itself looked up, its whole family is
left out, or every tune would be a copy of its other setting.

An index is plain arrays, some 50 bytes a note; :mod:`workbench.metrics.index_file` keeps it.

References
----------
Yin, Reuben, Stepney & Collins, "Measuring When a Music Generation Algorithm Copies Too Much: The Originality Report, Cardinality Score,
and Symbolic Fingerprinting by Geometric Hashing", SN Computer Science 3:340, 2022. Theirs compares every window of a piece with all
windows of the corpus by the cardinality score; here it is compared with the ``NEAREST`` pieces that share most patterns with it, so a
likeness is at least what is stated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score
from workbench.metrics.cardinality import likeness
from workbench.metrics.melodies import Melodies, melodies, on_grid, pattern_hashes

LENGTHS = (4, 8, 12)
"""Notes of the patterns that are looked up."""
NEAREST = 3
MOST_POINTS = 1_000
"""Of a longer training piece so many notes about the shared patterns are compared by the cardinality score."""
MOST_PLACES = 256
"""Of a commonplace so many of its places are followed to longer passages."""


Patterns = tuple[NDArray[np.uint64], NDArray[np.integer]]
"""Hashes, and the place among the notes of lines at which each pattern begins."""


@dataclass(frozen=True)
class Passage:
    """Successive notes of a line of a piece that are found in a training piece. All numbers count from 0."""

    notes: int
    line: int
    start: int
    """The note of the line at which it begins."""
    piece: int
    """The number of the training piece, in the order in which the index was given them."""
    piece_line: int
    piece_start: int
    semitones: int
    """How much higher it is here than there."""
    chance: float
    """How many passages so like one in training would be expected in this piece by chance alone: well below 1 where it is no accident."""


@dataclass(frozen=True)
class Neighbour:
    """The training piece that shares most patterns with a piece, and the longest passage they share."""

    piece: int
    share: float
    """Of the piece's patterns of 8 notes those found there; of 4 where none of 8 is found anywhere."""
    passage: Passage


@dataclass(frozen=True)
class Borrowing:
    """What of a piece is found in the training set."""

    shares: tuple[float, ...]
    """For each of ``LENGTHS`` the share of the piece's patterns that are found, 0..1; NaN where it has none so long."""
    longest: Passage | None
    nearest: Neighbour | None
    cardinality: float
    """Mean over the piece's windows of the best cardinality score, 0..1; NaN where nothing is near or the piece is shorter than a window."""


@dataclass(frozen=True, eq=False)
class Index:
    """The patterns of a training set, to be looked up. Pieces are ordered by their families."""

    tunes: Melodies
    """All lines of all pieces, and all points, one piece after another."""
    point_starts: NDArray[np.int64]
    """(N + 1,) where the points of each piece begin."""
    line_starts: NDArray[np.int64]
    """(N + 1,) the number of the first line of each piece."""
    numbers: NDArray[np.int64]
    """(N,) the number each piece was given with."""
    families: NDArray[np.int64]
    """(N,) the family of each piece, rising."""
    patterns: tuple[Patterns, ...]
    """For each of ``LENGTHS`` the hashes, rising, and their places among the notes of lines; of one hash rising too."""

    def pieces_at(self, places: NDArray[np.integer]) -> NDArray[np.int64]:
        """The row of the piece that each place lies in."""
        line = np.searchsorted(self.tunes.starts, places, side="right") - 1
        return np.searchsorted(self.line_starts, line, side="right") - 1

    def piece(self, number: int) -> tuple[Melodies, int]:
        """The lines and points of the piece with that number, and its family."""
        row = int(np.flatnonzero(self.numbers == number)[0])
        first, stop = self.line_starts[row : row + 2]
        starts = self.tunes.starts[first : stop + 1]
        notes, points = slice(starts[0], starts[-1]), slice(*self.point_starts[row : row + 2])
        tunes = Melodies(
            self.tunes.onsets[notes], self.tunes.pitches[notes], starts - starts[0], self.tunes.points[points]
        )  # fmt: skip
        return tunes, int(self.families[row])


@dataclass(frozen=True, eq=False)
class _Matches:
    """Pairs of a place in a piece and one in the index at which the same pattern begins."""

    here: NDArray[np.integer]
    there: NDArray[np.integer]
    pieces: NDArray[np.int64]  # the row of the piece there


def build_index(scores: Sequence[Score], families: Sequence[int] | None = None) -> Index:
    """The index of a training set; without ``families`` every piece is one of its own."""
    return index_melodies([melodies(score) for score in scores], families)


def index_melodies(pieces: Sequence[Melodies], families: Sequence[int] | None = None) -> Index:
    """As :func:`build_index`, from what was made of each score already."""
    labels = np.arange(len(pieces)) if families is None else np.asarray(families, np.int64)
    order = np.argsort(labels, kind="stable")
    chosen = [pieces[row] for row in order]
    sizes = np.concatenate([np.zeros(0, np.int64), *[np.diff(each.starts) for each in chosen]])
    tunes = Melodies(
        np.concatenate([np.zeros(0, np.int32), *[each.onsets for each in chosen]], dtype=np.int32, casting="same_kind"),
        np.concatenate([np.zeros(0, np.int16), *[each.pitches for each in chosen]], dtype=np.int16, casting="same_kind"),
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([np.zeros((0, 2), np.int32), *[each.points for each in chosen]], dtype=np.int32, casting="same_kind"),
    )  # fmt: skip
    return Index(
        tunes,
        np.cumsum([0, *[len(each.points) for each in chosen]]),
        np.cumsum([0, *[len(each.starts) - 1 for each in chosen]]),
        order, labels[order], _sorted(tunes),
    )  # fmt: skip


def borrowing(piece: Score | Melodies, index: Index, without: int | None = None) -> Borrowing:
    """What of a piece is found in the set, but for the pieces of family ``without``."""
    tunes = melodies(piece) if isinstance(piece, Score) else piece
    patterns = pattern_hashes(tunes, LENGTHS)
    shares = tuple(
        float(_is_found(index, level, hashes, without).mean()) if len(hashes) else math.nan
        for level, (hashes, _) in enumerate(patterns)
    )
    found = [level for level, share in enumerate(shares) if share > 0]
    if not found:
        return Borrowing(shares, None, None, math.nan)
    level = min(found[-1], 1)  # patterns of 8 notes where there are any
    matches = _matches(index, level, patterns[level], without)
    near, counts = _nearest(matches, len(tunes.onsets))
    nearest = Neighbour(
        int(index.numbers[near[0]]),
        float(counts[0] / len(patterns[level][0])),
        _longest(index, tunes, _of_piece(matches, near[0]), LENGTHS[level], patterns[0]),
    )
    alike = likeness(tunes.points, [_about(index, _of_piece(matches, row)) for row in near])
    if found[-1] > level:
        level = found[-1]
        matches = _matches(index, level, patterns[level], without)
    longest = _longest(index, tunes, matches, LENGTHS[level], patterns[0])
    return Borrowing(shares, longest, nearest, alike)


def _sorted(tunes: Melodies) -> tuple[Patterns, ...]:
    found = []
    for hashes, places in pattern_hashes(tunes, LENGTHS):
        order = np.argsort(hashes, kind="stable")  # so that places, and with them families, rise
        found.append((hashes[order], places[order].astype(np.int32)))
    return tuple(found)


def _range(index: Index, level: int, hashes: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    known = index.patterns[level][0]
    return np.searchsorted(known, hashes), np.searchsorted(known, hashes, side="right")


def _is_found(
    index: Index, level: int, hashes: NDArray[np.uint64], without: int | None
) -> NDArray[np.bool_]:
    """(Q,) whether each pattern occurs in a piece of another family."""
    low, high = _range(index, level, hashes)
    found = high > low
    if without is not None:
        # The places of one pattern rise, and with them the families: all are of one family if the ends are.
        places = index.patterns[level][1]
        ends = places[low[found]], places[high[found] - 1]
        others = [index.families[index.pieces_at(each)] != without for each in ends]
        found[found] = others[0] | others[1]
    return found


def _matches(
    index: Index,
    level: int,
    patterns: Patterns,
    without: int | None,
) -> _Matches:
    """Where the patterns of a piece occur; of each at most ``MOST_PLACES``, spread over all of them."""
    hashes, here = patterns
    low, high = _range(index, level, hashes)
    some = np.minimum(high - low, MOST_PLACES)
    pattern = np.repeat(np.arange(len(hashes)), some)
    nth = np.arange(len(pattern)) - np.repeat(np.cumsum(some) - some, some)
    # The first and the last place are among them: were all of one family, so would be those.
    chosen = low[pattern] + nth * (high - low - 1)[pattern] // np.maximum(some[pattern] - 1, 1)
    there = index.patterns[level][1][chosen]
    pieces = index.pieces_at(there)
    kept = np.full(len(pieces), True) if without is None else index.families[pieces] != without
    return _Matches(here[pattern[kept]], there[kept], pieces[kept])


def _nearest(matches: _Matches, notes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the pieces with most patterns of a piece of so many notes, and how many each has."""
    rows = np.unique(matches.pieces * notes + matches.here) // notes  # a pattern counts once
    rows, counts = np.unique(rows, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:NEAREST]
    return rows[order], counts[order]


def _of_piece(matches: _Matches, row: int) -> _Matches:
    ours = matches.pieces == row
    return _Matches(matches.here[ours], matches.there[ours], matches.pieces[ours])


def _about(index: Index, matches: _Matches) -> NDArray[np.integer]:
    """(P, 2) the points of a training piece, of a long one those about the middle of what is shared with it."""
    row = matches.pieces[0]
    points = index.tunes.points[slice(*index.point_starts[row : row + 2])]
    onset = on_grid(index.tunes.onsets[np.sort(matches.there)[len(matches.there) // 2]])
    first = int(np.searchsorted(points[:, 0], onset)) - MOST_POINTS // 2
    first = max(min(first, len(points) - MOST_POINTS), 0)
    return points[first : first + MOST_POINTS]


def _longest(
    index: Index, tunes: Melodies, matches: _Matches, length: int, shortest: Patterns
) -> Passage:
    """The longest passage that matches of patterns of ``length`` notes make up; of several the first.

    ``shortest`` are all patterns of ``LENGTHS[0]`` notes of the piece.
    """
    apart = matches.there - matches.here
    order = np.lexsort((matches.here, apart))
    apart, here = apart[order], matches.here[order]
    begins = np.concatenate([[True], (np.diff(apart) != 0) | (np.diff(here) != 1)])
    first = np.flatnonzero(begins)
    runs = np.diff(np.append(first, len(here)))
    most = first[runs == runs.max()]
    chosen = most[here[most].argmin()]
    start, there = int(here[chosen]), int(here[chosen] + apart[chosen])
    line = int(np.searchsorted(tunes.starts, start, side="right")) - 1
    their_line = int(np.searchsorted(index.tunes.starts, there, side="right")) - 1
    row = int(index.pieces_at(np.array([there]))[0])
    notes = int(runs.max()) + length - 1
    return Passage(
        notes,
        line, start - int(tunes.starts[line]),
        int(index.numbers[row]),
        their_line - int(index.line_starts[row]), there - int(index.tunes.starts[their_line]),
        int(tunes.pitches[start] - index.tunes.pitches[there]), _chance(index, shortest, start, notes),
    )  # fmt: skip


def _chance(index: Index, shortest: Patterns, start: int, notes: int) -> float:
    """How often a passage would be met by chance, by how common the patterns of 4 notes are that follow one another in it.

    They are taken for independent of one another, and what is left over at the end for certain.
    """
    hashes, places = shortest
    stride = LENGTHS[0] - 1
    parts = start + np.arange((notes - 1) // stride) * stride
    low, high = _range(index, 0, hashes[np.searchsorted(places, parts)])
    total = len(index.patterns[0][0])
    return float(len(hashes) * total * np.exp(np.log((high - low) / total).sum()))
