"""Other pictures of a score than the engraving, a tab each; only the open one is made."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.score import Score, bars
from workbench.rendering.in_words import bar_by_bar, overview
from workbench.rendering.mel import mel_thumbnail
from workbench.rendering.piano_roll import piano_roll
from workbench.rendering.playing_curves import playing_curves
from workbench.rendering.recordings import mel_spectrogram
from workbench.rendering.waveform import waveform
from workbench.services import previews
from workbench.services.previews import Preview
from workbench.ui import charts
from workbench.ui.pitch_wheel import pitch_wheel
from workbench.ui.state import session
from workbench.ui.words import plain

COLOURS: dict[Literal["part", "pitch class"], str] = {"part": "Part", "pitch class": "Pitch class"}
_FEWEST_TO_ZOOM = 5  # bars

Certainty = Callable[[], NDArray[np.float64] | None]


def score_views(
    score: Score, heard: Score, preview: Preview, *, key: str, title: str, is_ready: bool,
    pitch_classes: Sequence[float] = (), certainty: Certainty | None = None, first_bar: int | None = None,
) -> None:  # fmt: skip
    """Piano roll, dynamics and tempo, waveform, spectrogram, words; ``heard`` is the score as it is played.

    ``certainty`` gives how sure a model was of each note (N,), or None where that is not known.
    """

    def show(view: str, figure: go.Figure) -> None:
        """The figure, or the place for it while the sound is on its way."""
        if is_ready:
            charts.show(figure, key=f"{view}.{key}", alt=f"{view} of {title}")
        else:
            st.space(figure.layout.height)

    views: dict[str, Callable[[], None]] = {
        "Piano roll": lambda: show("Piano roll", _roll(score, key, is_ready, certainty, first_bar)),
        "Dynamics and tempo": lambda: show("Dynamics and tempo", playing_curves(heard, first_bar)),
        "Waveform": lambda: show("Waveform", waveform(*previews.samples(preview))),
        "Mel spectrogram": lambda: show("Mel spectrogram", _mel(preview)),
    }
    if any(pitch_classes):
        views["Pitch classes"] = lambda: show("Pitch classes", pitch_wheel(pitch_classes))
    views["In words"] = lambda: _words(score, first_bar)
    tabs = st.tabs(list(views), key=f"views.{key}", on_change="rerun")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def _roll(
    score: Score, key: str, is_ready: bool, certainty: Certainty | None, first_bar: int | None
) -> go.Figure:
    """The piano roll as its settings say, which stand above it."""
    if not is_ready:
        return piano_roll(score, first_bar=first_bar)
    page, numbers = f"roll.{key}", bar_numbers(bars(score), first_bar)
    count, whole = len(numbers), (numbers[0], numbers[-1])
    shown, sure = whole, None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        colour = st.segmented_control(
            "Colour by", list(COLOURS), format_func=COLOURS.__getitem__, required=True,
            key=session().widget(page, "colour", "part"), persist_state="session",
        )  # fmt: skip
        if certainty is not None and st.toggle(
            "Pale where the model was unsure", key=session().widget(page, "sure", False), persist_state="session",
        ):  # fmt: skip
            sure = certainty()
        if count >= _FEWEST_TO_ZOOM:
            shown = st.slider(
                "Bars shown", *whole, whole, key=f"{page}.bars.{whole[0]}.{whole[1]}", width=320
            )
    return piano_roll(
        score, colour=colour or "part", certainty=sure, shown=shown, first_bar=first_bar
    )


def _mel(preview: Preview) -> go.Figure:
    samples, rate = previews.samples(preview)
    return mel_spectrogram(mel_thumbnail(samples, rate), samples.shape[1] / rate)


def _words(score: Score, first_bar: int | None) -> None:
    """The score for those who read it with their ears or fingers."""
    st.markdown(plain(overview(score)))
    st.markdown("\n".join(f"- {plain(line)}" for line in bar_by_bar(score, first_bar)))
