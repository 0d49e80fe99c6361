"""The files of a piece of music: the usual ones at a click, the others and their settings one click further."""

from collections.abc import Callable

import streamlit as st

from workbench.core.errors import WorkbenchError
from workbench.core.provenance import BY_HAND, Credits
from workbench.core.score import Score
from workbench.services import files, previews
from workbench.services.previews import BITS, CD, RATES, Quality
from workbench.ui.words import plain
from workbench.workspace import Workspace

USUAL = ("PDF", "MIDI", "MusicXML", "MP3", "Share page")
_CHOSEN = ("WAV", "FLAC")  # of which a person chooses rate and bits
PLAYED = (".mid", ".wav", ".flac", ".mp3", ".ogg")
_QUICK = (".mid", ".musicxml", ".abc")  # made with the page, for some music they have no way to say


def downloads(
    workspace: Workspace, score: Score, credits: Credits, *, name: str, played: Score | None = None
) -> None:
    """One button a format. What takes longer than a moment is made when it is asked for, by the composer.

    MIDI and sound are of ``played`` where it is given: the score as it is performed.
    """
    kinds = previews.downloads()

    def button(label: str, quality: Quality = CD) -> None:
        suffix = kinds[label][0]
        shown = played if played is not None and suffix in PLAYED else score
        _button(workspace, shown, credits, label, *kinds[label], name=name, quality=quality)

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Download", width="content")
        for label in USUAL:
            button(label)
        with st.popover("More", icon=":material/tune:"):
            with st.container(horizontal=True, gap="small"):
                for label in kinds:
                    if label not in USUAL + _CHOSEN:
                        button(label)
            quality = _quality(name)
            with st.container(horizontal=True, gap="small"):
                for label in _CHOSEN:
                    button(label, quality)
    if credits.statement:
        edited = ", and that a person edited it" if BY_HAND in credits.statement else ""
        st.caption(
            f"Every file says that a model made the piece{edited}; sound carries a mark too faint to be noticed. The Check page finds both, in any of these files."
        )


def _quality(name: str) -> Quality:
    rate = st.segmented_control(
        "Samples per second", RATES, default=CD.rate, format_func=lambda each: f"{each / 1000:g} kHz",
        key=f"rate.{name}", required=True,
    )  # fmt: skip
    bits = st.segmented_control(
        "Bits per sample", BITS, default=CD.bits, format_func=lambda each: f"{each} bit",
        key=f"bits.{name}", required=True,
    )  # fmt: skip
    return Quality(rate or CD.rate, bits or CD.bits)


def _button(
    workspace: Workspace, score: Score, credits: Credits, label: str, suffix: str, mime: str, *,
    name: str, quality: Quality,
) -> None:  # fmt: skip
    def make() -> bytes:
        return files.made(workspace, score, suffix, credits, quality)

    data: bytes | Callable[[], bytes] | None = make
    reason = None
    if suffix in _QUICK:
        data, reason = _encoded(
            f"{name}.{hash(score)}.{score.tempos}.{score.parts}.{credits}{suffix}", make
        )
    st.download_button(
        label,
        data or b"",
        file_name=f"{_file_name(credits.title)}{suffix}",
        mime=mime,
        key=f"download.{name}{suffix}",
        on_click="ignore",
        disabled=data is None,
        help=reason,
    )


@st.cache_resource(max_entries=128, show_spinner=False)
def _encoded(name: str, _make: Callable[[], bytes]) -> tuple[bytes | None, str | None]:
    try:
        return _make(), None
    except WorkbenchError as error:
        return None, plain(str(error))


def _file_name(title: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in " -" else "_" for sign in title)
    return kept.strip()[:60] or "music"
