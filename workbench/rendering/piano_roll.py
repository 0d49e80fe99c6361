"""Piano roll: every note a rectangle, time to the right, pitch upwards.

The horizontal axis counts quarter notes and is labelled with bar numbers; its grid lines are the bar lines. The
vertical axis is labelled with note names, and the rows of the black keys are shaded.

All rectangles of a part are one bar trace: a shape for every note would weigh twenty times as much.
Backgrounds are transparent and lines half grey, for light and dark pages alike.
"""

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_name, bar_numbers, places
from workbench.core.score import TICKS_PER_QUARTER, Bar, Score, bars, pitch_name

GRID = "rgba(128,128,128,0.25)"
_BLACK_KEY_SHADE = "rgba(128,128,128,0.10)"
_BLACK_KEYS = (1, 3, 6, 8, 10)
_LABELS = 24  # at most so many bar numbers
_PALEST = 0.15  # opacity of a note that the model did not expect at all
_MARGIN = 2  # semitones above and below the music

# Twelve hues around the circle of fifths: keys that are near in harmony are near in colour.
_PITCH_CLASS_SCALE = [
    (pitch_class / 11, f"hsl({pitch_class * 7 % 12 * 30}, 55%, 52%)") for pitch_class in range(12)
]


def piano_roll(
    score: Score, *,
    colour: Literal["part", "pitch class"] = "part",
    certainty: NDArray[np.float64] | None = None,
    shown: tuple[int, int] | None = None,
    first_bar: int | None = None,
) -> go.Figure:  # fmt: skip
    """A figure of the score, coloured by part or by pitch class (fifths apart are near in hue).

    Parameters
    ----------
    certainty
        (N,) how sure a model was of each note, 0 to 1, NaN where the note was given. The less sure, the paler.
    shown
        The numbers of the first and the last bar to show; all where it is not given.
    first_bar
        The number of the first bar, where the score is a part of a piece.
    """
    traces, lines = [], bars(score)
    numbers = bar_numbers(lines, first_bar)
    for index, part in enumerate(score.parts):
        mine = score.notes["part"] == index
        notes = score.notes[mine]
        name = part.name or f"Part {index + 1}"
        marker = _pitch_class_marker(notes) if colour == "pitch class" else {}
        sure = None if certainty is None else certainty[mine]
        if sure is not None:
            marker["opacity"] = np.round(_PALEST + (1 - _PALEST) * np.nan_to_num(sure, nan=1.0), 2)
        traces.append(_rectangles(notes, name, lines, numbers, marker, sure))
    traces.append(_black_keys(score))  # last, so that parts take the theme's first colours
    layout = _layout(score, shown, first_bar) | {
        "showlegend": colour == "part" and len(score.parts) > 1
    }
    return go.Figure({"data": traces, "layout": layout})  # in one call, which is ten times as fast


def _rectangles(
    notes: NDArray[np.void], name: str, lines: list[Bar], numbers: list[int], marker: dict,
    sure: NDArray | None,
) -> dict[str, Any]:  # fmt: skip
    starts = np.array([bar.start for bar in lines])
    within = np.searchsorted(starts, notes["onset"], side="right") - 1
    labels = [
        f"{pitch_name(int(note['pitch']), int(note['spelling']))}, {bar_name(numbers[place])}"
        for note, place in zip(notes, within.tolist(), strict=True)
    ]
    if sure is not None:
        labels = [
            f"{label}, {'given' if np.isnan(share) else f'{share:.0%} sure'}"
            for label, share in zip(labels, sure, strict=True)
        ]
    return dict(  # noqa: C408  # as plotly names them
        type="bar",
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


def _black_keys(score: Score) -> dict[str, Any]:
    low, high = _range(score)
    rows = np.array([pitch for pitch in range(low, high + 1) if pitch % 12 in _BLACK_KEYS])
    return dict(  # noqa: C408  # as plotly names them
        type="bar",
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


def _layout(score: Score, shown: tuple[int, int] | None, first_bar: int | None) -> dict[str, Any]:
    low, high = _range(score)
    whites = [pitch for pitch in range(low, high + 1) if pitch % 12 not in _BLACK_KEYS]
    named = whites if high - low <= 24 else [pitch for pitch in whites if pitch % 12 in (0, 7)]
    return dict(  # noqa: C408
        barmode="overlay",
        barcornerradius=3,
        height=min(520, 120 + 12 * (high - low)),
        margin={"l": 44, "r": 12, "t": 12, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        xaxis=bar_axis(score, shown, first_bar),
        yaxis={
            "range": [low - 0.5, high + 0.5],
            "tickvals": named,
            "ticktext": [pitch_name(pitch) for pitch in named],
            "showgrid": False,
            "zeroline": False,
        },
    )


def bar_axis(
    score: Score, shown: tuple[int, int] | None = None, first_bar: int | None = None
) -> dict[str, Any]:
    """A horizontal axis in quarters with bar lines, and numbers as in the engraving, of the bars that are ``shown``.

    Neither an upbeat nor the second part of a bar has a number there, so that none collide. ``first_bar`` is the number of the
    first bar, where the score is a part of a piece.
    """
    lines = bars(score)
    numbers = bar_numbers(lines, first_bar)
    first, last = places(numbers, *(shown or (numbers[0], numbers[-1])))
    low = max(numbers[0], 1)
    every = -(-(numbers[last - 1] - max(numbers[first - 1], 1) + 1) // _LABELS)
    end = max(score.quarters, 1) if last == len(lines) else lines[last - 1].end / TICKS_PER_QUARTER
    return {
        "title": "Bar",
        "range": [lines[first - 1].start / TICKS_PER_QUARTER, end],
        "tickvals": [bar.start / TICKS_PER_QUARTER for bar in lines],
        "ticktext": [
            "" if number == before or (number - low) % every else str(number)
            for number, before in zip(numbers, [0, *numbers[:-1]], strict=True)
        ],
        "gridcolor": GRID,
        "showgrid": True,
        "zeroline": False,
    }


def _range(score: Score) -> tuple[int, int]:
    """Lowest and highest row; the octave of middle C where there is no note."""
    if not len(score.notes):
        return 60, 72
    pitches = score.notes["pitch"]
    return max(0, int(pitches.min()) - _MARGIN), min(127, int(pitches.max()) + _MARGIN)


def _quarters(ticks: NDArray) -> NDArray[np.float32]:
    return (ticks / TICKS_PER_QUARTER).astype(np.float32)
