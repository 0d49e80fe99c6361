"""Charts of a sweep: how the best came to be, which settings went with which loss, and which of them matter.

Manners and colours are those of :mod:`workbench.ui.charts`. Losses are the lowest validation loss of each trial, nats per token.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from workbench.core.sweeps import ENDED_EARLY, Sweep, SweepTrial, Vary
from workbench.ui import charts
from workbench.ui.forms import humanize

LOSS = "validation loss"
TICKS = 5
GOOD_TO_BAD = ((0.0, "#e4572e"), (0.5, "#b08d7e"), (1.0, "#8a8f98"))
"""Seen on light and on dark ground."""


def measured(sweep: Sweep) -> list[SweepTrial]:
    """The trials that ended with a figure."""
    return [t for t in sweep.trials if t.has_ended and t.best_loss is not None]


def best_over_trials(sweep: Sweep) -> go.Figure:
    """Every trial's loss, and the best so far."""
    trials = measured(sweep)
    losses = [trial.best_loss or 0.0 for trial in trials]
    figure = charts.empty(
        "trial", f"{LOSS}, nats per token", hovermode="closest", x_axis={"dtick": max(1, len(sweep.trials) // 10), "rangemode": "tozero"}
    )  # fmt: skip
    for name, symbol, is_early in (("trial", "circle", False), (ENDED_EARLY, "x", True)):
        chosen = [t for t in trials if (t.state == ENDED_EARLY) == is_early]
        if chosen:
            figure.add_trace(
                go.Scatter(
                    name=name, x=[t.number + 1 for t in chosen], y=[t.best_loss for t in chosen], mode="markers",
                    marker={"symbol": symbol, "size": 9}, hovertemplate="trial %{x}: %{y:.4g}",
                )
            )  # fmt: skip
    best = list(itertools.accumulate(losses, min))
    return figure.add_trace(
        go.Scatter(
            name="best so far", x=[t.number + 1 for t in trials], y=best, mode="lines",
            line={"shape": "hv", "width": 2}, hoverinfo="skip",
        )
    )  # fmt: skip


def parallel(sweep: Sweep) -> go.Figure:
    """A line for each trial through its settings to its loss; the more orange, the better."""
    trials = measured(sweep)
    losses = [trial.best_loss or 0.0 for trial in trials]
    axes = [
        _axis(vary, [trial.settings[vary.name] for trial in trials]) for vary in sweep.spec.vary
    ]
    axes.append({"label": LOSS.capitalize(), "values": losses})
    line = {"color": losses, "colorscale": GOOD_TO_BAD, "showscale": False}
    # Labels stand above the axes and would be cut off at the left and at the right.
    layout = {"height": 340, "margin": {"l": 90, "r": 70, "t": 60, "b": 24}}
    return go.Figure(go.Parcoords(line=line, dimensions=axes), layout=layout)


def _axis(vary: Vary, values: Sequence[Any]) -> dict[str, Any]:
    label = humanize(vary.name)
    if vary.choices:
        places = list(range(len(vary.choices)))
        return {
            "label": label, "values": [vary.choices.index(value) for value in values], "tickvals": places,
            "ticktext": [str(choice) for choice in vary.choices], "range": [0, places[-1]],
        }  # fmt: skip
    assert vary.low is not None and vary.high is not None  # a range has ends
    if not vary.is_log:
        return {"label": label, "values": list(values), "range": [vary.low, vary.high]}
    low, high = math.log10(vary.low), math.log10(vary.high)
    ticks = [low + (high - low) * place / (TICKS - 1) for place in range(TICKS)]
    return {
        "label": label, "values": [math.log10(value) for value in values], "range": [low, high], "tickvals": ticks,
        "ticktext": [f"{10**tick:.2g}" if 10**tick < 100 else f"{10**tick:.0f}" for tick in ticks],
    }  # fmt: skip


def importance(shares: Mapping[str, float]) -> go.Figure:
    """Share of each setting in what made trials good, the largest on top."""
    ranked = sorted(shares.items(), key=lambda item: item[1])
    figure = charts.empty(
        "share", "", x_axis={"tickformat": ".0%", "range": [0, 1.1 * max(shares.values())]},
        showlegend=False, hovermode="closest", height=110 + 30 * len(ranked),
    )  # fmt: skip
    return figure.add_trace(
        go.Bar(
            name="share", x=[share for _, share in ranked], y=[humanize(name) for name, _ in ranked], orientation="h",
            texttemplate="%{x:.0%}", textposition="auto", textangle=0, cliponaxis=False, hovertemplate="%{y}: %{x:.1%}",
        )
    )  # fmt: skip
