"""Loudness and tempo over a piece: the velocity of every note, and quarters a minute, above the same bars."""

import numpy as np
import plotly.graph_objects as go

from workbench.core.score import TICKS_PER_QUARTER, Score
from workbench.rendering.piano_roll import GRID, bar_axis


def playing_curves(score: Score, first_bar: int | None = None) -> go.Figure:
    """A figure of two rows: velocities (1 to 127), a colour a part, and the tempo as it steps.

    ``first_bar`` is the number of the first bar, where the score is a part of a piece.
    """
    figure = go.Figure(layout=_layout(score, first_bar))
    for index, part in enumerate(score.parts):
        notes = score.notes[score.notes["part"] == index]
        figure.add_trace(
            go.Scatter(
                x=(notes["onset"] / TICKS_PER_QUARTER).astype(np.float32),
                y=notes["velocity"].astype(np.int16),
                mode="lines+markers",
                line={"width": 1, "shape": "hv"},
                marker={"size": 5},
                name=part.name or f"Part {index + 1}",
                hovertemplate="velocity %{y}<extra>%{fullData.name}</extra>",
            )
        )
    ticks = [*(tempo.onset for tempo in score.tempos), max(score.end, score.tempos[-1].onset)]
    bpm = [tempo.bpm for tempo in score.tempos]
    figure.add_trace(
        go.Scatter(
            x=np.array(ticks, np.float32) / TICKS_PER_QUARTER,
            y=np.array([*bpm, bpm[-1]], np.float32),
            mode="lines",
            line={"width": 2, "shape": "hv"},
            name="Tempo",
            yaxis="y2",
            showlegend=False,
            hovertemplate="%{y:.0f} quarters a minute<extra></extra>",
        )
    )
    return figure


def _layout(score: Score, first_bar: int | None) -> go.Layout:
    return go.Layout(
        height=340,
        margin={"l": 52, "r": 12, "t": 12, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="closest",
        showlegend=len(score.parts) > 1,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        xaxis=bar_axis(score, first_bar=first_bar) | {"anchor": "y2"},
        yaxis={"title": "Velocity", "domain": [0.52, 1], "range": [0, 130], "gridcolor": GRID, "zeroline": False},
        yaxis2={"title": "Tempo", "domain": [0, 0.42], "gridcolor": GRID, "zeroline": False, "rangemode": "tozero"},
    )  # fmt: skip
