"""Figures of a recording, drawn from its stored thumbnails: no sound is decoded.

The waveform is ``peaks`` (N, 2), lowest and highest value of every stretch, full scale ±1. The spectrogram is ``mel``
(bands, frames) in decibels under its loudest place, low bands first.
"""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from workbench.core.recording import MEL_RANGE, Recording
from workbench.rendering.piano_roll import GRID


def outline(recording: Recording) -> go.Figure:
    """The waveform as one filled outline over seconds."""
    low, high = recording.peaks.T
    times = (np.arange(len(low)) + 0.5) * recording.seconds / max(len(low), 1)
    line = go.Scatter(
        x=np.concatenate([times, times[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        mode="lines",
        line={"width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    layout = _layout(recording.seconds, 160)
    return go.Figure(line, layout.update(yaxis={"range": [-1.05, 1.05], "gridcolor": GRID}))


def mel_spectrogram(mel: NDArray[np.uint8], seconds: float) -> go.Figure:
    """Loudness over seconds and mel bands: ``mel`` (bands, frames) as a :class:`Recording` keeps it."""
    frames = mel.shape[1]
    decibels = np.rint(mel * (MEL_RANGE / 255) - MEL_RANGE).astype(np.int8)  # a byte a place
    heat = go.Heatmap(
        x0=seconds / max(frames, 1) / 2,
        dx=seconds / max(frames, 1),
        z=decibels,
        colorscale="Viridis",
        zmin=-MEL_RANGE,
        zmax=0,
        colorbar={"title": "dB"},
        hovertemplate="%{x:.1f} s: %{z:.0f} dB<extra></extra>",
    )
    return go.Figure(heat, _layout(seconds, 220))


def _layout(seconds: float, height: int) -> go.Layout:
    return go.Layout(
        height=height,
        margin={"l": 44, "r": 12, "t": 8, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": "Seconds", "range": [0, max(seconds, 0.1)], "showgrid": False},
        yaxis={"showticklabels": False},
    )
