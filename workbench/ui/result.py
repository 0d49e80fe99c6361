"""Music on a page: the score that plays, how it is played, other pictures of it, and its files.

``name`` tells one piece of music from all others (a piece's or a composition's id), so that what was engraved
once is not engraved again, and the sound plays on while the page is run anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.provenance import Credits
from workbench.core.score import Score, bars, clip
from workbench.rendering.in_words import overview
from workbench.services import previews
from workbench.services.previews import NARROW, WIDE, WIDTHS, Preview
from workbench.ui import explanation_view, frame, playing
from workbench.ui.downloads import downloads
from workbench.ui.explanation_view import Why
from workbench.ui.media import can_serve
from workbench.ui.score_player import score_player
from workbench.ui.score_views import score_views
from workbench.ui.state import session
from workbench.workspace import Workspace, open_workspace

PLACE = "music"
BUTTON_HEIGHT = 40  # pixels


@dataclass(frozen=True)
class Page:
    """What is shown of a long score: its ``score`` from tick ``start`` to ``end``, and its number from 1."""

    score: Score
    start: int
    end: int
    number: int
    is_whole: bool = True
    first_bar: int | None = None
    """The number of its first bar, where something comes before it."""

    def of(self, whole: Score) -> Score:
        """The same stretch of another score of the same bars."""
        return whole if self.is_whole else clip(whole, self.start, self.end)

    def numbers(self, whole: Score) -> NDArray[np.intp]:
        """(N,) the number in the whole score of every note of the page."""
        ends = whole.notes["onset"] + whole.notes["duration"]
        inside = np.flatnonzero((whole.notes["onset"] < self.end) & (ends > self.start))
        notes = whole.notes[inside]
        onsets = np.maximum(notes["onset"], self.start)
        lengths = np.minimum(ends[inside], self.end) - onsets
        return inside[np.lexsort((lengths, notes["pitch"], notes["part"], onsets))]


@st.fragment
def music(
    workspace: Workspace,
    score: Score,
    *,
    name: str,
    title: str,
    key: str = "",
    credits: Credits | None = None,
    pitch_classes: Sequence[float] = (),
    marked: Sequence[int] = (),
    with_views: bool = True,
    why: Why | None = None,
    first_bar: int | None = None,
) -> None:
    """The score with its player, and below it how it is played, other pictures of it, and its files.

    ``key`` names the place on the page, where other music may follow in the same player; it is the ``name`` where nothing does.
    Notes whose numbers are ``marked`` stand out in the score, which is then of one page.
    Where credits are given, if only empty ones, the music can be downloaded with them. ``why`` is known of what a model composed: a
    click on a note then tells what it was drawn among. ``first_bar`` is the number of the first bar, where the music is from the middle of a piece.

    What is needed first comes first: the engraving for this kind of device and the sound. The engraving for other
    widths, the files, and the charts, which keep a browser busy for as long as all else, come when the sound has arrived.
    """
    key = key or name
    with frame.errors():
        page = _page(score, name, first_bar)
        arrived = session().notes(PLACE)  # by name, the page whose sound the browser has
        is_ready = arrived.get(name) == page.number or not can_serve()
        widths = WIDTHS if is_ready else (_likely_width(),)
        played = playing.heard(score, name) if with_views else score
        heard = _heard(page, score, played)
        how = "" if heard is page.score else f"{hash(heard)}.{heard.parts}.{heard.tempos}"
        number = f"{name}.{page.number}"
        preview = _preview(
            str(workspace.home), number, widths, how, page.first_bar, page.score, heard
        )
        score_player(
            *preview.engravings, audio=preview.sound, key=f"player.{key}", label=title,
            marked=_marked(page, score, marked, name, why), bars=preview.bars, summary=overview(page.score),
            on_ready=lambda: arrived.update({name: page.number}),
            on_note=(lambda note: _ask(page, score, name, note)) if why else None,
        )  # fmt: skip
        if with_views:
            if is_ready:
                playing.controls(score, name)
            else:
                st.space(BUTTON_HEIGHT)
            if why:
                explanation_view.explanation_view(score, why, name=name)
            score_views(
                page.score, heard, preview, key=key, title=title, is_ready=is_ready, pitch_classes=pitch_classes,
                first_bar=page.first_bar,
                certainty=(lambda: _certainty(page, score, why)) if why else None,
            )  # fmt: skip
        if credits is not None:
            if is_ready:
                follow = played if playing.in_files(name) else score
                downloads(workspace, score, credits, name=name, played=follow)
            else:
                st.space(BUTTON_HEIGHT)


def _heard(page: Page, score: Score, played: Score) -> Score:
    """What sounds of a page: as it is ``played``, or as it is written where the mixer leaves nothing of it."""
    heard = page.score if played is score else page.of(played)
    if len(heard.notes):
        return heard
    st.warning("The parts that the mixer leaves have no notes on this page.")
    return page.score


def _marked(
    page: Page, score: Score, marked: Sequence[int], name: str, why: Why | None
) -> Sequence[int]:
    """Numbers on the page of the notes that stand out: those given, else the one that is explained."""
    if marked or why is None or not explanation_view.opened(name):
        return marked
    chosen = explanation_view.chosen(name)
    return [] if chosen is None else np.flatnonzero(page.numbers(score) == chosen).tolist()


def _ask(page: Page, score: Score, name: str, note: int) -> None:
    """Explain a note of the page that was clicked."""
    numbers = page.numbers(score)
    if 0 <= note < len(numbers):
        explanation_view.ask(name, int(numbers[note]))


def _certainty(page: Page, score: Score, why: Why) -> NDArray[np.float64] | None:
    """(N,) how likely the model thought each note of the page, NaN where it was given."""
    explained = why.load()
    if explained is None:
        return None
    return np.exp(-explained.of_notes(score.notes, why.tokens))[page.numbers(score)]


def _page(score: Score, name: str, first_bar: int | None) -> Page:
    """The page of a long score that is turned to."""
    spans = previews.spans(score)
    if len(spans) == 1:
        return Page(score, *spans[0], 1, first_bar=first_bar)
    with st.container(horizontal=True, vertical_alignment="center"):
        number = st.pagination(len(spans), key=f"page.{name}")
        start, end = spans[number - 1]
        lines = bars(score)
        numbers = bar_numbers(lines, first_bar)
        inside = [n for n, bar in zip(numbers, lines, strict=True) if start <= bar.start < end]
        st.caption(f"Bars {inside[0]} to {inside[-1]} of {numbers[-1]}", width="content")
    return Page(clip(score, start, end), start, end, number, is_whole=False, first_bar=inside[0])


@st.cache_resource(max_entries=4, show_spinner="Engraving the score …")  # megabytes each
def _preview(
    home: str, name: str, widths: Sequence[int], how: str, first_bar: int | None, _score: Score, _heard: Score
) -> Preview:  # fmt: skip
    """In memory, for a click anywhere on the page draws everything again. ``how`` tells apart how it is played."""
    return previews.preview(open_workspace(home), _score, widths, _heard, first_bar)


def _likely_width() -> int:
    """Of the widths that scores are set for, the one that fits this device, as far as its browser says what it is."""
    return NARROW if "Mobi" in st.context.headers.get("User-Agent", "") else WIDE
