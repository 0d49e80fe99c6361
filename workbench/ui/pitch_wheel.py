"""The pitch classes of a piece as a wheel: twelve sectors along the circle of fifths, C on top.

Keys that are near one another lie side by side, so a piece in one key shows as one bulge of the wheel.
"""

from collections.abc import Sequence

import plotly.graph_objects as go

NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
HEIGHT = 240  # pixels
_FIFTHS = [7 * step % 12 for step in range(12)]


def pitch_wheel(shares: Sequence[float]) -> go.Figure:
    """``shares`` (12,) of the sounding time, from C upward by semitones."""
    sectors = go.Barpolar(
        r=[100 * shares[each] for each in _FIFTHS],
        theta=[NAMES[each] for each in _FIFTHS],
        hovertemplate="%{theta}: %{r:.0f} %<extra></extra>",
    )
    layout = {
        "height": HEIGHT,
        "margin": {"l": 24, "r": 24, "t": 24, "b": 24},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "showlegend": False,
        "polar": {
            "bgcolor": "rgba(0,0,0,0)",
            "bargap": 0.08,
            "angularaxis": {
                "direction": "clockwise", "rotation": 90, "categoryarray": [NAMES[each] for each in _FIFTHS],
                "showgrid": False, "ticks": "",
            },
            "radialaxis": {"visible": False},
        },
    }  # fmt: skip
    return go.Figure(sectors, layout)
