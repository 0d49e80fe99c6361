"""Expressive performance by stated rules: loudness and tempo that follow meter, phrases and the end.

A pure function of the score, without chance, and nothing here was learned from players. Only velocities and tempos change:
no note moves in the score, begins elsewhere in its bar, or sounds at another pitch.

The rules and their sizes
-------------------------
*Metrical accent*: a note on the first beat of a bar gets ``ACCENTS[0]`` of velocity more, on another beat ``ACCENTS[1]``, off the
beat ``ACCENTS[2]``. That players stress so is from Sloboda, *The communication of musical metre in piano performance* (1983); the sizes are ours.

*Phrase arch*: every ``PHRASE_BARS`` bars are a phrase, and each half of it a smaller one. A phrase begins slower and softer, grows towards its
middle and falls off: a parabola of ± ``ARCH_TEMPO`` of the tempo and ± ``ARCH_VELOCITY``, half as much in the halves. After the rule *phrase arch* of
Friberg, Bresin & Sundberg, *Overview of the KTH rule system for musical performance* (2006). Theirs wants phrases that are marked; ours are counted from the first full
bar, so that in music of other phrases they lie where no player would put them.

*Final ritardando*: over the last bar and a half at most, and a quarter of the piece, tempo falls to ``FINAL_TEMPO`` of itself as the speed of a runner
does who comes to a stop: ``(1 + (w ** q - 1) x) ** (1 / q)`` with x from 0 to 1 and q = 3, after Friberg & Sundberg, *Does music performance
allude to locomotion?* (1999).

Tempo moves in steps of half a beat, around the score's own tempo.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from workbench.core.bar_numbers import counted_bars
from workbench.core.score import Bar, Score, Tempo

ACCENTS = (8, 3, -3)
"""Velocity added on the first beat of a bar, on its other beats, and between them."""
PHRASE_BARS = 8
ARCH_TEMPO = 0.06  # share of the tempo
ARCH_VELOCITY = 9.0
FINAL_TEMPO = 0.6  # share of the tempo that the last note is reached with
FINAL_BARS, FINAL_SHARE = 1.5, 0.25
_CURVE = 3.0  # q
_MOST_STEPS = 20_000  # of tempo; a longer piece keeps its own


def performed(score: Score) -> Score:
    """The score with the velocities and tempos of a performance by the rules above; notes and bars stay."""
    lines = counted_bars(score)
    if not len(score.notes):
        return score
    onsets = score.notes["onset"].astype(np.int64)
    notes = score.notes.copy()
    loud = notes["velocity"] + _accents(onsets, lines) + ARCH_VELOCITY * _arch(onsets, lines)
    notes["velocity"] = np.clip(np.rint(loud), 1, 127)
    return replace(score, notes=notes, tempos=_tempos(score, lines))


def _accents(onsets: NDArray[np.int64], lines: list[Bar]) -> NDArray[np.int64]:
    """(N,) velocity to add. The upbeat has no first beat: it is counted from the end of its bar."""
    index = _bar_of(onsets, lines)
    origins = np.array(
        [bar.end - bar.meter.bar_ticks for bar in lines[:1]] + [bar.start for bar in lines[1:]]
    )
    beats = np.array([bar.meter.beat_ticks for bar in lines])[index]
    place = onsets - origins[index]
    return np.select([place == 0, place % beats == 0], ACCENTS[:2], ACCENTS[2])


def _arch(ticks: NDArray[np.int64], lines: list[Bar]) -> NDArray[np.float64]:
    """(N,) from -1.5 at the edges of a phrase to 1.25 and more within it: the parabolas of phrase and half phrase. An upbeat is as its phrase begins."""
    index = _bar_of(ticks, lines)
    starts = np.array([bar.start for bar in lines])
    lengths = np.array([bar.end - bar.start for bar in lines])
    first = 0 if lines[0].is_full else 1
    place = np.maximum(index - first + (ticks - starts[index]) / lengths[index], 0)  # in bars
    return _parabola(place, PHRASE_BARS) + 0.5 * _parabola(place, PHRASE_BARS / 2)


def _parabola(place: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """-1 where a stretch of ``length`` begins and ends, 1 in its middle."""
    share = place / length % 1.0
    return 1 - 2 * (2 * share - 1) ** 2


def _tempos(score: Score, lines: list[Bar]) -> tuple[Tempo, ...]:
    own = {tempo.onset for tempo in score.tempos}
    grid = {
        tick
        for bar in lines
        for tick in range(bar.start, min(bar.end, score.end), max(bar.meter.beat_ticks // 2, 1))
    }
    if len(grid) > _MOST_STEPS:
        return score.tempos
    ticks = np.array(sorted(own | grid), np.int64)
    written = np.array([tempo.bpm for tempo in score.tempos])
    onsets = np.array([tempo.onset for tempo in score.tempos])
    base = written[np.searchsorted(onsets, ticks, side="right") - 1]
    factor = (1 + ARCH_TEMPO * _arch(ticks, lines)) * _slowing(ticks, score, lines)
    bpm = np.clip(base * factor, 1, 2000)
    return tuple(
        Tempo(int(tick), round(float(each), 2)) for tick, each in zip(ticks, bpm, strict=True)
    )


def _slowing(ticks: NDArray[np.int64], score: Score, lines: list[Bar]) -> NDArray[np.float64]:
    """(N,) share of the tempo that the final ritardando leaves."""
    last = int(score.notes["onset"].max())
    length = min(FINAL_BARS * lines[-1].meter.bar_ticks, FINAL_SHARE * score.end)
    x = np.clip((ticks - (last - length)) / max(length, 1), 0, 1)
    return (1 + (FINAL_TEMPO**_CURVE - 1) * x) ** (1 / _CURVE)


def _bar_of(ticks: NDArray[np.int64], lines: list[Bar]) -> NDArray[np.intp]:
    return np.searchsorted([bar.start for bar in lines], ticks, side="right") - 1
