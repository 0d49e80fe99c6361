"""Music on a page: the score that plays, its piano roll and waveform, and the files of it.

``name`` tells one piece of music from all others (a piece's or a composition's id), so that what was engraved
once is not engraved again, and the sound plays on while the page is run anew.
"""

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.core.score import Score, bars
from workbench.rendering.piano_roll import piano_roll
from workbench.rendering.waveform import waveform
from workbench.services import previews
from workbench.services.previews import NARROW, WIDE, WIDTHS, Preview
from workbench.ui import charts, frame
from workbench.ui.media import can_serve
from workbench.ui.pitch_wheel import pitch_wheel
from workbench.ui.score_player import score_player
from workbench.ui.state import session
from workbench.ui.words import plain
from workbench.workspace import Workspace, open_workspace

_SOUND = (".wav", ".mp3")
PLACE = "music"
BUTTON_HEIGHT = 40  # pixels


@st.fragment
def music(
    workspace: Workspace,
    score: Score,
    *,
    name: str,
    title: str,
    key: str = "",
    composer: str | None = None,
    pitch_classes: Sequence[float] = (),
) -> None:
    """The score with its player, and below it the piano roll, the waveform, and the pitch classes where they are given.

    ``key`` names the place on the page, where other music may follow in the same player; it is the ``name`` where nothing does.
    Where the composer is given, if only as an empty text, the music can be downloaded.

    What is needed first comes first: the engraving for this kind of device and the sound. The engraving for other
    widths, the files, and the charts, which keep a browser busy for as long as all else, come when the sound has arrived.
    """
    key = key or name
    with frame.errors():
        shown, number = _page(score, name)
        arrived = session().notes(PLACE)  # by name, the page whose sound the browser has
        is_ready = arrived.get(name) == number or not can_serve()
        widths = WIDTHS if is_ready else (_likely_width(),)
        preview = _preview(str(workspace.home), f"{name}.{number}", widths, shown)
        score_player(
            *preview.engravings, audio=preview.sound, key=f"player.{key}", label=title,
            on_ready=lambda: arrived.update({name: number}),
        )  # fmt: skip
        views: dict[str, Callable[[], go.Figure]] = {
            "Piano roll": lambda: piano_roll(shown),
            "Waveform": lambda: waveform(*previews.samples(preview)),
        }
        if any(pitch_classes):
            views["Pitch classes"] = lambda: pitch_wheel(pitch_classes)
        tabs = st.tabs(list(views), key=f"views.{key}", on_change="rerun")
        for tab, (view, draw) in zip(tabs, views.items(), strict=True):
            if tab.open:
                with tab:
                    _chart(draw(), is_ready, key=f"{view}.{key}", alt=f"{view} of {title}")
        if composer is not None:
            if is_ready:
                _downloads(workspace, score, name=name, title=title, composer=composer)
            else:
                st.space(BUTTON_HEIGHT)


def _chart(figure: go.Figure, is_ready: bool, *, key: str, alt: str) -> None:
    """A figure, or the place for it."""
    if is_ready:
        charts.show(figure, key=key, alt=alt)
    else:
        st.space(figure.layout.height)


def _downloads(workspace: Workspace, score: Score, *, name: str, title: str, composer: str) -> None:
    """One button a file format. Sound is made when it is asked for."""

    def make(suffix: str) -> Callable[[], bytes]:
        return lambda: previews.file(workspace, score, suffix, title=title, composer=composer)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Download", width="content")
        for label, (suffix, mime) in previews.downloads().items():
            data: bytes | Callable[[], bytes] | None = make(suffix)
            reason = None
            if suffix not in _SOUND:  # quickly made, and some music a format has no way to say
                data, reason = _encoded(f"{name}.{title}.{composer}{suffix}", make(suffix))
            st.download_button(
                label,
                data or b"",
                file_name=f"{_file_name(title)}{suffix}",
                mime=mime,
                key=f"download.{name}{suffix}",
                on_click="ignore",
                disabled=data is None,
                help=reason,
            )


def _page(score: Score, name: str) -> tuple[Score, int]:
    """The page of a long score that is turned to, and its number from 1."""
    pages = previews.pages(score)
    if len(pages) == 1:
        return score, 1
    with st.container(horizontal=True, vertical_alignment="center"):
        number = st.pagination(len(pages), key=f"page.{name}")
        first = 1 + sum(len(bars(page)) for page in pages[: number - 1])
        last = first + len(bars(pages[number - 1])) - 1
        st.caption(f"Bars {first} to {last} of {len(bars(score))}", width="content")
    return pages[number - 1], number


@st.cache_resource(max_entries=4, show_spinner="Engraving the score …")  # megabytes each
def _preview(home: str, name: str, widths: Sequence[int], _score: Score) -> Preview:
    """In memory, for a click anywhere on the page draws everything again."""
    return previews.preview(open_workspace(home), _score, widths)


def _likely_width() -> int:
    """Of the widths that scores are set for, the one that fits this device, as far as its browser says what it is."""
    return NARROW if "Mobi" in st.context.headers.get("User-Agent", "") else WIDE


@st.cache_resource(max_entries=128, show_spinner=False)
def _encoded(name: str, _make: Callable[[], bytes]) -> tuple[bytes | None, str | None]:
    try:
        return _make(), None
    except WorkbenchError as error:
        return None, plain(str(error))


def _file_name(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in " -" else "_" for sign in title)
    return kept.strip()[:60] or "music"
