"""What returns: bars, phrases, rhythms, progressions of chords.

Bars are alike in so far as the same pitches begin at the same places in them (Jaccard: what both have over what either has).
That finds literal returns, as an ear at first hearing does, and no variations or transposed ones. A bar in two parts, across a repeat, is
one, so that bars correspond after it as before. Of a very long piece the beginning is read: ``MOST_BARS``.
"""

import math
from collections.abc import Iterable
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import counted_bars
from workbench.core.score import Score
from workbench.metrics.features import MUSDR, feature
from workbench.metrics.features.pitch import polyphony
from workbench.metrics.features.rhythm import bar_onsets, on_grid, positions
from workbench.metrics.form import ALIKE, PHRASE_BARS
from workbench.metrics.lines import ends, pitched

MOST_BARS = 512
CHORD_RUN = 3
"""Chords in a row that make a progression."""
FEWEST_VOICES = 1.5
"""Of thinner music a beat's notes are a melody, of which anybody may hear other chords."""
TRIADS = np.array(
    [np.isin(range(12), np.add(root, shape) % 12) for shape in ((0, 4, 7), (0, 3, 7), (0, 3, 6)) for root in range(12)]
).astype(float)  # fmt: skip
"""(36, 12) major, minor and diminished triads."""
_ROOT = 1e-3  # of two triads that fit as well, the one whose root sounds longer

Content = set[tuple[int, int]]
"""Position in the bar, and pitch, of every note that begins."""
_SIMILARITY = "after the bar self-similarity of Foote, ACM Multimedia 1999"


@feature(
    "repeats-next-bar", title="Likeness of neighbouring bars", unit="likeness of bars", high=1.0, source=_SIMILARITY,
    reading="More of it: bars are repeated at once; near 1 the piece is stuck.",
)  # fmt: skip
def repeats_next_bar(score: Score) -> float:
    """Mean likeness of each bar to the next."""
    return float(bar_similarity(score, [1])[0])


@feature(
    "repeats-after-4-bars", title="Likeness four bars on", unit="likeness of bars", high=1.0, source=_SIMILARITY,
    reading="More of it: phrases of four bars are repeated at once, as in A A.",
)  # fmt: skip
def repeats_after_4_bars(score: Score) -> float:
    """Mean likeness of each bar to the one four bars later."""
    return float(bar_similarity(score, [4])[0])


@feature(
    "repeats-after-8-bars", title="Likeness eight bars on", unit="likeness of bars", high=1.0, source=_SIMILARITY,
    reading="More of it: sections of eight bars are repeated, or a phrase comes back after another, as in A B A.",
)  # fmt: skip
def repeats_after_8_bars(score: Score) -> float:
    """Mean likeness of each bar to the one eight bars later."""
    return float(bar_similarity(score, [8])[0])


@feature(
    "phrases-that-return", title="Phrases that return", unit="share of phrases", high=1.0,
    source="this workbench; phrases and likeness as in the form of a piece",
    reading="More of it: more of the four-bar phrases are heard twice; songs and dances written out in full have much, music without a plan none.",
)  # fmt: skip
def phrases_that_return(score: Score) -> float:
    """Share of the phrases of four bars, from the first full bar, that are mostly the same as another phrase of the piece."""
    full = [bar.is_full for bar in counted_bars(score)[:MOST_BARS]]
    content = _contents(score)[full.index(True) if True in full else 0 :]
    phrases = [
        {(bar, place, pitch) for bar in range(PHRASE_BARS) for place, pitch in content[start + bar]}
        for start in range(0, len(content) - PHRASE_BARS + 1, PHRASE_BARS)
    ]
    phrases = [phrase for phrase in phrases if phrase]
    if len(phrases) < 2:
        return math.nan
    returns = [
        any(_likeness(one, other) >= ALIKE for j, other in enumerate(phrases) if j != i)
        for i, one in enumerate(phrases)
    ]
    return float(np.mean(returns))


@feature(
    "grooving", title="Grooving similarity", unit="likeness of bars", high=1.0, source=MUSDR,
    reading="More of it: the rhythm of any two bars is more alike, however far apart.",
)  # fmt: skip
def grooving(score: Score) -> float:
    """One less the share of grid positions at which a note begins in one of two bars alone, over all pairs of bars of one length.

    MusDr has 64 positions a bar, and draws 1,000 pairs at random where there are more; here there are twelve a quarter, and all pairs
    count.
    """
    by_length: dict[int, list[NDArray[np.bool_]]] = {}
    for marks in bar_onsets(score):
        if marks is not None:
            by_length.setdefault(len(marks), []).append(marks)
    groups = [np.array(group) for group in by_length.values() if len(group) > 1]
    pairs = [len(group) * (len(group) - 1) // 2 for group in groups]
    return float(np.average([mean_likeness(group) for group in groups], weights=pairs)) if groups else math.nan  # fmt: skip


@feature(
    "chord-irregularity", title="Irregularity of chords", unit="share of progressions", high=1.0, source=MUSDR,
    reading="More of it: fewer of the progressions of three chords come again; a chorus has little, wandering harmony nearly 1.",
)  # fmt: skip
def chord_irregularity(score: Score) -> float:
    """How many different progressions of three chords there are, over all there are; a chord is what fits the notes of a beat.

    MusDr reads the chords of a lead sheet. A score has none, so here each beat is given the triad that most of its sounding time
    belongs to, and only a change is a new chord; a melody, and music in which few beats have three tones, has no figure. MusDr
    leaves the last progression out of both counts, and calls a piece of up to three chords 1; here all count,
    and fewer than three chords have no figure.
    """
    return irregularity(chords(score) if polyphony(score) >= FEWEST_VOICES else [])


def bar_similarity(score: Score, lags: Iterable[int]) -> NDArray[np.float64]:
    """(L,) mean likeness of each bar to the one so many bars later; NaN where the piece is too short for it.

    Where nothing begins in either bar there is nothing to compare.
    """
    content = _contents(score)
    means = []
    for lag in lags:
        pairs = zip(content, content[lag:], strict=False)
        found = [_likeness(one, other) for one, other in pairs if one or other]
        means.append(np.mean(found) if found else math.nan)
    return np.array(means)


def mean_likeness(marks: NDArray[np.bool_]) -> float:
    """Of (B, R) bars the mean share of positions at which two of them agree, over all pairs; B is at least 2."""
    count, width = marks.shape
    some = marks.sum(axis=0)
    return float(1 - (some * (count - some)).sum() / (width * count * (count - 1) / 2))


def irregularity(sequence: list[int], run: int = CHORD_RUN) -> float:
    """Different runs of so many chords over all of them; NaN where there is none."""
    runs = [tuple(sequence[start : start + run]) for start in range(len(sequence) - run + 1)]
    return len(set(runs)) / len(runs) if runs else math.nan


def chords(score: Score) -> list[int]:
    """The triads of a score one after another, as rows of ``TRIADS``; none where few beats have three tones."""
    edges: list[int] = []
    for bar in counted_bars(score)[:MOST_BARS]:
        edges += range(bar.start, bar.end, bar.meter.beat_ticks)
    weights = _beat_weights(score, np.array([*edges, score.end]))
    tones = np.count_nonzero(weights, axis=1)
    if not (tones > 0).any() or (tones[tones > 0] >= 3).mean() < 0.5:
        return []
    fit = weights @ TRIADS.T + _ROOT * np.tile(weights, 3)
    return [int(chord) for chord, _ in groupby(fit[tones > 0].argmax(axis=1).tolist())]


def _beat_weights(score: Score, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """(beats, 12) the ticks for which each pitch class sounds from one edge to the next."""
    notes = pitched(score)
    columns = []
    for tone in range(12):
        same = notes[notes["pitch"] % 12 == tone]
        begun, over = np.sort(same["onset"].astype(np.int64)), np.sort(ends(same))
        columns.append(np.diff(_elapsed(begun, edges) - _elapsed(over, edges)))
    return np.stack(columns, axis=1).astype(float)


def _elapsed(times: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """(A,) how long ago all of the sorted times together were, counting those that are past."""
    past = np.searchsorted(times, at)
    summed = np.concatenate([[0], np.cumsum(times)])
    elapsed: NDArray[np.int64] = past * at - summed[past]
    return elapsed


def _contents(score: Score) -> list[Content]:
    """What begins in each bar, drums apart."""
    notes = pitched(score)
    found = []
    for bar in counted_bars(score)[:MOST_BARS]:
        inside = notes[slice(*np.searchsorted(notes["onset"], [bar.start, bar.end]))]
        ticks = inside["onset"].astype(np.int64) - bar.start
        places = on_grid(ticks, positions(bar.end - bar.start))
        found.append(set(zip(places.tolist(), inside["pitch"].tolist(), strict=True)))
    return found


def _likeness(one: set, other: set) -> float:
    """Jaccard similarity of two sets, of which one at least holds something."""
    return len(one & other) / len(one | other)
