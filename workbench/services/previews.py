"""A score to look at and to hear: engraving, sound, piano roll, waveform, files."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.core.bar_numbers import bar_numbers
from workbench.core.provenance import Credits
from workbench.core.score import Score, bars
from workbench.formats import FORMATS
from workbench.jobs import artifacts
from workbench.jobs.artifacts import CD, NARROW, NOBODY, WIDE, WIDTHS, Preview
from workbench.rendering.sound import AUDIO_FORMATS, BITS, RATES, Quality
from workbench.workspace import Workspace

BARS_A_PAGE = 32
"""A long score is shown this many bars at a time, so that a page is there within a second."""

DRAWN = {
    "PDF": (".pdf", "application/pdf"),
    "SVG": (".svg", "image/svg+xml"),
    "Share page": (".html", "text/html"),
}

__all__ = ["BITS", "CD", "NARROW", "NOBODY", "RATES", "WIDE", "WIDTHS", "Preview", "Quality"]


def spans(score: Score) -> list[tuple[int, int]]:
    """Where the pages of a score begin and end, in ticks: ``BARS_A_PAGE`` bars each, or a short one as it is."""
    lines = bars(score)
    if len(lines) <= BARS_A_PAGE + BARS_A_PAGE // 4:  # no page of only a few bars
        return [(0, lines[-1].end)]
    numbers = bar_numbers(lines)
    turns = range(BARS_A_PAGE, len(lines), BARS_A_PAGE)
    firsts = [turn - (numbers[turn] == numbers[turn - 1]) for turn in turns]  # no bar is torn
    starts = [0, *(lines[first].start for first in firsts)]
    return list(zip(starts, [*starts[1:], lines[-1].end], strict=True))


def preview(
    workspace: Workspace, score: Score, widths: Sequence[int] = WIDTHS, heard: Score | None = None,
    first_bar: int | None = None,
) -> Preview:  # fmt: skip
    """Engravings and sound of a score that is short enough to show at once; ``heard`` is how it is played, ``first_bar`` the number
    that its first bar has in a longer one.
    """
    return artifacts.preview(workspace, score, widths, heard, first_bar)


def thumbnail(workspace: Workspace, score: Score) -> str:
    """The first bars as one small SVG drawing."""
    return artifacts.thumbnail(workspace, score)


def samples(preview: Preview) -> tuple[NDArray[np.float32], int]:
    """The sound of a preview: samples (channels, samples), full scale ±1, and their rate in Hz."""
    frames, rate = soundfile.read(io.BytesIO(preview.sound), dtype="float32", always_2d=True)
    return frames.T, rate


def suffixes() -> list[str]:
    """Of the files that a score can be written to."""
    return artifacts.suffixes()


def downloads() -> dict[str, tuple[str, str]]:
    """What a page offers of a score: suffix and media type, by the name that a person knows."""
    written = {part.title: (part.suffixes[0], part.mime) for part in FORMATS if part.mime}
    heard = {kind.upper(): (f".{kind}", mime) for kind, (_, _, mime) in AUDIO_FORMATS.items()}
    return DRAWN | written | heard


def file(
    workspace: Workspace, score: Score, suffix: str, credits: Credits = NOBODY, quality: Quality = CD
) -> bytes:  # fmt: skip
    """The content of a file of the score; ``suffix`` is one of :func:`suffixes`."""
    return artifacts.file(workspace, score, suffix, credits, quality)
