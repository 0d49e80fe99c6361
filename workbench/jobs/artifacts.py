"""What a score becomes: engraving, sound, files. Made once, kept under ``data/cache`` by content.

The name of a cached file is a digest of all that it depends on, so nothing is ever out of date, and the whole
folder may be deleted at any time. Here formats and rendering, which do not know each other, meet.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench import __version__, formats
from workbench.core.packing import pack
from workbench.core.score import Score, bars, clip
from workbench.rendering.engraving import NARROW, WIDE, Engraving, Sounding, engrave, engrave_all
from workbench.rendering.sound import AUDIO_FORMATS, encode_audio, synthesize
from workbench.workspace import Workspace

AUDIO_SUFFIXES = tuple(f".{kind}" for kind in AUDIO_FORMATS)
_THUMBNAIL_BARS, _THUMBNAIL_WIDTH = 3, 640  # CSS pixels
WIDTHS = (WIDE, NARROW)
PLAYER_SUFFIX = ".flac"  # exact, small, and ten times faster to write than MP3


@dataclass(frozen=True)
class Preview:
    """What is seen and heard of a score at once. ``sound`` is the content of a FLAC file."""

    engravings: tuple[Engraving, ...]
    sound: bytes


def preview(workspace: Workspace, score: Score, widths: Sequence[int] = WIDTHS) -> Preview:
    """The score set for columns of ``widths`` in CSS pixels, and its sound, made beside it."""
    with ThreadPoolExecutor(1) as beside:
        sound = beside.submit(file, workspace, score, PLAYER_SUFFIX)
        return Preview(_engravings(workspace, score, widths), sound.result())


def _engravings(workspace: Workspace, score: Score, widths: Sequence[int]) -> tuple[Engraving, ...]:
    """One for each width; those that are missing are made from one reading."""
    paths = {width: _path(workspace, score, f"engraving-{width}.json") for width in widths}
    kept = {width: path.read_bytes() for width, path in paths.items() if path.exists()}
    missing = [width for width in widths if width not in kept]
    if missing:
        shown = _nameless(score) if len(score.parts) == 1 else score
        musicxml = formats.encode(shown, ".musicxml").decode()
        for made in engrave_all(musicxml, missing):
            kept[made.width] = json.dumps(vars(made)).encode()
            _write_whole(paths[made.width], kept[made.width])
    return tuple(_engraving(json.loads(kept[width])) for width in widths)


def _engraving(data: dict[str, Any]) -> Engraving:
    notes = tuple(Sounding(on, off, tuple(ids)) for on, off, ids in data.pop("notes"))
    return Engraving(pages=tuple(data.pop("pages")), notes=notes, **data)


def suffixes() -> list[str]:
    """Of the files that :func:`file` makes: scores, sound and the engraving."""
    return [*formats.suffixes(), *AUDIO_SUFFIXES, ".svg"]


def file(
    workspace: Workspace, score: Score, suffix: str, *, title: str = "", composer: str = ""
) -> bytes:
    """The content of a file of the score: ``suffix`` is one of :func:`suffixes`.

    An SVG holds the first page. Raises ``CannotEncode`` where a format has no way to say the score.
    """
    if suffix in formats.suffixes():
        return formats.encode(score, suffix, title=title, composer=composer)
    if suffix == ".svg":
        musicxml = formats.encode(score, ".musicxml", title=title, composer=composer).decode()
        return engrave(musicxml, standalone=True).pages[0].encode()

    def make() -> bytes:
        samples, rate = synthesize(formats.encode(score, ".mid"))
        return encode_audio(samples, rate, suffix.lstrip("."))

    return _cached(workspace, score, f"sound{suffix}", make)


def thumbnail(workspace: Workspace, score: Score) -> str:
    """The first bars as one small SVG drawing, to stand in a page."""

    def make() -> bytes:
        opening = clip(score, 0, bars(score)[:_THUMBNAIL_BARS][-1].end)
        musicxml = formats.encode(_nameless(opening), ".musicxml").decode()
        return engrave(musicxml, width=_THUMBNAIL_WIDTH).pages[0].encode()

    return _cached(workspace, score, "thumbnail.svg", make).decode()


def _nameless(score: Score) -> Score:
    """Without names before the staves, where they would only say that a melody is one."""
    return replace(score, parts=tuple(replace(part, name="") for part in score.parts))


def _cached(workspace: Workspace, score: Score, kind: str, make: Callable[[], bytes]) -> bytes:
    path = _path(workspace, score, kind)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        data = make()
    _write_whole(path, data)
    return data


def _path(workspace: Workspace, score: Score, kind: str) -> Path:
    digest = hashlib.sha256(f"{__version__} {kind} ".encode() + pack(score)).hexdigest()
    return workspace.cache / f"{digest[:32]}-{kind}"


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file completely or not at all; two processes may write the same one at once."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_bytes(data)
    partial.replace(path)
