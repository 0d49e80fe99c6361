"""What ``NEAR`` means: how many of the pairs that are called near are the same music.

    python tests/benchmarks/families_precision.py

Tunes: every tune of Ryan's Mammoth against every one of O'Neill's; the two share tunes in other settings, often under
other names. The judge knows nothing of shingles: the best local alignment (Smith & Waterman 1981) of the two
melodies in any of twelve transpositions, as a share of the shorter one. Pairs drawn at random say what is chance.

Chorales: pairs of the same hymn by title. Many hymns are sung to one melody, so a pair of other titles need not
be wrong; those pairs are printed, to be looked at.
"""

import random
import re

import numpy as np

from workbench.core.score import Score, monophonic
from workbench.corpora import CORPORA
from workbench.metrics.similarity import NEAR, near_pairs, signatures, sketch

BANDS = ((0.15, 0.2), (NEAR, 0.25), (0.25, 0.3), (0.3, 0.4), (0.4, 1.01))
GAP = -0.7  # a note that has no counterpart, or another one
SAME = 0.4
"""Aligned share from which two melodies count as one; chance reaches it in one of 100 pairs."""


def main() -> None:
    """Print both tables."""
    tunes = [(name, *each) for name in ("ryans-mammoth", "oneills-1850") for each in read(name)]
    melodies = [monophonic(score).notes["pitch"].astype(int) for *_, score in tunes]
    dealt = random.Random(0)
    other = sum(name == "oneills-1850" for name, *_ in tunes)
    chance = [
        aligned(
            melodies[dealt.randrange(len(tunes) - other)], melodies[-1 - dealt.randrange(other)]
        )
        for _ in range(200)
    ]
    print(f"by chance: {np.mean(np.array(chance) > SAME):.1%} of pairs are aligned")
    pairs = near_pairs(signatures([sketch(score) for *_, score in tunes]), BANDS[0][0])
    for low, high in BANDS:
        inside = (pairs.similarity >= low) & (pairs.similarity < high)
        across = [
            aligned(melodies[a], melodies[b])
            for a, b in zip(pairs.first[inside], pairs.second[inside], strict=True)
            if tunes[a][0] != tunes[b][0]
        ]
        share = np.mean(np.array(across) > SAME)
        print(f"alike {low:.2f} to {high:.2f}: {len(across)} pairs, {share:.1%} are one tune")
    chorales()


def chorales() -> None:
    """How many near pairs of chorales have the same title, and which others there are."""
    pieces = read("bach-chorales")
    names = [re.sub(r"\s*\(.*", "", title) for title, _ in pieces]
    pairs = near_pairs(signatures([sketch(score) for _, score in pieces]))
    found = set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    same = {(a, b) for b in range(len(names)) for a in range(b) if names[a] == names[b]}
    print(
        f"chorales: {len(found)} near pairs, {len(found & same)} of one title; {len(same)} pairs of one title"
    )
    for a, b in sorted(found - same):
        print(f"   {pieces[a][0]} | {pieces[b][0]}")


def read(name: str) -> list[tuple[str, Score]]:
    """Titles and scores of a collection."""
    corpus = CORPORA.get(name)
    readings = [corpus.read(member) for member in corpus.members()]
    return [(reading.title, reading.score) for reading in readings]


def aligned(one: np.ndarray, other: np.ndarray) -> float:
    """Score of the best local alignment in any transposition, over the notes of the shorter melody."""
    return max(_local(one + shift, other) for shift in range(12)) / min(len(one), len(other))


def _local(one: np.ndarray, other: np.ndarray) -> float:
    row, best = np.zeros(len(other) + 1), 0.0
    steps = GAP * np.arange(len(other))
    for pitch in one:
        match = np.where((other - pitch) % 12 == 0, 1.0, GAP)
        reached = np.maximum(np.maximum(row[:-1] + match, row[1:] + GAP), 0)
        # A gap in the one melody, of any length: the best place to its left, less the steps from there.
        row[1:] = np.maximum.accumulate(reached - steps) + steps
        best = max(best, float(row.max()))
    return best


if __name__ == "__main__":
    main()
