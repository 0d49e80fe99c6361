"""The learning rate as it will go, drawn before anything is trained."""

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from workbench.core.errors import InvalidSetting
from workbench.core.schedules import learning_rate
from workbench.core.settings import validated
from workbench.core.specs import TrainingSettings, Values
from workbench.ui import charts

STEPS_AN_EPOCH = 100  # of the drawing; only the length of the rise depends on it
POINTS = 240
HEIGHT = 150  # pixels


def rate_curve(values: Values, *, key: str) -> None:
    """A small curve over the epochs; nothing where the settings do not go together."""
    try:
        training = validated(TrainingSettings, values)
    except InvalidSetting:  # said where it is started
        return
    charts.show(figure(training), key=key, alt="Learning rate over the epochs to come")
    if training.schedule == "plateau":
        st.caption(
            "Drawn as if no validation beat the first; each better one keeps the rate up longer."
        )


def figure(training: TrainingSettings) -> go.Figure:
    """The rate over epochs; on a plateau as if no validation were better than the first."""
    epochs, rates = _points(training)
    made = charts.empty(
        "epoch", "learning rate", height=HEIGHT, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8},
        y_axis={"rangemode": "tozero", "nticks": 4},
    )  # fmt: skip
    return made.add_trace(
        go.Scatter(
            name="learning rate", x=epochs, y=rates, hovertemplate="%{y:.3g}", line={"width": 2}
        )
    )


@lru_cache(maxsize=64)
def _points(training: TrainingSettings) -> tuple[list[float], list[float]]:
    """Epochs and rates; the form asks for the same ones at every rerun."""
    steps = training.epochs * STEPS_AN_EPOCH
    chosen = sorted({round(n * (steps - 1) / POINTS) for n in range(POINTS + 1)})
    losses = [1.0 if training.validates(epoch) else None for epoch in range(1, training.epochs + 1)]
    rates = [
        learning_rate(training, step, STEPS_AN_EPOCH, losses[: step // STEPS_AN_EPOCH])
        for step in chosen
    ]
    return [step / STEPS_AN_EPOCH for step in chosen], rates
