"""A score to look at and to hear: engraving, sound, piano roll, waveform, files."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile
from numpy.typing import NDArray

from workbench.core.score import Score, bars, clip
from workbench.formats import FORMATS
from workbench.jobs import artifacts
from workbench.jobs.artifacts import NARROW, WIDE, WIDTHS, Preview
from workbench.workspace import Workspace

BARS_A_PAGE = 32
"""A long score is shown this many bars at a time, so that a page is there within a second."""

__all__ = ["NARROW", "WIDE", "WIDTHS", "Preview"]


def pages(score: Score) -> list[Score]:
    """A long score in pieces of ``BARS_A_PAGE`` bars; a short one as it is."""
    lines = bars(score)
    if len(lines) <= BARS_A_PAGE + BARS_A_PAGE // 4:  # no page of only a few bars
        return [score]
    starts = [bar.start for bar in lines[::BARS_A_PAGE]]
    ends = [*starts[1:], lines[-1].end]
    return [clip(score, start, end) for start, end in zip(starts, ends, strict=True)]


def preview(workspace: Workspace, score: Score, widths: Sequence[int] = WIDTHS) -> Preview:
    """Engravings and sound of a score that is short enough to show at once."""
    return artifacts.preview(workspace, score, widths)


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
    return written | {"WAV": (".wav", "audio/wav"), "MP3": (".mp3", "audio/mpeg")}


def file(
    workspace: Workspace, score: Score, suffix: str, *, title: str = "", composer: str = ""
) -> bytes:
    """The content of a file of the score; ``suffix`` is one of :func:`suffixes`."""
    return artifacts.file(workspace, score, suffix, title=title, composer=composer)
