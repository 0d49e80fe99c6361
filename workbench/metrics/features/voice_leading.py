"""How voices move beside one another, by the rules that harmony lessons teach.

A *voice* is a part that sings one note at a time: of its notes at most ``MOST_OVERLAPS`` begin while another of it
sounds. A piano's left hand is none. Voices are ordered by their mean pitch, the highest first. A gap shorter than an eighth
is articulation: the voice is taken to sound until its next note. A piece with fewer than two voices has no figures here, but for its leaps.

Moments are all times at which a voice begins or stops. A *moving pair* is two voices that both sound at one moment and at the next, and
both change their pitch between them.

References
----------
Fux, *Gradus ad Parnassum*, 1725; Aldwell & Schachter, *Harmony and Voice Leading*, 2018, ch. 6 and 7.
"""

import math
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.core.cross_relations import altered_steps, are_cross
from workbench.core.parallel_motion import SILENT
from workbench.core.score import TICKS_PER_QUARTER, Score
from workbench.metrics.features import feature
from workbench.metrics.lines import ends, lines

MOST_OVERLAPS = 0.05
MOST_VOICES = 16
"""Of more the highest are read."""
ARTICULATION = TICKS_PER_QUARTER // 2
FOURTH = 5
"""Semitones; a leap is a fourth or more."""
DISSONANT = (1, 2, 6, 10, 11)
"""Seconds, sevenths and the tritone, in semitones within the octave."""
_RULES = "Fux 1725; Aldwell & Schachter 2018"


@feature(
    "parallel-fifths", title="Parallel fifths", unit="per 1,000 moving pairs", high=1000.0, source=_RULES,
    reading="More of it: more often two voices move in the same direction from one fifth to another; Bach's chorales have hardly any.",
)  # fmt: skip
def parallel_fifths(score: Score) -> float:
    """Of 1,000 pairs of voices that both move, how many go in the same direction from a perfect fifth to a perfect fifth.

    Compound fifths count. Fifths in contrary motion, and fifths with notes of another moment between them, do not.
    """
    return _parallels(score, 7)


@feature(
    "parallel-octaves", title="Parallel octaves", unit="per 1,000 moving pairs", high=1000.0, source=_RULES,
    reading="More of it: more often two voices move together in octaves or unisons; doubled parts do so all the time.",
)  # fmt: skip
def parallel_octaves(score: Score) -> float:
    """Of 1,000 pairs of voices that both move, how many go in the same direction from an octave or unison to another."""
    return _parallels(score, 0)


@feature(
    "cross-relations", title="Cross relations", unit="per 1,000 moves", high=math.inf, source=_RULES,
    reading="More of it: more often one voice contradicts another's note, F sharp against its F; Bach's chorales have hardly any.",
)  # fmt: skip
def cross_relations(score: Score) -> float:
    """For 1,000 moves of voices to another pitch, how often two voices alter one step of the scale two ways, together or one just after the other.

    Which step a pitch alters follows from the first key signature, not from how it is written, so that music without spellings has the same figure;
    where the music modulates far, a note may be taken for another step's.
    """
    states, _ = _states(voices(score))
    if not len(states):
        return math.nan
    steps = altered_steps(score.keys[0])
    moves = ((np.diff(states) != 0) & (states[:, 1:] >= 0)).sum()
    from_nothing = np.pad(states, ((0, 0), (1, 0)), constant_values=SILENT)
    crossed = sum(
        are_cross(one, other, steps).sum() for one, other in combinations(from_nothing, 2)
    )
    return float(1000 * crossed / moves) if moves else math.nan


@feature(
    "voice-crossings", title="Voice crossings", unit="share of time", high=1.0, source=_RULES,
    reading="More of it: for more of the time a voice sounds above one that lies higher on the whole.",
)  # fmt: skip
def voice_crossings(score: Score) -> float:
    """Of the time in which two neighbouring voices both sound, the share in which the upper one sounds below the lower one."""
    states, lasting = _states(voices(score))
    together = crossed = 0.0
    for upper, lower in pairwise(states):
        both = (upper >= 0) & (lower >= 0)
        together += lasting[both].sum()
        crossed += lasting[both & (upper < lower)].sum()
    return crossed / together if together else math.nan


@feature(
    "leaps", title="Leaps", unit="share of moves", high=1.0, source=_RULES,
    reading="More of it: voices leap a fourth or more, rather than move by step; hard to sing where it is much.",
)  # fmt: skip
def leaps(score: Score) -> float:
    """Of all moves of a voice to another pitch, the share of a fourth or more; a single voice has them too."""
    moves = [np.abs(np.diff(voice["pitch"].astype(int))) for voice in voices(score)]
    changed = np.concatenate([np.zeros(0, int), *moves])
    changed = changed[changed > 0]
    return float((changed >= FOURTH).mean()) if len(changed) else math.nan


@feature(
    "dissonance", title="Dissonance", unit="share of time", high=1.0, source=_RULES,
    reading="More of it: voices rub against one another for longer; some of it, resolved, is what keeps harmony moving.",
)  # fmt: skip
def dissonance(score: Score) -> float:
    """Of the time in which two voices sound, summed over all pairs, the share of seconds, sevenths, tritones and fourths above the bass."""
    states, lasting = _states(voices(score))
    if not len(states):
        return math.nan
    bass = np.where(states >= 0, states, 128).min(axis=0)
    together = rubbing = 0.0
    for one, other in combinations(states, 2):
        both = (one >= 0) & (other >= 0)
        apart = np.abs(one - other) % 12
        rubs = np.isin(apart, DISSONANT) | ((apart == FOURTH) & (np.minimum(one, other) == bass))
        together += lasting[both].sum()
        rubbing += lasting[both & rubs].sum()
    return rubbing / together if together else math.nan


def voices(score: Score) -> list[NDArray[np.void]]:
    """The lines of the parts that are voices, the highest first."""
    found = []
    for part, line in zip(_sounding_parts(score), lines(score), strict=True):
        overlapping = part["onset"][1:] < np.maximum.accumulate(ends(part))[:-1]
        if len(part) == 1 or overlapping.mean() <= MOST_OVERLAPS:
            found.append(line)
    return sorted(found, key=lambda line: -float(line["pitch"].mean()))[:MOST_VOICES]


def _sounding_parts(score: Score) -> list[NDArray[np.void]]:
    """The notes of every part that has a line, in the order of :func:`lines`."""
    numbers = [number for number, part in enumerate(score.parts) if not part.is_drum]
    parts = [score.notes[score.notes["part"] == number] for number in numbers]
    return [part for part in parts if len(part)]


def _states(voices: list[NDArray[np.void]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(V, T) the pitch of each voice from each moment on, -1 where it rests, and (T,) the ticks to the next moment.

    Nothing at all where there are fewer than two voices.
    """
    if len(voices) < 2:
        return np.zeros((0, 0), np.int64), np.zeros(0, np.int64)
    stops = []
    for voice in voices:
        following = np.append(voice["onset"][1:], ends(voice)[-1])
        stop = ends(voice)
        stops.append(np.where(following - stop < ARTICULATION, following, stop))
    moments = np.unique(np.concatenate([*[voice["onset"] for voice in voices], *stops]))
    moments, lasting = moments[:-1], np.diff(moments)
    states = np.full((len(voices), len(moments)), -1, np.int64)
    for row, voice, stop in zip(states, voices, stops, strict=True):
        place = np.searchsorted(voice["onset"], moments, side="right") - 1
        sings = (place >= 0) & (moments < stop[place])
        row[sings] = voice["pitch"][place[sings]]
    return states, lasting


def _parallels(score: Score, interval: int) -> float:
    """Parallels of an interval (semitones within the octave) per 1,000 moving pairs."""
    states, _ = _states(voices(score))
    moving = parallel = 0
    for one, other in combinations(states, 2):
        both = (one >= 0) & (other >= 0)
        ours, theirs = np.sign(np.diff(one)), np.sign(np.diff(other))
        moves = both[:-1] & both[1:] & (ours != 0) & (theirs != 0)
        is_interval = np.abs(one - other) % 12 == interval
        moving += int(moves.sum())
        parallel += int((moves & (ours == theirs) & is_interval[:-1] & is_interval[1:]).sum())
    return 1000 * parallel / moving if moving else math.nan
