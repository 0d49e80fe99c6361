"""Dealing the chords of a part to voices, and cutting them at the barlines."""

from collections import defaultdict, deque
from dataclasses import replace

import numpy as np

from workbench.core.score import Bar, Score
from workbench.formats.notation.symbols import Span

MAX_VOICES = 4


def deal_voices(score: Score, part: int) -> list[list[Span]]:
    """Chords of a part, dealt to voices so that none overlaps within a voice; the highest first."""
    chords: dict[tuple[int, int], list[int]] = defaultdict(list)
    notes = score.notes
    for index in np.flatnonzero(notes["part"] == part).tolist():
        onset, duration = int(notes["onset"][index]), int(notes["duration"][index])
        chords[onset, onset + duration].append(index)
    voices: list[list[Span]] = []
    order = sorted(chords, key=lambda span: (span[0], -int(notes["pitch"][chords[span]].max())))
    for start, end in order:
        _deal(Span(start, end, tuple(chords[start, end])), voices)
    return voices


def _deal(chord: Span, voices: list[list[Span]]) -> None:
    for voice in voices:
        if voice[-1].end <= chord.start:
            voice.append(chord)
            return
    if len(voices) < MAX_VOICES:
        voices.append([chord])
        return
    earlier = [voice for voice in voices if voice[-1].start < chord.start]
    if earlier:
        voice = min(earlier, key=lambda voice: voice[-1].end)
        voice[-1] = replace(voice[-1], end=chord.start)
        voice.append(chord)
    else:
        last = voices[-1]
        last[-1] = replace(last[-1], notes=last[-1].notes + chord.notes)


def cut_at_barlines(voice: list[Span], staves: list[Bar]) -> list[list[Span]]:
    """The chords of a voice cut at the barlines, and the silences between them: one list a bar."""
    waiting = deque(voice)
    result = []
    for bar in staves:
        spans: list[Span] = []
        time = bar.start
        while waiting and waiting[0].start < bar.end:
            chord = waiting.popleft()
            if chord.start > time:
                spans.append(Span(time, chord.start, ()))
            if chord.end > bar.end:
                chord, rest = chord.cut(bar.end)
                waiting.appendleft(rest)
            spans.append(chord)
            time = chord.end
        result.append(spans)
    return result
