"""Which pitches a piece uses, and how many at once. Drums are left out."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score
from workbench.metrics.features import MGEVAL, MUSPY, feature
from workbench.metrics.lines import covered, ends, lines, pitched, sounding

SCALES = np.array(
    [
        np.roll(mask, root)
        for mask in ([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1], [1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0])
        for root in range(12)
    ]
)  # (24, 12) major and natural minor scales; each minor one has the pitch classes of a major one


@feature(
    "pitch-class-entropy", title="Pitch-class entropy", unit="bits", high=math.log2(12), source=MUSPY,
    reading="More of it: the notes are spread over more of the twelve tones; a tune in one key has 2.5 to 2.9, noise 3.6.",
)  # fmt: skip
def pitch_class_entropy(score: Score) -> float:
    """Shannon entropy of the shares of the twelve pitch classes among the notes; every note counts as one, however long."""
    shares = _pitch_class_counts(score) / len(pitched(score))
    used = shares[shares > 0]
    return float(-(used * np.log2(used)).sum())


@feature(
    "scale-consistency", title="Scale consistency", unit="share of notes", high=1.0, source=MUSPY,
    reading="More of it: more notes belong to one major or natural minor scale; a piece that modulates, or is chromatic, has less.",
)  # fmt: skip
def scale_consistency(score: Score) -> float:
    """The largest share of notes that lies in one scale, over all major and natural minor ones."""
    return float((SCALES @ _pitch_class_counts(score)).max() / len(pitched(score)))


@feature(
    "pitch-range", title="Pitch range", unit="semitones", high=127.0, source=f"{MUSPY}; {MGEVAL}",
    reading="More of it: the highest note lies farther above the lowest; a singer has about 20, a piano 87.",
)  # fmt: skip
def pitch_range(score: Score) -> float:
    """Semitones from the lowest note to the highest.

    MusPy gives 0 for a piece without notes and -127 for one of drums alone; here both have none.
    """
    return float(np.ptp(pitched(score)["pitch"]))


@feature(
    "pitch-count", title="Different pitches", unit="pitches", low=1.0, high=128.0, source=f"{MGEVAL}; {MUSPY}",
    reading="More of it: the piece has a larger stock of tones.",
)  # fmt: skip
def pitch_count(score: Score) -> float:
    """How many different pitches occur.

    MGEval reads the first instrument alone; here every part but drums counts, as in MusPy.
    """
    return float(len(np.unique(pitched(score)["pitch"])))


@feature(
    "mean-interval", title="Mean melodic interval", unit="semitones", high=127.0, source=MGEVAL,
    reading="More of it: melodies move in larger steps; songs have 2 to 3, and repeated notes bring it down.",
)  # fmt: skip
def mean_interval(score: Score) -> float:
    """Mean distance from each note of a line to the next, up or down, over the lines of all parts.

    MGEval takes the notes of one track in the order of the file, so that the notes of a chord count as steps; here
    a line has the top note of a chord.
    """
    steps = np.concatenate([np.abs(np.diff(line["pitch"].astype(int))) for line in lines(score)])
    return float(steps.mean()) if len(steps) else math.nan


@feature(
    "polyphony", title="Polyphony", unit="pitches at once", low=1.0, high=128.0, source=MUSPY,
    reading="More of it: more notes sound together; 1 is a melody, a chorale has nearly 4.",
)  # fmt: skip
def polyphony(score: Score) -> float:
    """Mean number of different pitches that sound at once, over the time in which any does.

    Time is measured exactly, where MusPy counts steps of the file's resolution; on whole steps the two are equal.
    """
    notes = pitched(score)
    return float(_length(_by_pitch(notes)) / _length(sounding(notes)))


@feature(
    "polyphony-rate", title="Time of several voices", unit="share of time", high=1.0, source=MUSPY,
    reading="More of it: for more of the time at least two notes sound together.",
)  # fmt: skip
def polyphony_rate(score: Score) -> float:
    """Share of the piece, from its start to the end of its last note, in which at least two pitches sound.

    MusPy's default counts from three pitches on, though its documentation says several; its threshold of 1 is what is counted here.
    """
    stretches = _by_pitch(pitched(score))
    times = stretches.T.ravel()
    changes = np.repeat([1, -1], len(stretches))
    order = np.argsort(times, kind="stable")
    many = np.cumsum(changes[order])[:-1] >= 2
    return float(np.diff(times[order])[many].sum() / score.end)


def _pitch_class_counts(score: Score) -> NDArray[np.int64]:
    """(12,) notes of each pitch class, from C upward."""
    return np.bincount(pitched(score)["pitch"] % 12, minlength=12)


def _by_pitch(notes: NDArray[np.void]) -> NDArray[np.int64]:
    """(S, 2) the stretches in which each pitch sounds: a pitch that two parts sound together is one."""
    found = [
        covered(same["onset"].astype(np.int64), ends(same))
        for pitch in np.unique(notes["pitch"])
        for same in [notes[notes["pitch"] == pitch]]
    ]
    return np.concatenate(found)


def _length(stretches: NDArray[np.int64]) -> int:
    return int((stretches[:, 1] - stretches[:, 0]).sum())
