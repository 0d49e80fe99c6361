"""Piano roll: every note a rectangle, time to the right, pitch upwards.

The horizontal axis counts quarter notes and is labelled with bar numbers; its grid lines are the bar lines. The
vertical axis is labelled with note names, and the rows of the black keys are shaded.

All rectangles of a part are one bar trace: a shape for every note would weigh twenty times as much.
Backgrounds are transparent and lines half grey, for light and dark pages alike.
"""

from typing import Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from workbench.core.score import TICKS_PER_QUARTER, Bar, Score, bars, pitch_name

GRID = "rgba(128,128,128,0.25)"
_BLACK_KEY_SHADE = "rgba(128,128,128,0.10)"
_BLACK_KEYS = (1, 3, 6, 8, 10)
_LABELS = 24  # at most so many bar numbers
_MARGIN = 2  # semitones above and below the music

# Twelve hues around the circle of fifths: keys that are near in harmony are near in colour.
_PITCH_CLASS_SCALE = [
    (pitch_class / 11, f"hsl({pitch_class * 7 % 12 * 30}, 55%, 52%)") for pitch_class in range(12)
]


def piano_roll(score: Score, *, colour: Literal["part", "pitch class"] = "part") -> go.Figure:
    """A figure of the score, coloured by part or by pitch class (fifths apart are near in hue)."""
    figure = go.Figure(layout=_layout(score))
    lines = bars(score)
    for index, part in enumerate(score.parts):
        notes = score.notes[score.notes["part"] == index]
        name = part.name or f"Part {index + 1}"
        marker = _pitch_class_marker(notes) if colour == "pitch class" else {}
        figure.add_trace(_rectangles(notes, name, lines, marker))
    figure.add_trace(_black_keys(score))  # last, so that parts take the theme's first colours
    figure.update_layout(showlegend=colour == "part" and len(score.parts) > 1)
    return figure


def _rectangles(notes: NDArray[np.void], name: str, lines: list[Bar], marker: dict) -> go.Bar:
    starts = np.array([bar.start for bar in lines])
    numbers = np.searchsorted(starts, notes["onset"], side="right")
    labels = [
        f"{pitch_name(int(note['pitch']), int(note['spelling']))}, bar {number}"
        for note, number in zip(notes, numbers, strict=True)
    ]
    return go.Bar(
        orientation="h",
        base=_quarters(notes["onset"]),
        x=_quarters(notes["duration"]),
        y=notes["pitch"].astype(np.int16),
        width=0.86,
        name=name,
        marker={"line": {"width": 0}, **marker},
        text=labels,
        textposition="none",
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _pitch_class_marker(notes: NDArray[np.void]) -> dict:
    return {
        "color": (notes["pitch"] % 12).astype(np.uint8),
        "colorscale": _PITCH_CLASS_SCALE,
        "cmin": 0,
        "cmax": 11,
    }


def _black_keys(score: Score) -> go.Bar:
    low, high = _range(score)
    rows = np.array([pitch for pitch in range(low, high + 1) if pitch % 12 in _BLACK_KEYS])
    return go.Bar(
        orientation="h",
        base=np.zeros(len(rows), dtype=np.uint8),
        x=np.full(len(rows), max(score.quarters, 1), dtype=np.float32),
        y=rows.astype(np.int16),
        width=1,
        marker={"color": _BLACK_KEY_SHADE, "line": {"width": 0}, "cornerradius": 0},
        zorder=-1,
        hoverinfo="skip",
        showlegend=False,
    )


def _layout(score: Score) -> go.Layout:
    low, high = _range(score)
    lines = bars(score)
    every = -(-len(lines) // _LABELS)
    whites = [pitch for pitch in range(low, high + 1) if pitch % 12 not in _BLACK_KEYS]
    named = whites if high - low <= 24 else [pitch for pitch in whites if pitch % 12 in (0, 7)]
    return go.Layout(
        barmode="overlay",
        barcornerradius=3,
        height=min(520, 120 + 12 * (high - low)),
        margin={"l": 44, "r": 12, "t": 12, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        xaxis={
            "title": "Bar",
            "range": [0, max(score.quarters, 1)],
            "tickvals": [bar.start / TICKS_PER_QUARTER for bar in lines],
            "ticktext": ["" if i % every else str(i + 1) for i in range(len(lines))],
            "gridcolor": GRID,
            "showgrid": True,
            "zeroline": False,
        },
        yaxis={
            "range": [low - 0.5, high + 0.5],
            "tickvals": named,
            "ticktext": [pitch_name(pitch) for pitch in named],
            "showgrid": False,
            "zeroline": False,
        },
    )


def _range(score: Score) -> tuple[int, int]:
    """Lowest and highest row; the octave of middle C where there is no note."""
    if not len(score.notes):
        return 60, 72
    pitches = score.notes["pitch"]
    return max(0, int(pitches.min()) - _MARGIN), min(127, int(pitches.max()) + _MARGIN)


def _quarters(ticks: NDArray) -> NDArray[np.float32]:
    return (ticks / TICKS_PER_QUARTER).astype(np.float32)
