"""Whether a composition is music at all: what a model that fails does, and the setting that mends it.

Models fail in a few ways that no mean shows: they fall silent, hold on to one note, say little, or go round in a small circle. Each check gives a :class:`Finding`: its figure, whether it is beyond what people write, and, where it is, a sentence that says
what is wrong, and the setting to change. The limits lie well outside what people write: of 493 fiddle tunes and chorales one has a finding, a chorale with kettledrums.

References
----------
Holtzman et al., "The Curious Case of Neural Text Degeneration", ICLR 2020, for the circles and their remedy.
Li et al., "A Diversity-Promoting Objective Function for Neural Conversation Models", NAACL 2016, for distinct-n.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core.score import Score
from workbench.metrics.lines import lines, sounding
from workbench.metrics.melodies import Melodies, melodies, on_grid, pattern_hashes

DISTINCT_NOTES = 4
"""Notes of the patterns of which the different ones are counted."""
FEWEST_PATTERNS = 48
"""In a shorter line every pattern is new, or a refrain is half of it."""
LONGEST_PERIOD = 16
"""Notes of the longest circle that is looked for."""
FEWEST_LOOPED = 24
"""Notes; a circle of fewer is an ornament."""
ROUNDS = 4
"""Times that a circle is heard one after another; a phrase that is played twice, or three times, is none."""

MOST_REPEATED = 16
MOST_SILENCE = 0.35
LEAST_DISTINCT = 0.2
MOST_LOOPED = 0.25


@dataclass(frozen=True)
class Finding:
    """What one check says of a piece."""

    name: str
    title: str
    value: float
    """NaN where the piece is too short to say."""
    unit: str
    limit: float
    is_wrong: bool
    sentence: str
    """What is wrong, and what to change; empty where nothing is."""


def findings(score: Score) -> list[Finding]:
    """Every check of a piece, those that find something wrong first. Of a piece without notes that is all there is to say."""
    if not len(score.notes):
        return [
            Finding(
                "empty", "No notes", 0.0, "notes", 1.0, True,
                "There is not a note in it; train the model for longer, or give it music to go on from.",
            )
        ]  # fmt: skip
    return sorted((check(score) for check in CHECKS), key=lambda found: not found.is_wrong)


def repeated_note(score: Score) -> Finding:
    """The largest number of successive notes of one line at the same pitch."""
    value = max((_longest_run(np.diff(each["pitch"]) == 0) + 1 for each in lines(score)), default=0)
    return _finding(
        "repeated-note", "Longest repeated note", value, "notes", MOST_REPEATED, value > MOST_REPEATED,
        f"One note is struck {value} times in a row; raise the temperature, or top p if it is below 1.",
    )  # fmt: skip


def silence(score: Score) -> Finding:
    """The share of the time from the start to the last note's end in which nothing sounds, drums included."""
    stretches = sounding(score.notes)
    value = 1 - float((stretches[:, 1] - stretches[:, 0]).sum()) / score.end
    return _finding(
        "silence", "Silence", value, "share of time", MOST_SILENCE, value > MOST_SILENCE,
        f"Nothing sounds for {value:.0%} of the time; lower the temperature, or train the model for longer.",
    )  # fmt: skip


def distinct(score: Score) -> Finding:
    """Different patterns of four notes over all of them, in all lines, whatever the key (distinct-4).

    Li et al. count runs of words; here a run is of intervals and note values, so that a sequence in other keys is the same.
    """
    ((hashes, _),) = pattern_hashes(melodies(score), (DISTINCT_NOTES,))
    value = len(np.unique(hashes)) / len(hashes) if len(hashes) >= FEWEST_PATTERNS else math.nan
    return _finding(
        "distinct-4", "Different patterns of 4 notes", value, "share of patterns", LEAST_DISTINCT, value < LEAST_DISTINCT,
        f"Only {value:.0%} of its patterns of four notes are different; raise the temperature, or train on more pieces.",
    )  # fmt: skip


def stuck_loop(score: Score) -> Finding:
    """The share of all notes that lie in a circle: up to 16 notes, the same pitches and times, four times or more at once one after another."""
    tunes = melodies(score)
    sizes = np.diff(tunes.starts)
    looped = sum(_looped(tunes, line) for line in range(len(sizes)))
    value = looped / int(sizes.sum()) if sizes.sum() else math.nan
    return _finding(
        "stuck-loop", "Notes in a circle", value, "share of notes", MOST_LOOPED, value > MOST_LOOPED,
        f"{value:.0%} of the notes go round in a circle; raise the temperature, or choose the checkpoint of another epoch.",
    )  # fmt: skip


CHECKS: tuple[Callable[[Score], Finding], ...] = (repeated_note, silence, distinct, stuck_loop)


def _finding(
    name: str, title: str, value: float, unit: str, limit: float, is_wrong: bool, sentence: str
) -> Finding:
    return Finding(
        name, title, float(value), unit, limit, bool(is_wrong), sentence if is_wrong else ""
    )


def _looped(tunes: Melodies, line: int) -> int:
    """How many notes of a line lie in circles."""
    notes = slice(*tunes.starts[line : line + 2])
    pitches, onsets = tunes.pitches[notes], tunes.onsets[notes]
    inside = np.zeros(len(pitches), bool)
    times = np.append(on_grid(np.diff(onsets)), 0)
    for period in range(1, min(LONGEST_PERIOD, len(pitches) - 1) + 1):
        # A note is as the one a period before it, and is followed as soon as that one.
        same = (pitches[period:] == pitches[:-period]) & (times[period:] == times[:-period])
        for first, length in _runs(same):
            # So many notes that are as those before them, and the first round itself.
            if length >= period * (ROUNDS - 1) and length + period >= FEWEST_LOOPED:
                inside[first : first + length + period] = True
    return int(inside.sum())


def _runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where each run of true marks begins, and its length."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marks, [False]]).astype(np.int8)))
    return [(int(first), int(stop - first)) for first, stop in edges.reshape(-1, 2)]


def _longest_run(marks: NDArray[np.bool_]) -> int:
    return max((length for _, length in _runs(marks)), default=0)
