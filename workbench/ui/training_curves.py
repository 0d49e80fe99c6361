"""The curves of a training, and how they are to be shown."""

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st

from workbench.core.training_settings import PLAIN
from workbench.services.training import Watch
from workbench.ui import charts
from workbench.ui.state import session
from workbench.zoo import ARCHITECTURES

PLACE = "curves"
USUAL = ["Learning rate", "Gradient"]

Draw = Callable[[Watch, float], go.Figure]
MORE: dict[str, tuple[str, Draw]] = {
    "Accuracy": ("Accuracy over the epochs", lambda w, s: charts.accuracy(w.steps, w.epochs, s)),
    "Perplexity": (
        "Validation perplexity over the epochs",
        lambda w, s: charts.perplexity(w.epochs),
    ),
    "Learning rate": (
        "Learning rate over the epochs",
        lambda w, s: charts.learning_rate(w.steps, w.epochs),
    ),
    "Gradient": (
        "Length of the gradient over the epochs",
        lambda w, s: charts.gradient_norm(w.steps, w.epochs, s),
    ),
    "Speed": ("Tokens a second over the epochs", lambda w, s: charts.speed(w.steps, w.epochs)),
    "CPU": ("CPU cores at work over the epochs", lambda w, s: charts.cpu(w.steps, w.epochs)),
    "Memory": ("Memory held over the epochs", lambda w, s: charts.memory(w.steps, w.epochs)),
}
"""What may be drawn below the losses, with what each shows for those who cannot see it."""


def show(watch: Watch) -> None:
    """Losses, and below them what a person picked."""
    if not ARCHITECTURES.get(watch.run.spec.model.architecture).is_network:
        st.caption("It counts its training split once, so there are no curves.")
        return
    if not watch.epochs and not watch.steps:
        st.caption("Curves appear here within the first epoch.")
        return
    run = watch.run
    smoothing, is_log, more = _choices()
    optimised = run.spec.training.loss
    figure = charts.loss_curves(
        watch.epochs,
        watch.steps,
        smoothing=smoothing,
        is_log=is_log,
        optimised="" if optimised == PLAIN else optimised.replace("-", " "),
    )
    charts.show(figure, key=f"loss.{run.id}", alt="Training and validation loss over the epochs")
    if optimised != PLAIN:
        st.caption(
            "The training curve is what is optimised; the validation curve is the plain cross-entropy, by which runs are compared."
        )
    for first in range(0, len(more), 2):
        for column, name in zip(st.columns(2), more[first : first + 2], strict=False):
            alt, draw = MORE[name]
            with column:
                charts.show(draw(watch, smoothing), key=f"{name}.{run.id}", alt=alt)


def _choices() -> tuple[float, bool, list[str]]:
    """Smoothing as a share of the curve, whether the losses stand on a logarithmic axis, and what else is drawn."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        more = st.pills(
            "Curves below the losses",
            list(MORE),
            selection_mode="multi",
            key=session().widget(PLACE, "more", USUAL),
            persist_state="session",
        )
        smoothing = st.slider(
            "Smoothing", 0, 20, format="%d %%", width=160,
            key=session().widget(PLACE, "smoothing", round(100 * charts.USUAL_SMOOTHING)),
            persist_state="session",
            help="How much of the curve each point averages. Validation is never smoothed",
        )  # fmt: skip
        is_log = st.toggle(
            "Log axis", key=session().widget(PLACE, "log", False), persist_state="session"
        )
    return smoothing / 100, is_log, [name for name in MORE if name in more]
