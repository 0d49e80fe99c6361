"""Hypothesis strategies for scores: any score, within what a musician might write down."""

from hypothesis import strategies as st

from workbench.core.score import (
    MODES,
    TICKS_PER_QUARTER,
    UNSPELLED,
    Key,
    Meter,
    Part,
    Score,
    Tempo,
    make_notes,
    spell,
)

METERS = [(2, 4), (3, 4), (4, 4), (5, 4), (7, 8), (6, 8), (9, 8), (2, 2)]


@st.composite
def timelines(draw, make, *, bar: int, longest: int = 8):
    """One event at 0 and up to three later ones on multiples of ``bar`` ticks."""
    onsets = draw(st.sets(st.integers(1, longest), max_size=3))
    return tuple(draw(make(onset * bar)) for onset in [0, *sorted(onsets)])


def _meter(onset: int):
    return st.sampled_from(METERS).map(lambda pair: Meter(onset, *pair))


def _key(onset: int):
    return st.builds(Key, st.just(onset), st.integers(-7, 7), st.sampled_from(MODES))


def _tempo(onset: int):
    return st.builds(Tempo, st.just(onset), st.integers(30, 300).map(float))


@st.composite
def scores(draw, *, step: int = TICKS_PER_QUARTER // 12, min_notes: int = 0, max_notes: int = 20):
    """A score on a grid of ``step`` ticks, in up to four parts, with changes of meter, key and tempo.

    Meters may cut a bar short. Some notes are spelled. Pitches leave an octave free on both sides.
    """
    parts = draw(st.lists(_parts(), min_size=1, max_size=4))
    keys = draw(timelines(_key, bar=TICKS_PER_QUARTER))
    rows = [
        (
            draw(st.integers(0, 200)) * step,
            draw(st.integers(1, 48)) * step,
            pitch := draw(st.integers(12, 115)),
            draw(st.integers(1, 127)),
            draw(st.integers(0, len(parts) - 1)),
            draw(st.sampled_from([UNSPELLED, spell(pitch, keys[0].fifths)])),
        )
        for _ in range(draw(st.integers(min_notes, max_notes)))
    ]
    return Score(
        make_notes(rows),
        meters=draw(timelines(_meter, bar=TICKS_PER_QUARTER)),
        keys=keys,
        tempos=draw(timelines(_tempo, bar=TICKS_PER_QUARTER // 2)),
        parts=tuple(parts),
    )


def _parts():
    names = st.sampled_from(["", "Soprano", "Flöte", "Violin & Viola"])
    return st.builds(Part, names, st.integers(0, 127))
