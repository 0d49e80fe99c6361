"""Figures with their intervals as a picture to print: a panel a figure, a row a model. SVG or PNG, drawn by Matplotlib.

What stands on a page of the app is drawn by Plotly; this is for reports and papers, in black on white.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH_INCHES, ROW_INCHES, HEAD_INCHES = 7.5, 0.28, 0.75
DOTS_AN_INCH = 200


@dataclass(frozen=True)
class Bar:
    """A row of a panel."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    is_best: bool = False


@dataclass(frozen=True)
class Panel:
    """One figure."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    line: float | None = None
    """People's figure, drawn as a line."""
    scale: float = 1.0
    """What values are multiplied by: 100 for per cent."""


def interval_chart(panels: Sequence[Panel], kind: str) -> bytes:
    """The panels below one another, as ``svg`` or ``png``; the same panels give the same bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "workbench", "svg.fonttype": "path", "font.size": 9}):  # fmt: skip
        heights = [HEAD_INCHES + ROW_INCHES * len(panel.bars) for panel in panels]
        figure = Figure(figsize=(WIDTH_INCHES, sum(heights)), layout="constrained")
        axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights)[:, 0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw(axis, panel)
        buffer = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(buffer, format=kind, dpi=DOTS_AN_INCH, metadata=metadata)
    return buffer.getvalue()


def _draw(axis: Any, panel: Panel) -> None:
    places = range(len(panel.bars))
    for place, bar in zip(places, panel.bars, strict=True):
        value = bar.value * panel.scale
        if bar.low is not None and bar.high is not None:
            axis.plot([bar.low * panel.scale, bar.high * panel.scale], [place, place], color="0.35", linewidth=1.4)  # fmt: skip
        axis.plot(value, place, marker="D" if bar.is_best else "o", color="black", markersize=5)
    if panel.line is not None:
        axis.axvline(panel.line * panel.scale, color="0.55", linestyle=":", label="people")
        axis.legend(loc="best", frameon=False, fontsize=8)
    if all(bar.value == 0 for bar in panel.bars):
        axis.set_xlim(0, 1)
    axis.set_yticks(list(places), [bar.label for bar in panel.bars])
    axis.set_ylim(len(panel.bars) - 0.5, -0.5)
    axis.set_title(panel.title, loc="left", fontsize=10)
    axis.set_xlabel(panel.unit)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.tick_params(axis="y", length=0)
