"""How alike two pieces are, whatever their key, and finding the alike among very many.

A piece is a *set of shingles*: short runs of what happens one after another. Two sets are as alike as their
**Jaccard similarity**, shared shingles over all (0..1). Two kinds of set are made of every piece:

- *melody*: ``MELODY_RUN`` successive intervals of the highest sounding voice, in semitones. Note values are
  left out: settings of one tune differ in rhythm more than in pitch;
- *texture*, for music of several voices: ``TEXTURE_RUN`` successive chords, each the pitch classes that sound above
  the bass and the bass' own step. It finds an arrangement whose melody was given to another voice.

A *sketch* is the MinHash signature of both sets: of the hashes of a set under ``HASHES`` random functions
the smallest of each, 16 bits kept. The share of places where two signatures agree estimates the Jaccard
similarity, with a standard error of 0.03. Candidates are found without comparing all pairs by locality-sensitive
hashing (LSH): signatures are cut into ``BANDS``, and two pieces are compared where one band is equal.

Everything is vectorised NumPy: the library for MinHash, datasketch 2.0, takes 13 times as long for a signature and keeps
an index of Python sets (``tests/benchmarks/families_scale.py``).

What ``NEAR`` means was measured on 1,059 tunes of Ryan's Mammoth against O'Neill's 2,009, and on 371 chorales
(``docs/benchmarks.md``).

References
----------
Broder, "On the resemblance and containment of documents", 1997.
Leskovec, Rajaraman & Ullman, *Mining of Massive Datasets*, ch. 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score

MELODY_RUN = 5  # intervals
TEXTURE_RUN = 3  # chords
HASHES = 192
BANDS = 64
NEAR = 0.2
"""Pieces at least so alike are taken for settings of one piece."""
FEWEST_SHINGLES = 10
"""A set with fewer says too little: a scale would be everybody's relative."""
POLYPHONIC_SHARE = 0.5
"""Of the moments, so many must have two notes or more for a texture: a tune with some double stops has none."""
MOST_NOTES = 50_000
"""Of a longer piece only the beginning is sketched."""
SKETCH_BYTES = 2 * HASHES * 2

_ROWS = HASHES // BANDS
_NOTHING = np.uint16(0xFFFF)  # all places of a set that is too small
_CROWD = 64
"""In a bucket of more pieces each is compared with so many that follow it: a crowd shares a commonplace."""
_CHUNK = 200_000  # pairs compared at once

Signatures = NDArray[np.uint16]
"""(N, 2, HASHES) signatures of melody and texture of N pieces."""


def _odd_numbers(seed: int) -> NDArray[np.uint32]:
    numbers = np.random.default_rng(seed).integers(0, 2**32, HASHES, dtype=np.uint32)
    return numbers | np.uint32(1)


# The hash functions, by multiplication: fixed for ever, for sketches are stored.
_FACTORS, _OFFSETS = _odd_numbers(1997)[:, np.newaxis], _odd_numbers(2002)[:, np.newaxis]
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2 to the 64 over the golden ratio


@dataclass(frozen=True)
class NearPairs:
    """Pairs of pieces by their places in what was compared, ``first < second``, and how alike they are."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float64]


# --- one piece --------------------------------------------------------------------------------


def sketch(score: Score) -> bytes:
    """The MinHash signatures of a score, ``SKETCH_BYTES`` long; empty where it is too short to say.

    Little-endian ``uint16``, ``HASHES`` of the melody and ``HASHES`` of the texture. Independent of key, of tempo and of
    the unit of time. Drums are not heard.
    """
    drums = np.array([part.is_drum for part in score.parts])
    notes = score.notes[~drums[score.notes["part"]]][:MOST_NOTES]
    if not len(notes):
        return b""
    sounding, struck = _sounding(notes)
    top = sounding.shape[1] - 1 - np.argmax(sounding[:, ::-1], axis=1)
    melody = top[struck[np.arange(len(top)), top]]
    signatures = np.stack(
        [_signature(_runs(np.diff(melody), MELODY_RUN)), _signature(_chords(sounding))]
    )
    return b"" if (signatures == _NOTHING).all() else signatures.astype("<u2").tobytes()


def _sounding(notes: NDArray[np.void]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(T, P) which pitches sound at each of T onsets, and which begin there; pitches from the lowest to the highest."""
    pitches = notes["pitch"] - notes["pitch"].min()
    onsets, places = np.unique(notes["onset"], return_inverse=True)
    ends = np.searchsorted(onsets, notes["onset"].astype(np.int64) + notes["duration"])
    changes = np.zeros((len(onsets) + 1, int(pitches.max()) + 1), np.int16)
    np.add.at(changes, (places, pitches), 1)
    np.add.at(changes, (ends, pitches), -1)
    struck = np.zeros((len(onsets), changes.shape[1]), bool)
    struck[places, pitches] = True
    return np.cumsum(changes[:-1], axis=0, dtype=np.int16) > 0, struck


def _chords(sounding: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Shingles of chords; none where mostly one note sounds at once."""
    if (np.count_nonzero(sounding, axis=1) > 1).mean() < POLYPHONIC_SHARE:
        return np.zeros(0, np.uint32)
    bass = np.argmax(sounding, axis=1)
    classes = np.zeros((len(sounding), 12), bool)
    for octave in range(0, sounding.shape[1], 12):
        part = sounding[:, octave : octave + 12]
        classes[:, : part.shape[1]] |= part
    above = (bass[:, np.newaxis] + np.arange(12)) % 12  # pitch classes from the bass upwards
    chord = np.take_along_axis(classes, above, axis=1) @ (1 << np.arange(12))
    changed = np.concatenate([[True], (np.diff(chord) != 0) | (np.diff(bass) != 0)])
    chord, bass = chord[changed], bass[changed]
    return _runs(chord[1:] * 12 + np.diff(bass) % 12, TEXTURE_RUN)


def _runs(codes: NDArray[np.integer], length: int) -> NDArray[np.uint32]:
    """The distinct runs of ``length`` successive codes, each as one number."""
    if len(codes) < length:
        return np.zeros(0, np.uint32)
    numbers = codes.astype(np.int64).view(np.uint64)
    last = len(codes) - length + 1
    hashes = np.zeros(last, np.uint64)
    for offset in range(length):
        hashes = (hashes ^ numbers[offset : offset + last]) * _MIX
        hashes ^= hashes >> np.uint64(29)
    return np.unique((hashes >> np.uint64(32)).astype(np.uint32))


def _signature(shingles: NDArray[np.uint32]) -> Signatures:
    """(HASHES,) the smallest hash of the set under each function."""
    if len(shingles) < FEWEST_SHINGLES:
        return np.full(HASHES, _NOTHING)
    smallest = (shingles * _FACTORS + _OFFSETS).min(axis=1)  # of (HASHES, S), modulo 2 to the 32
    # The upper bits of what is smallest are nearly always 0; the lower ones tell sets apart.
    return np.minimum(smallest & np.uint32(0xFFFF), np.uint32(0xFFFE)).astype(np.uint16)


# --- many pieces ------------------------------------------------------------------------------


def signatures(sketches: Sequence[bytes]) -> Signatures:
    """(N, 2, HASHES) from N sketches; of those that are empty or damaged nothing but "nothing to say"."""
    silent = b"\xff" * SKETCH_BYTES
    whole = b"".join(each if len(each) == SKETCH_BYTES else silent for each in sketches)
    return np.frombuffer(whole, "<u2").reshape(-1, 2, HASHES)


def similarity(one: Signatures, others: Signatures) -> NDArray[np.float64]:
    """(N,) how alike a piece (2, HASHES) is to N others (N, 2, HASHES), or N pieces to N others: in melody or texture."""
    agree = (one == others) & (one != _NOTHING)
    best: NDArray[np.float64] = agree.mean(axis=-1).max(axis=-1)
    return best


def near_pairs(pieces: Signatures, least: float = NEAR) -> NearPairs:
    """All pairs at least so alike that LSH brings together: nearly all above 0.35, nine of ten at ``NEAR``."""
    candidates = np.unique(
        np.concatenate([np.zeros(0, np.int64), *_candidates(pieces)])
    )  # each pair as first * N + second
    first, second = np.divmod(candidates, max(len(pieces), 1))
    alike = np.zeros(len(candidates))
    for start in range(0, len(candidates), _CHUNK):
        part = slice(start, start + _CHUNK)
        alike[part] = similarity(pieces[first[part]], pieces[second[part]])
    kept = alike >= least
    return NearPairs(first[kept], second[kept], alike[kept])


def _candidates(pieces: Signatures) -> list[NDArray[np.int64]]:
    """Pairs that share a band of melody or of texture, band by band."""
    found = []
    for kind in range(2):
        rows = np.flatnonzero(pieces[:, kind, 0] != _NOTHING)
        bands = pieces[rows, kind].reshape(len(rows), BANDS, _ROWS).astype(np.uint64)
        shifts = np.arange(_ROWS, dtype=np.uint64) * np.uint64(16)
        keys = (bands << shifts).sum(axis=2, dtype=np.uint64)  # (M, BANDS)
        found += [_together(keys[:, band], rows, len(pieces)) for band in range(BANDS)]
    return found


def _together(keys: NDArray[np.uint64], rows: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Pairs of rows whose keys are equal, as ``first * total + second``."""
    order = np.argsort(keys, kind="stable")
    keys, rows = keys[order], rows[order]
    found = [np.zeros(0, np.int64)]
    for distance in range(1, min(_CROWD, len(keys))):
        equal = keys[distance:] == keys[:-distance]
        if not equal.any():
            break
        found.append((rows[:-distance] * total + rows[distance:])[equal])
    return np.concatenate(found)
