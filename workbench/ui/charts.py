"""Charts: curves of a training, and bars of what a dataset holds.

Every chart is a plotly figure with a clear ground and no colours of its own: Streamlit fills in those of the
theme, so one figure serves light and dark. ``show`` puts any figure on a page the same way.

Curves are smoothed first and thinned out after, to ``MOST_POINTS`` in a figure: the other way round
thinning would pick noise. Losses are nats per token.

A *step* is what a trainer reports a few times a second: a dict with ``epoch`` (passes so far, such as 2.37),
``loss``, ``learning_rate``, ``gradient_norm`` and so on. Steps that lack a key are left out of its chart.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from workbench.core.runs import EpochMetrics

MOST_POINTS = 2000
HEIGHT = 300  # pixels
OTHERS = "others"
_MOST_TICKS = 7
USUAL_SMOOTHING = 0.02  # of a curve's points, of which each shown one is the mean
FROM_ZERO = {"rangemode": "tozero"}

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
Steps = Sequence[Mapping[str, Any]]


def show(figure: go.Figure, *, key: str, alt: str) -> None:
    """Put a figure on the page. ``alt`` says what it shows, for those who cannot see it.

    A finger that scrolls the page past a chart does not move the chart.
    """
    st.plotly_chart(
        figure,
        key=key,
        alt=alt,
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
    )


# --- a training ---------------------------------------------------------------------------------


def loss_curves(
    epochs: Sequence[EpochMetrics],
    steps: Steps = (),
    *,
    smoothing: float = USUAL_SMOOTHING,
    is_log: bool = False,
    optimised: str = "",
) -> go.Figure:
    """Training and validation loss over epochs; a star marks the best epoch.

    The training curve follows the steps where there are any, else the epochs' means; each of its points is the mean of a
    share ``smoothing`` of them. ``optimised`` names what it shows where that is not the plain cross-entropy.
    """
    training = _curve(steps, "loss", smoothing)
    if not len(training[0]):
        training = _points([(epoch.epoch, epoch.train_loss) for epoch in epochs])
    validation = _validation(epochs)
    axis = _log_axis(training[1], validation[1]) if is_log else None
    figure = empty("epoch", "loss, nats per token", y_axis=axis)
    figure.add_trace(_line(f"training ({optimised})" if optimised else "training", training))
    figure.add_trace(_line("validation", validation, mode="lines+markers"))
    if len(validation[0]):
        figure.add_trace(_best(validation))
    return figure


def compare_losses(
    runs: Mapping[str, Sequence[tuple[float, float]]], *, is_log: bool = False
) -> go.Figure:
    """Validation loss of several runs, one curve a name, from pairs of epoch and loss."""
    axis = _log_axis(*(_points(pairs)[1] for pairs in runs.values())) if is_log else None
    figure = empty("epoch", "validation loss, nats per token", y_axis=axis)
    for name, pairs in runs.items():
        points = _thin(_points(pairs), MOST_POINTS // len(runs))
        figure.add_trace(_line(name, points, mode="lines+markers"))
    return figure


def accuracy(steps: Steps, epochs: Sequence[EpochMetrics], smoothing: float) -> go.Figure:
    """Share of the tokens that are right at the first guess, in training and in validation."""
    figure = empty("epoch", "right at the first guess", y_axis={"tickformat": ".0%"})
    training = _curve(steps, "accuracy", smoothing)
    if not len(training[0]):
        training = _epochs(epochs, "train_accuracy")
    figure.add_trace(_line("training", training))
    validation = _epochs(epochs, "valid_accuracy")
    return figure.add_trace(_line("validation", validation, mode="lines+markers"))


def perplexity(epochs: Sequence[EpochMetrics]) -> go.Figure:
    """Among how many tokens the model chooses, as it were: e to the validation loss."""
    figure = empty("epoch", "validation perplexity", showlegend=False)
    points = _epochs(epochs, "valid_perplexity")
    return figure.add_trace(_line("perplexity", points, mode="lines+markers"))


def learning_rate(steps: Steps, epochs: Sequence[EpochMetrics] = ()) -> go.Figure:
    """The optimizer's step size as it rises and falls."""
    return _single("learning rate", steps, "learning_rate", epochs, y_axis=FROM_ZERO)


def gradient_norm(
    steps: Steps, epochs: Sequence[EpochMetrics] = (), smoothing: float = USUAL_SMOOTHING
) -> go.Figure:
    """Length of the gradient before clipping, on a logarithmic axis."""
    axis = _log_axis(_found("gradient_norm", steps, epochs, smoothing)[1])
    return _single("gradient norm", steps, "gradient_norm", epochs, smoothing, axis)


def speed(steps: Steps, epochs: Sequence[EpochMetrics] = ()) -> go.Figure:
    """Tokens a second."""
    return _single(
        "tokens a second", steps, "tokens_per_second", epochs, USUAL_SMOOTHING, FROM_ZERO
    )


def cpu(steps: Steps, epochs: Sequence[EpochMetrics] = ()) -> go.Figure:
    """Processors at work in the trainer."""
    return _single("CPU cores at work", steps, "cpu_cores", epochs, 0.0, FROM_ZERO)


def memory(steps: Steps, epochs: Sequence[EpochMetrics] = ()) -> go.Figure:
    """What the trainer holds in memory."""
    return _single("memory, MB", steps, "memory_mb", epochs, 0.0, FROM_ZERO)


def _single(
    label: str,
    steps: Steps,
    name: str,
    epochs: Sequence[EpochMetrics],
    smoothing: float = 0.0,
    y_axis: Mapping[str, Any] | None = None,
) -> go.Figure:
    """One curve without a legend, from the steps or else from the epochs."""
    figure = empty("epoch", label, y_axis=y_axis, showlegend=False)
    return figure.add_trace(_line(label, _found(name, steps, epochs, smoothing)))


def _found(name: str, steps: Steps, epochs: Sequence[EpochMetrics], smoothing: float) -> Points:
    """A curve from the steps, or else from the epochs."""
    points = _curve(steps, name, smoothing)
    return points if len(points[0]) else _epochs(epochs, name)


def _log_axis(*curves: NDArray[np.float64]) -> dict[str, Any]:
    """A logarithmic axis that names few values, each in full: 0.2, 0.5, 1. Plotly names every digit of a decade, or digits alone."""
    values = np.concatenate([*curves, np.zeros(0)])
    values = values[values > 0]
    axis: dict[str, Any] = {"type": "log"}
    if not len(values):
        return axis
    low, high = np.log10(values.min()), np.log10(values.max())
    decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    room = 0.03 * (high - low)  # plotly shows a little more than the curve
    for digits in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7)):
        named = [digit * 10.0**decade for decade in decades for digit in digits]
        inside = [value for value in named if low - room <= np.log10(value) <= high + room]
        if len(inside) >= 3:
            shown = inside[:: -(-len(inside) // _MOST_TICKS)]
            return axis | {"tickvals": shown, "ticktext": [f"{value:g}" for value in shown]}
    return axis | {"nticks": 6, "tickformat": ".3~g"}  # so short that it is all but linear


def _validation(epochs: Sequence[EpochMetrics]) -> Points:
    return _epochs(epochs, "valid_loss")


def _epochs(epochs: Sequence[EpochMetrics], name: str) -> Points:
    """What each epoch measured under that name, where it did."""
    values = [(each.epoch, getattr(each, name)) for each in epochs]
    return _points([(epoch, value) for epoch, value in values if value is not None])


def _curve(steps: Steps, name: str, smoothing: float) -> Points:
    x, y = _points([(s["epoch"], s[name]) for s in steps if "epoch" in s and name in s])
    y = smoothed(y, max(1, round(smoothing * len(y))))
    return _thin((x, y), MOST_POINTS // 2)


def smoothed(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """(N,) the mean of each value and up to ``window - 1`` before it: a curve that never looks ahead."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _points(pairs: Sequence[tuple[float, float]]) -> Points:
    """Two arrays, without what is not finite, which JSON has no word for."""
    points = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    x, y = points[np.isfinite(points).all(axis=1)].T
    return x, y


def _thin(points: Points, most: int) -> Points:
    """At most ``most`` of the points, evenly chosen, the first and the last among them."""
    x, y = points
    if len(x) <= most:
        return points
    kept = np.linspace(0, len(x) - 1, most).round().astype(int)
    return x[kept], y[kept]


def _line(name: str, points: Points, mode: str = "lines") -> go.Scatter:
    x, y = points
    # float32 halves what travels to the browser, and no eye sees the difference.
    return go.Scatter(
        name=name,
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        mode=mode,
        hovertemplate="%{y:.4g}",
        line={"width": 2},
        marker={"size": 5},
    )


def _best(validation: Points) -> go.Scatter:
    best = int(np.argmin(validation[1]))
    epoch, loss = validation[0][best], validation[1][best]
    return go.Scatter(
        name=f"best: {loss:.3f} in epoch {epoch:g}",
        x=[epoch],
        y=[loss],
        mode="markers",
        marker={"symbol": "star", "size": 13},
        hoverinfo="skip",
    )


# --- a dataset ----------------------------------------------------------------------------------


def distribution(counts: Mapping[str, int], *, label: str, most: int = 12) -> go.Figure:
    """How many pieces have which key, meter, composer: the largest first, the rest as one bar.

    Bars lie, so that long names can be read on a phone.
    """
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rows = ranked[:most]
    if len(ranked) > most:
        rows = [*ranked[: most - 1], (OTHERS, sum(count for _, count in ranked[most - 1 :]))]
    names, values = [name for name, _ in rows], [value for _, value in rows]
    figure = empty(
        "pieces",
        label,
        # room for the number of the longest bar
        x_axis={"range": [0, 1.12 * max(values, default=1)]},
        # Names such as "3" or "1/4" are categories, not numbers or dates.
        y_axis={"type": "category", "autorange": "reversed"},
        showlegend=False,
        hovermode="closest",
        height=max(
            150, 90 + 26 * len(rows)
        ),  # lower, and the title of the axis would stand in its figures
    )
    return figure.add_trace(
        go.Bar(
            name=label,
            x=values,
            y=names,
            orientation="h",
            text=values,
            textposition="auto",
            textangle=0,
            cliponaxis=False,
            hovertemplate="%{y}: %{x}",
        )
    )


def shares(per_cent: Mapping[str, float], *, label: str) -> go.Figure:
    """Shares of a whole, in per cent, in the order they are given."""
    figure = empty(
        label, "per cent of the notes", x_axis={"type": "category"}, showlegend=False, hovermode="closest"
    )  # fmt: skip
    return figure.add_trace(
        go.Bar(
            name=label,
            x=list(per_cent),
            y=[round(value, 2) for value in per_cent.values()],
            hovertemplate="%{x}: %{y:.1f} %",
        )
    )


def histogram(values: Sequence[float], *, label: str, most_bars: int = 30) -> go.Figure:
    """How many pieces lie in which range of a number, such as their length in bars."""
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    figure = empty(label, "pieces", showlegend=False, hovermode="closest", bargap=0.06)
    if len(numbers):
        edges = np.histogram_bin_edges(numbers, bins=_bins(numbers, most_bars))
        heights, _ = np.histogram(numbers, bins=edges)
        ends = np.round(edges, 1).tolist()
        ranges = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(ends)]
        figure.add_trace(
            go.Bar(
                name=label,
                x=(edges[:-1] + edges[1:]) / 2,
                y=heights,
                width=np.diff(edges),
                customdata=ranges,
                hovertemplate="%{customdata}: %{y}",
            )
        )
    return figure


def _bins(numbers: NDArray[np.float64], most: int) -> int:
    """One bar a value for whole numbers that are few, else at most ``most``."""
    span = numbers.max() - numbers.min()
    if np.array_equal(numbers, np.rint(numbers)) and 0 < span < most:
        return int(span) + 1
    return int(min(most, max(1, 2 * len(numbers) ** 0.5)))


def empty(
    x: str,
    y: str,
    *,
    x_axis: Mapping[str, Any] | None = None,
    y_axis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """Axes and manners that all charts share, and what one chart has of its own.

    All in one call: plotly takes 20 ms for a figure that is changed once it is made, and 2 ms for this.
    """
    axis = {"fixedrange": True, "zeroline": False, "automargin": True}
    shared = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "showlegend": True,
        "uirevision": "keep",  # what a person hid in the legend stays hidden at the next tick
        "xaxis": {**axis, "title": {"text": x}, **(x_axis or {})},
        "yaxis": {**axis, "title": {"text": y}, **(y_axis or {})},
    }
    return go.Figure(layout={**shared, **layout})
