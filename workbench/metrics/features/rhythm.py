"""How many notes there are, when they begin, and how much the bars resemble one another in that.

Onsets are placed on a grid of ``GRID`` positions a quarter, on which sixteenths and triplets are exact. Only full
bars are compared, and only with bars of the same length: a pickup is no other rhythm. A bar in two parts, across a repeat, is one.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import counted_bars
from workbench.core.score import TICKS_PER_QUARTER, Bar, Score
from workbench.metrics.features import MGEVAL, MUSPY, feature
from workbench.metrics.lines import ends, pitched, sounding

GRID = 12
"""Positions a quarter."""
MOST_BARS = 2048
"""Of a longer piece the beginning is compared."""


@feature(
    "note-count", title="Notes", unit="notes", low=1.0, source=MGEVAL,
    reading="More of it: the piece is longer, or busier.",
)  # fmt: skip
def note_count(score: Score) -> float:
    """How many notes there are, drums apart; tied notes are one.

    MGEval counts one track; here every part counts.
    """
    return float(len(pitched(score)))


@feature(
    "notes-per-bar", title="Notes a bar", unit="notes a bar", source=MGEVAL,
    reading="More of it: the music is busier.",
)  # fmt: skip
def notes_per_bar(score: Score) -> float:
    """Mean number of notes that begin in a full bar, drums apart.

    MGEval takes one track, one time signature, and as many bars as the length rounds to; here meters may change, a pickup
    is left out, and the last bar counts however soon its last note ends.
    """
    full = [bar for bar in counted_bars(score) if bar.is_full]
    edges = np.array([[bar.start, bar.end] for bar in full]).reshape(-1, 2)
    places = np.searchsorted(pitched(score)["onset"], edges)
    return float((places[:, 1] - places[:, 0]).mean()) if full else math.nan


@feature(
    "inter-onset", title="Time between notes", unit="quarters", source=MGEVAL,
    reading="More of it: more time passes until something new begins; 0.5 is a piece in eighths.",
)  # fmt: skip
def inter_onset(score: Score) -> float:
    """Mean time from one onset to the next, drums apart.

    MGEval measures seconds, and the notes of a chord as steps of nothing; here quarters count, and notes that begin together are
    one onset.
    """
    onsets = np.unique(pitched(score)["onset"])
    return float(np.diff(onsets).mean() / TICKS_PER_QUARTER) if len(onsets) > 1 else math.nan


@feature(
    "empty-beats", title="Empty beats", unit="share of beats", high=1.0, source=MUSPY,
    reading="More of it: there are more beats in which nothing sounds at all; human music has few.",
)  # fmt: skip
def empty_beats(score: Score) -> float:
    """Share of the quarters, from the start to the end of the last note, in which nothing sounds; drums count as sound.

    In MusPy a note that ends on a beat fills that beat as well, and a piece that ends on a beat has one more. Here a
    note fills what it sounds in.
    """
    stretches = sounding(score.notes)
    beats = -(-score.end // TICKS_PER_QUARTER)
    change = np.zeros(beats + 1, np.int64)
    np.add.at(change, stretches[:, 0] // TICKS_PER_QUARTER, 1)
    np.add.at(change, -(-stretches[:, 1] // TICKS_PER_QUARTER), -1)
    return float((np.cumsum(change)[:beats] == 0).mean())


@feature(
    "groove-consistency", title="Groove consistency", unit="likeness of bars", high=1.0, source=MUSPY,
    reading="More of it: each bar has more of the rhythm of the bar before it; 1 is the same rhythm throughout.",
)  # fmt: skip
def groove_consistency(score: Score) -> float:
    """One less the share of grid positions at which a note begins in one of two neighbouring bars alone, over all neighbours.

    MusPy counts an empty bar more where a piece ends on a bar line, takes its grid from the file, and knows one
    time signature; here the grid is twelve to the quarter, and only full bars of one length are compared. A finer grid makes the figure larger, so
    compare it only at the same grid.
    """
    near = [
        np.mean(one == other)
        for one, other in pairwise(bar_onsets(score))
        if one is not None and other is not None and len(one) == len(other)
    ]
    return float(np.mean(near)) if near else math.nan


@feature(
    "syncopation", title="Syncopation", unit="share of notes", high=1.0,
    source="after Longuet-Higgins & Lee, The Rhythmic Interpretation of Monophonic Music, 1984",
    reading="More of it: more notes begin between the beats and sound on over the next one; marches have none.",
)  # fmt: skip
def syncopation(score: Score) -> float:
    """Share of the notes that begin off the beat and sound beyond the beat that follows, drums apart.

    Longuet-Higgins & Lee weigh a syncopation by the strength of the beat that is silent; here each counts as one, and beats are of one level
    (dotted in 6/8, 9/8 and 12/8).
    """
    notes = pitched(score)
    beats = np.concatenate([_beats(bar) for bar in counted_bars(score)])
    onsets = notes["onset"].astype(np.int64)
    following = np.searchsorted(beats, onsets, side="right")
    is_off = beats[np.maximum(following - 1, 0)] != onsets
    next_beat = np.append(beats, np.iinfo(np.int64).max)[following]
    return float((is_off & (ends(notes) > next_beat)).mean())


def _beats(bar: Bar) -> NDArray[np.int64]:
    """The ticks at which the beats of a bar begin; those of an upbeat lead to its end."""
    beat = bar.meter.beat_ticks
    is_upbeat = bar.start == 0 and not bar.is_full
    first = bar.end % beat if is_upbeat else bar.start
    return np.arange(first, bar.end, beat, dtype=np.int64)


def bar_onsets(score: Score) -> list[NDArray[np.bool_] | None]:
    """For every bar (R,) at which of its positions a note begins, drums included; None for a bar that is not full."""
    onsets = np.unique(score.notes["onset"]).astype(np.int64)
    found: list[NDArray[np.bool_] | None] = []
    for bar in counted_bars(score)[:MOST_BARS]:
        if not bar.is_full:
            found.append(None)
            continue
        first, stop = np.searchsorted(onsets, [bar.start, bar.end])
        marks = np.zeros(positions(bar.end - bar.start), bool)
        marks[on_grid(onsets[first:stop] - bar.start, len(marks))] = True
        found.append(marks)
    return found


def positions(ticks: int) -> int:
    """How many positions of the grid a bar has; at least one."""
    return max(1, ticks * GRID // TICKS_PER_QUARTER)


def on_grid(ticks: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The nearest of the ``count`` positions of a bar for times since its beginning."""
    nearest = (2 * ticks * GRID + TICKS_PER_QUARTER) // (2 * TICKS_PER_QUARTER)
    return np.minimum(nearest, count - 1)
