"""Waveform: the loudest and softest sample of every stretch of time, as one filled outline.

A recording of any length becomes at most ``POINTS`` points, some 8 kB.
"""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from workbench.rendering.piano_roll import GRID

POINTS = 1000


def waveform(samples: NDArray[np.float32], rate: int) -> go.Figure:
    """A figure of samples (channels, samples) or (samples,), full scale ±1, at ``rate`` Hz."""
    low, high = peaks(samples, POINTS // 2)
    total = samples.shape[-1] / rate
    centres = ((np.arange(len(low)) + 0.5) * total / max(len(low), 1)).astype(np.float32)
    outline = go.Scatter(
        x=np.concatenate([centres, centres[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        mode="lines",
        line={"width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    return go.Figure(outline, _layout(total))


def peaks(
    samples: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest value over all channels in ``count`` stretches (fewer if there are fewer samples)."""
    channels = np.atleast_2d(samples)
    count = min(count, channels.shape[1])
    if not count:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    starts = np.arange(count) * channels.shape[1] // count
    low = np.minimum.reduceat(channels.min(axis=0), starts)
    high = np.maximum.reduceat(channels.max(axis=0), starts)
    return low.astype(np.float32), high.astype(np.float32)


def _layout(seconds: float) -> go.Layout:
    return go.Layout(
        height=160,
        margin={"l": 44, "r": 12, "t": 8, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": "Seconds", "range": [0, max(seconds, 0.1)], "showgrid": False},
        yaxis={"range": [-1.05, 1.05], "showticklabels": False, "gridcolor": GRID},
    )
