"""What a score becomes: engraving, sound, files. Made once, kept under ``data/cache`` by content.

The name of a cached file is a digest of all that it depends on, so nothing is ever out of date, and the whole
folder may be deleted at any time. Here formats and rendering, which do not know each other, meet.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import __version__, formats
from workbench.core.files import write_whole
from workbench.core.packing import pack
from workbench.core.provenance import Credits
from workbench.core.score import Score, Tempo, bars, clip
from workbench.formats.musicxml import encode as encode_musicxml
from workbench.formats.musicxml.writer import DEFAULT_TEMPO
from workbench.rendering import watermark
from workbench.rendering.engraving import (
    NARROW,
    WIDE,
    Engraving,
    Sounding,
    engrave,
    engrave_all,
    engrave_sheets,
)
from workbench.rendering.mastering import mastered
from workbench.rendering.pdf import pdf
from workbench.rendering.share_page import MOST_SOUND_BYTES, share_page
from workbench.rendering.sound import (
    AUDIO_FORMATS,
    MP3_KILOBITS,
    SAMPLE_RATE,
    Quality,
    encode_audio,
    resampled,
    synthesize,
)
from workbench.rendering.svg import described, stacked
from workbench.rendering.timing import Pulse, pulse, retimed
from workbench.workspace import Workspace

AUDIO_SUFFIXES = tuple(f".{kind}" for kind in AUDIO_FORMATS)
_THUMBNAIL_BARS, _THUMBNAIL_WIDTH = 3, 640  # CSS pixels
WIDTHS = (WIDE, NARROW)
DRAWN_SUFFIXES = (".svg", ".pdf", ".html")
NOBODY, CD = Credits(), Quality()
PLAYER_SUFFIX = ".flac"  # exact, small, and ten times faster to write than MP3


@dataclass(frozen=True)
class Preview:
    """What is seen and heard of a score at once. ``sound`` is the content of a FLAC file."""

    engravings: tuple[Engraving, ...]
    bars: Pulse
    sound: bytes


def preview(
    workspace: Workspace, score: Score, widths: Sequence[int] = WIDTHS, heard: Score | None = None,
    first_bar: int | None = None,
) -> Preview:  # fmt: skip
    """The score set for columns of ``widths`` in CSS pixels, and its sound, made beside it.

    ``heard`` is the score as it is played, where that is otherwise than written: other tempos, velocities and
    instruments, or some of the parts. What is seen stays, with the times of what is heard. Of a part of a piece, ``first_bar``
    is the number that its first bar has there.
    """
    heard = heard or score
    timed = replace(score, tempos=heard.tempos)
    with ThreadPoolExecutor(1) as beside:
        sound = beside.submit(file, workspace, heard, PLAYER_SUFFIX)
        engravings = tuple(
            retimed(each, score, timed) for each in _engravings(workspace, score, widths, first_bar)
        )
        return Preview(engravings, pulse(timed, first_bar), sound.result())


def _engravings(
    workspace: Workspace, score: Score, widths: Sequence[int], first_bar: int | None = None
) -> tuple[Engraving, ...]:
    """One for each width; those that are missing are made from one reading."""
    later = f"-from-{first_bar}" if first_bar is not None else ""
    paths = {width: _path(workspace, score, f"engraving-{width}{later}.json") for width in widths}
    kept = {width: path.read_bytes() for width, path in paths.items() if path.exists()}
    missing = [width for width in widths if width not in kept]
    if missing:
        text = encode_musicxml(_shown(score), first_bar=first_bar)
        for made in engrave_all(text, missing):
            kept[made.width] = json.dumps(vars(made)).encode()
            write_whole(paths[made.width], kept[made.width])
    return tuple(_engraving(json.loads(kept[width])) for width in widths)


def _engraving(data: dict[str, Any]) -> Engraving:
    notes = tuple(Sounding(on, off, tuple(ids)) for on, off, ids in data.pop("notes"))
    return Engraving(pages=tuple(data.pop("pages")), notes=notes, **data)


def suffixes() -> list[str]:
    """Of the files that :func:`file` makes: scores, sound, engravings and the share page."""
    return [*formats.suffixes(), *AUDIO_SUFFIXES, *DRAWN_SUFFIXES]


def file(
    workspace: Workspace, score: Score, suffix: str, credits: Credits = NOBODY, quality: Quality = CD
) -> bytes:  # fmt: skip
    """The content of a file of the score: ``suffix`` is one of :func:`suffixes`.

    Sound is as loud as all other, and carries an inaudible mark where the credits say that a
    model made the piece. Raises ``CannotEncode`` where a format has no way to say the score.
    """
    if suffix in formats.suffixes():
        return _encoded(score, suffix, credits)

    def make() -> bytes:
        if suffix == ".svg":
            musicxml = _encoded(score, ".musicxml", credits).decode()
            drawing = stacked(engrave(musicxml, standalone=True).pages)
            return described(drawing, credits.statement).encode()
        if suffix == ".pdf":
            return pdf(engrave_sheets(_encoded(_shown(score), ".musicxml").decode()), credits)
        if suffix == ".html":
            return _share_page(workspace, score, credits)
        return _sound(score, suffix, credits, quality)

    return _cached(workspace, score, _kind(suffix, credits, quality), make)


def is_made(
    workspace: Workspace, score: Score, suffix: str, credits: Credits = NOBODY, quality: Quality = CD
) -> bool:  # fmt: skip
    """Whether :func:`file` would be there at once: it was made before, or is text that takes no time."""
    quick = suffix in formats.suffixes()
    return quick or _path(workspace, score, _kind(suffix, credits, quality)).exists()


def _kind(suffix: str, credits: Credits, quality: Quality) -> str:
    """What the cached file of a score is called by, besides the score."""
    kind = f"{quality.rate}-{quality.bits}{suffix}" if suffix in AUDIO_SUFFIXES else suffix
    words = json.dumps(vars(credits)) if credits != NOBODY else ""
    return f"file-{hashlib.sha256(words.encode()).hexdigest()[:16]}-{kind}"


def _encoded(score: Score, suffix: str, credits: Credits = NOBODY) -> bytes:
    return formats.encode(
        score, suffix, title=credits.title, composer=credits.composer, statement=credits.statement
    )


def _samples(score: Score, *, is_marked: bool) -> NDArray[np.float32]:
    """What is heard, at ``SAMPLE_RATE``."""
    samples, rate = synthesize(formats.encode(score, ".mid"))
    samples = mastered(samples, rate)
    return watermark.mark(samples) if is_marked else samples


def _sound(score: Score, suffix: str, credits: Credits, quality: Quality) -> bytes:
    samples = _samples(score, is_marked=bool(credits.statement))
    samples = resampled(samples, SAMPLE_RATE, quality.rate)
    kind = suffix.lstrip(".")
    return encode_audio(samples, quality.rate, kind, bits=quality.bits, tags=_tags(credits))


def _tags(credits: Credits) -> dict[str, str]:
    """What a sound file says of itself; nothing where nothing is known."""
    if credits == NOBODY:
        return {}
    tags = {"title": credits.title, "artist": credits.composer, "comment": credits.statement}
    return {name: text for name, text in tags.items() if text} | {"software": "Music workbench"}


def _share_page(workspace: Workspace, score: Score, credits: Credits) -> bytes:
    """With the sound in so many bits a second as its length allows."""
    samples = _samples(score, is_marked=bool(credits.statement))
    most = MOST_SOUND_BYTES * 8 / 1000 / (samples.shape[1] / SAMPLE_RATE)
    kilobits = max((each for each in MP3_KILOBITS if each <= most), default=min(MP3_KILOBITS))
    mp3 = encode_audio(samples, SAMPLE_RATE, "mp3", kilobits=kilobits, tags=_tags(credits))
    return share_page(_engravings(workspace, score, WIDTHS), pulse(score), mp3, credits)


def thumbnail(workspace: Workspace, score: Score) -> str:
    """The first bars as one small SVG drawing, to stand in a page; without a tempo, whose note is of a font that pictures have not."""

    def make() -> bytes:
        opening = clip(score, 0, bars(score)[:_THUMBNAIL_BARS][-1].end)
        opening = replace(opening, tempos=(Tempo(0, DEFAULT_TEMPO),))
        musicxml = formats.encode(_nameless(opening), ".musicxml").decode()
        return engrave(musicxml, width=_THUMBNAIL_WIDTH).pages[0].encode()

    return _cached(workspace, score, "opening.svg", make).decode()


def _shown(score: Score) -> Score:
    """As it is set: a single part needs no name."""
    return _nameless(score) if len(score.parts) == 1 else score


def _nameless(score: Score) -> Score:
    """Without names before the staves, where they would only say that a melody is one."""
    return replace(score, parts=tuple(replace(part, name="") for part in score.parts))


def _cached(workspace: Workspace, score: Score, kind: str, make: Callable[[], bytes]) -> bytes:
    path = _path(workspace, score, kind)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        data = make()
    write_whole(path, data)
    return data


def _path(workspace: Workspace, score: Score, kind: str) -> Path:
    digest = hashlib.sha256(f"{__version__} {kind} ".encode() + pack(score)).hexdigest()
    return workspace.cache / f"{digest[:32]}-{kind}"
