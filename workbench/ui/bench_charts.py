"""Charts of a bench: intervals of the leaderboard, how features are spread, what is borrowed, where a model begins to copy.

Manners are those of :mod:`workbench.ui.charts`. People are drawn in grey wherever they stand beside models.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from workbench.core.bench import Bench, Measured, Showing
from workbench.metrics.distributions import density, shared_grid
from workbench.metrics.features import FEATURES
from workbench.metrics.music_sets import features_of
from workbench.metrics.standings import Figure, Standing
from workbench.ui import charts

HUMAN = "held-out music by people"
GREY = "#8a8f98"
"""Seen on light and on dark ground."""
LIKENESS = ((0.0, "#7d5ba6"), (0.5, "#55828b"), (1.0, "#87bba2"))
POINTS = 160
ROW = 34  # pixels


def intervals(rows: Sequence[Standing], figure: Figure, people: float | None = None) -> go.Figure:
    """A point with its 95 % interval for each row, the best on top; people's figure as a line."""
    known = [row for row in rows if figure.name in row.values]
    sign = -1 if figure.better == "more" else 1
    known.sort(key=lambda row: -sign * row.values[figure.name].value)
    values = [row.values[figure.name] for row in known]
    scale = {"tickformat": ".0%"} if figure.is_share else {}
    chart = charts.empty(
        f"{figure.title.lower()}, {figure.unit}", "", x_axis=scale, y_axis={"type": "category"},
        showlegend=False, hovermode="closest", height=110 + ROW * len(known),
    )  # fmt: skip
    chart.add_trace(
        go.Scatter(
            x=[v.value for v in values],
            y=[row.label for row in known],
            mode="markers",
            marker={"size": 10, "symbol": ["star" if v.is_best else "circle" for v in values]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(v.high if v.high is not None else v.value) - v.value for v in values],
                "arrayminus": [v.value - (v.low if v.low is not None else v.value) for v in values],
            },
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )
    )
    if people is not None:
        chart.add_vline(x=people, line={"dash": "dot", "color": GREY}, annotation_text="people")
    return chart


def by_label(found: Mapping[str, Mapping[str, tuple[int, float]]], label: str) -> go.Figure:
    """Held-out surprise by key, meter or collection: bars beside one another, a colour a model."""
    names = list(dict.fromkeys(name for each in found.values() for name in each))
    chart = charts.empty(
        label, "nats per quarter note", x_axis={"type": "category"}, hovermode="closest", barmode="group"
    )  # fmt: skip
    for name in names:
        rows = [(each, found[each][name]) for each in found if name in found[each]]
        chart.add_trace(
            go.Bar(
                name=name,
                x=[each for each, _ in rows],
                y=[value for _, (_, value) in rows],
                customdata=[count for _, (count, _) in rows],
                hovertemplate="%{x}: %{y:.3f} (%{customdata} pieces)",
            )
        )
    return chart


def likeness(bench: Bench, showings: Sequence[Showing]) -> go.Figure:
    """How much of each feature's spread is people's: a row a feature, a column a model."""
    columns = {bench.titles[s.entrant.name]: s.music.likeness for s in showings if s.music.pieces}
    columns = {"other people": bench.people.likeness, **columns}
    features = [f for f in FEATURES if any(f.name in each for each in columns.values())]
    cells = [
        [round(each[f.name].overlap, 3) if f.name in each else None for each in columns.values()]
        for f in features
    ]
    chart = charts.empty(
        "", "", x_axis={"side": "top", "type": "category"}, y_axis={"autorange": "reversed", "type": "category"},
        hovermode="closest", height=120 + 24 * len(features),
    )  # fmt: skip
    return chart.add_trace(
        go.Heatmap(
            z=cells,
            x=list(columns),
            y=[f.title for f in features],
            zmin=0,
            zmax=1,
            colorscale=LIKENESS,
            texttemplate="%{z:.0%}",
            textfont={"color": "#ffffff"},
            showscale=False,
            hoverongaps=False,
            hovertemplate="%{y}, %{x}: %{z:.0%} of the area<extra></extra>",
        )
    )


def spread(bench: Bench, showings: Sequence[Showing], name: str) -> go.Figure:
    """How one feature is spread among people and in each model's pieces, all on one grid."""
    column, feature = bench.features.index(name), FEATURES.get(name)
    sets = {HUMAN: bench.human.pieces} | {
        bench.titles[s.entrant.name]: s.music.pieces for s in showings
    }
    values = {label: _column(pieces, column, len(bench.features)) for label, pieces in sets.items()}
    known = {label: each for label, each in values.items() if len(each)}
    chart = charts.empty(
        f"{feature.title.lower()}, {feature.unit}", "density", y_axis={"showticklabels": False, "rangemode": "tozero"}
    )  # fmt: skip
    if HUMAN not in known:
        return chart
    grid = shared_grid(known[HUMAN], *[v for label, v in known.items() if label != HUMAN])
    thinned = slice(None, None, max(1, len(grid.values) // POINTS))
    for label, each in known.items():
        is_human = label == HUMAN
        chart.add_trace(
            go.Scatter(
                name=label, x=grid.values[thinned].astype(np.float32), y=density(each, grid)[thinned].astype(np.float32),
                mode="lines", fill="tozeroy" if is_human else None, hoverinfo="name",
                line={"color": GREY, "width": 2} if is_human else {"width": 2},
            )
        )  # fmt: skip
    return chart


def longest_passages(bench: Bench, showings: Sequence[Showing]) -> go.Figure:
    """The longest passage of every piece that is found in training: a dot a piece, a row a model; people's usual range shaded."""
    sets = {bench.titles[s.entrant.name]: s.music.pieces for s in showings if s.music.pieces}
    sets = {**sets, HUMAN: bench.human.pieces}
    random = np.random.default_rng(0)
    chart = charts.empty(
        "most notes in a row found in training", "", x_axis={"rangemode": "tozero"},
        y_axis={"tickvals": list(range(len(sets))), "ticktext": list(sets), "range": [-0.6, len(sets) - 0.4]},
        showlegend=False, hovermode="closest", height=120 + 52 * len(sets),
    )  # fmt: skip
    usual = bench.baseline.get("longest passage")
    if usual and usual.low is not None and usual.high is not None:
        chart.add_vrect(
            x0=usual.low, x1=usual.high, fillcolor=GREY, opacity=0.18, line_width=0,
            annotation_text="95 % of people", annotation_position="top left",
        )  # fmt: skip
    for row, (label, pieces) in enumerate(sets.items()):
        judged = [each.borrowed for each in pieces]
        notes = [b.longest.notes if b and b.longest else 0 for b in judged]
        chart.add_trace(
            go.Scatter(
                name=label,
                x=notes,
                y=(row + random.uniform(-0.22, 0.22, len(notes))).astype(np.float32),
                mode="markers",
                marker={"size": 7, "opacity": 0.7} | ({"color": GREY} if label == HUMAN else {}),
                customdata=[b.verdict if b else "" for b in judged],
                hovertemplate=f"{label}: %{{x}} notes, %{{customdata}}<extra></extra>",
            )
        )
    return chart


def checkpoints(points: Sequence[tuple[int, float | None, float]], people: float | None) -> go.Figure:  # fmt: skip
    """Epochs of one run: validation loss, and what its pieces have from training. Points are (epoch, loss, share)."""
    chart = charts.empty(
        "epoch", "validation loss, nats per token",
        yaxis2={"overlaying": "y", "side": "right", "title": {"text": "patterns of 8 notes found in training"}, "tickformat": ".0%",
                "rangemode": "tozero", "showgrid": False, "fixedrange": True},
        margin={"l": 8, "r": 70, "t": 36, "b": 8},
    )  # fmt: skip
    epochs = [epoch for epoch, _, _ in points]
    chart.add_trace(go.Scatter(name="validation loss", x=epochs, y=[loss for _, loss, _ in points], mode="lines+markers"))  # fmt: skip
    chart.add_trace(
        go.Scatter(
            name="found in training", x=epochs, y=[share for _, _, share in points], mode="lines+markers", yaxis="y2",
            line={"dash": "dash"}, hovertemplate="%{y:.1%}",
        )
    )  # fmt: skip
    if people is not None:
        chart.add_trace(
            go.Scatter(
                name="people", x=[epochs[0], epochs[-1]], y=[people, people], mode="lines", yaxis="y2",
                line={"dash": "dot", "color": GREY}, hovertemplate="%{y:.1%}",
            )
        )  # fmt: skip
    return chart


def _column(pieces: Sequence[Measured], column: int, count: int) -> np.ndarray:
    values = features_of(pieces, count)[:, column]
    return values[~np.isnan(values)]
