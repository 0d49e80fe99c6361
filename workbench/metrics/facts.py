"""What can be said of a piece from its notes alone: key, meter, length, range, density.

Conventions
-----------
Facts are plain JSON values. ``quarters`` counts quarter notes, ``seconds`` follows the score's tempos,
``tempo`` is its first, in quarters a minute; pitches are MIDI note numbers. ``pitch_classes`` are shares of the sounding
time, from C upward, drums apart; they add up to 1, or are all 0 where nothing has a pitch. ``notes_a_quarter`` and
``notes_a_second`` are means over the whole piece. ``FACTS_VERSION`` counts changes to what is computed.

The key is estimated by correlating the sounding time of every pitch class with 24 rotated key profiles
(Krumhansl & Schmuckler). The profiles are Albrecht & Shanahan's, who compare them by Euclidean
distance; measured on the collections here, correlation with them finds the stated key of 94 % of the fiddle tunes and
79 % of the chorales, against 91 % and 65 % with Krumhansl's own. Only major and minor are told apart.

References
----------
Krumhansl, *Cognitive Foundations of Musical Pitch*, 1990, ch. 4.
Albrecht & Shanahan, "The Use of Large Corpora to Train a New Type of Key-Finding Algorithm",
Music Perception 31(1), 2013.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.recording import Recording
from workbench.core.score import MAX_TICK, Key, Score, bars
from workbench.metrics.form import form
from workbench.metrics.lines import pitched

FACTS_VERSION = 4
GM_FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "synth effects", "world", "percussive", "sound effects",
)  # fmt: skip
"""The families of General MIDI, eight programs each."""

MAJOR_PROFILE = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
MINOR_PROFILE = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
STATED_MARGIN = 0.2
"""By how much another key must correlate better before a lone C major is taken for a source's silence."""


def facts(score: Score) -> dict[str, Any]:
    """The facts of a score, as the library keeps them.

    ``key`` is the one the score states. Formats put C major where the source says nothing, so a score
    in nothing but C major is believed only where its notes agree; else ``key`` is the estimate. ``key_confidence`` is
    by how much the estimate correlates better than the next key: a margin, seldom above 0.35, and no probability.
    ``bars`` is the number of the last bar as it is engraved: an upbeat is none, and a bar in two parts, across a repeat, is one. ``mixed_meter`` tells of changes of time signature; upbeats and incomplete bars are none.
    """
    pitch_classes = _pitch_classes(score)
    correlations = _key_correlations(pitch_classes)
    estimate, confidence = _estimate(correlations)
    key = _stated_key(score, correlations) or estimate
    pitches = pitched(score)["pitch"]
    count, quarters, seconds = len(score.notes), score.quarters, score.seconds
    return {
        "version": FACTS_VERSION,
        "key": str(key),
        "mode": key.mode,
        "estimated_key": str(estimate),
        "key_confidence": round(confidence, 3),
        "meter": _main_meter(score),
        "mixed_meter": len({str(meter) for meter in score.meters}) > 1,
        "bars": max(bar_numbers(bars(score))[-1], 1) if count else 0,
        "quarters": round(quarters, 4),
        "seconds": round(seconds, 2),
        "tempo": round(score.tempos[0].bpm, 3),
        "notes": count,
        "notes_a_quarter": round(count / quarters, 3) if quarters else 0.0,
        "notes_a_second": round(count / seconds, 3) if seconds else 0.0,
        "form": form(score),
        "parts": len(score.parts),
        "instruments": instruments(score),
        "lowest": int(pitches.min()) if len(pitches) else None,
        "highest": int(pitches.max()) if len(pitches) else None,
        "polyphony": polyphony(score),
        "pitch_classes": [round(float(share), 4) for share in pitch_classes],
    }


def recording_facts(recording: Recording) -> dict[str, Any]:
    """The facts of a recording: ``loudness`` in LUFS, None for silence; ``tempo`` is an estimate."""
    return {
        "version": FACTS_VERSION,
        "seconds": round(recording.seconds, 2),
        "sample_rate": recording.sample_rate,
        "channels": recording.channels,
        "loudness": round(recording.loudness, 1) if math.isfinite(recording.loudness) else None,
        "tempo": None if recording.tempo is None else round(recording.tempo, 1),
    }


def estimate_key(score: Score) -> tuple[Key, float]:
    """The likeliest key of the whole piece, and how far its correlation exceeds the runner-up's (0..2)."""
    return _estimate(_key_correlations(_pitch_classes(score)))


def instruments(score: Score) -> list[str]:
    """What plays, in order: each sounding part's name, or else its General MIDI family.

    An unnamed part with program 0 is left out: formats put it where a source says nothing.
    """
    found = []
    for number in np.unique(score.notes["part"]):
        part = score.parts[number]
        family = GM_FAMILIES[part.program // 8] if part.program else ""
        found.append(part.name.strip() or ("drums" if part.is_drum else family))
    return [name for name in dict.fromkeys(found) if name]


def polyphony(score: Score) -> int:
    """How many notes sound at once at most; a note that ends as another begins does not overlap it."""
    onsets, ends = score.notes["onset"], score.notes["onset"] + score.notes["duration"]
    times = np.concatenate([onsets, ends])
    changes = np.concatenate([np.ones(len(onsets), int), -np.ones(len(ends), int)])
    order = np.lexsort((changes, times))  # ends before beginnings
    return int(np.cumsum(changes[order]).max(initial=0))


def _pitch_classes(score: Score) -> NDArray[np.float64]:
    """(12,) shares of the sounding time, from C upward; zeros where nothing has a pitch."""
    notes = pitched(score)
    weights = np.bincount(notes["pitch"] % 12, weights=notes["duration"], minlength=12)
    shares: NDArray[np.float64] = weights / (weights.sum() or 1.0)
    return shares


def _key_correlations(pitch_classes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(24,) Pearson correlations: 12 major keys from C upward by semitones, then 12 minor ones."""
    spread = pitch_classes - pitch_classes.mean()
    if not spread.any():
        return np.zeros(24)
    correlations: NDArray[np.float64] = _PROFILES @ (spread / np.linalg.norm(spread))
    return correlations


def _estimate(correlations: NDArray[np.float64]) -> tuple[Key, float]:
    best, second = np.argsort(correlations, kind="stable")[::-1][:2]
    return _key(int(best)), float(correlations[best] - correlations[second])


def _rotations() -> NDArray[np.float64]:
    rows = [
        np.roll(profile, tonic) for profile in (MAJOR_PROFILE, MINOR_PROFILE) for tonic in range(12)
    ]
    matrix = np.array(rows) - np.mean(rows, axis=1, keepdims=True)
    normalised: NDArray[np.float64] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return normalised


_PROFILES = _rotations()  # (24, 12), each row centred and of length 1


def _key(index: int) -> Key:
    """The key of a row of ``_PROFILES``, in the signature with the fewest accidentals (D flat, G flat, E flat minor)."""
    minor, tonic = divmod(index, 12)
    fifths = (tonic * 7 - 3 * minor + 6) % 12 - 6
    return Key(0, fifths, "minor" if minor else "major")


def _stated_key(score: Score, correlations: NDArray[np.float64]) -> Key | None:
    """The score's own first key, unless it is a lone C major that the notes contradict."""
    stated = score.keys[0]
    if score.keys != (Key(0, 0, "major"),):
        return stated
    return stated if correlations.max() - correlations[0] <= STATED_MARGIN else None


def _main_meter(score: Score) -> str:
    """The time signature that lasts longest."""
    ends = [meter.onset for meter in score.meters[1:]] + [max(score.end, score.meters[-1].onset)]
    lasting: dict[str, int] = {}
    for meter, end in zip(score.meters, ends, strict=True):
        lasting[str(meter)] = lasting.get(str(meter), 0) + min(end, MAX_TICK) - meter.onset
    return max(lasting, key=lambda name: lasting[name])
