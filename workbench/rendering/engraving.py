"""Engraving: MusicXML set by verovio as SVG pages, with the time of every note.

Notes keep the ids that the MusicXML gives them (``<note id="n12">`` becomes ``<g id="n12"
class="note">``), which is how a player finds a sounding note on the page. A tied note is several
symbols, each of which has its own share of the time. Times are milliseconds from the start,
at the tempos of the MusicXML; widths are CSS pixels.

A score is engraved *for* a width, never shrunk: on a phone it has fewer bars to a line.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import verovio

from workbench.core.errors import WorkFailed
from workbench.rendering.svg import neutral_svg

WIDE, NARROW = 1000, 360  # CSS pixels: a desktop page, and a phone between its margins
MUSIC_FONT = "Leland"
_RESOURCES = Path(verovio.__file__).parent / "data"
_PAGE_HEIGHT = 1400  # CSS pixels; a longer score is cut into several SVG documents
_FILE_HEIGHT = (
    25_000  # CSS pixels; a file holds all of a score, as far as verovio's longest page goes
)
_STAFF_SCALE = 42  # per cent; a staff is then 30 pixels high
_NARROW_SCALE = 36
verovio.enableLog(verovio.LOG_OFF)  # what matters is said by our own errors
_KEPT_ATTRIBUTES = ["note@pname", "note@oct", "accid@accid", "accid@accid.ges", "measure@n"]
_PAPER = {
    "pageWidth": 2100,
    "pageHeight": 2970,
    "pageMarginLeft": 150,
    "pageMarginRight": 150,
    "pageMarginTop": 320,
    "pageMarginBottom": 220,
    "adjustPageHeight": False,
    "scale": 100,
}
"""A4, in tenths of a millimetre. A staff is then 7 mm high."""
_REPEATED = re.compile(r"-rend\d+$")  # verovio's mark on the second pass of a repeat


class Sounding(NamedTuple):
    """Note symbols that begin and end together. ``on`` and ``off`` in milliseconds."""

    on: int
    off: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Engraving:
    """A score as it is seen. ``notes`` are sorted by time."""

    pages: tuple[str, ...]
    notes: tuple[Sounding, ...]
    seconds: float
    width: int


def engrave(musicxml: str, *, width: int = WIDE, standalone: bool = False) -> Engraving:
    """Set a score for a column of ``width`` CSS pixels; see :func:`engrave_all`."""
    return engrave_all(musicxml, (width,), standalone=standalone)[0]


def engrave_all(
    musicxml: str, widths: Sequence[int], *, standalone: bool = False
) -> tuple[Engraving, ...]:
    """Set a score for columns of several ``widths`` in CSS pixels. It is read once, and laid out for each.

    ``standalone`` pages are files of their own: they carry title, composer and the music font, and only a score of hundreds of bars
    has more than one. Others are made to stand in a page that gives them a heading, and :func:`notation_font` for signs amid words.

    Raises
    ------
    WorkFailed
        Where the MusicXML cannot be read or engraved.
    """
    toolkit = _load(musicxml, _options(widths[0], standalone))
    pages = [_drawn(toolkit, standalone)]
    notes = _soundings(toolkit.renderToTimemap({}))
    for width in widths[1:]:
        toolkit.setOptions(_options(width, standalone))
        toolkit.redoLayout()
        pages.append(_drawn(toolkit, standalone))
    seconds = max((note.off for note in notes), default=0) / 1000
    return tuple(
        Engraving(drawn, notes, seconds, width) for drawn, width in zip(pages, widths, strict=True)
    )


def engrave_sheets(musicxml: str) -> tuple[str, ...]:
    """Set a score for A4 paper, as SVG drawings of whole pages with room for a heading and a foot; raises like :func:`engrave_all`."""
    toolkit = _load(musicxml, _options(WIDE, standalone=False) | _PAPER)
    return _drawn(toolkit, standalone=False)


def _drawn(toolkit: Any, standalone: bool) -> tuple[str, ...]:
    """The pages as they are laid out now."""
    try:
        pages = [
            neutral_svg(toolkit.renderToSVG(page + 1)) for page in range(toolkit.getPageCount())
        ]
    except ElementTree.ParseError as error:
        raise WorkFailed(
            "The score could not be engraved: the drawing came out damaged."
        ) from error
    return tuple(_with_font(page) for page in pages) if standalone else tuple(pages)


def _options(width: int, standalone: bool) -> dict[str, Any]:
    scale = _STAFF_SCALE if width >= 2 * NARROW else _NARROW_SCALE
    heading = "auto" if standalone else "none"
    margin = 50 if standalone else 15  # the page it stands in has margins too
    return {
        **{f"pageMargin{side}": margin for side in ("Left", "Right", "Top", "Bottom")},
        "pageWidth": round(width * 100 / scale),
        "pageHeight": round((_FILE_HEIGHT if standalone else _PAGE_HEIGHT) * 100 / scale),
        "adjustPageHeight": True,
        "scale": scale,
        "font": MUSIC_FONT,
        "header": heading,
        "footer": "none",
        "smuflTextFont": "none",  # we hand the font over once, not with every page
        "svgViewBox": not standalone,
        "svgFormatRaw": True,
        "svgAdditionalAttribute": _KEPT_ATTRIBUTES,
        "xmlIdChecksum": True,  # else ids are random, and the same score never gives the same SVG
    }


def _load(musicxml: str, options: dict[str, Any]) -> Any:
    """A toolkit that holds the score.

    verovio keeps its resource path per thread, and without it engraves blank pages and says nothing: hence a
    toolkit for every call, told where its fonts lie.
    """
    _check(musicxml)
    toolkit = verovio.toolkit(False)
    toolkit.setResourcePath(str(_RESOURCES))
    toolkit.setOptions(options)
    if not toolkit.loadData(musicxml) or toolkit.getPageCount() < 1:
        raise WorkFailed(
            "The score could not be engraved: verovio does not understand its MusicXML."
        )
    return toolkit


def _check(musicxml: str) -> None:
    """verovio accepts text that breaks off and engraves nothing; we say so instead."""
    try:
        root = ElementTree.fromstring(musicxml)
    except ElementTree.ParseError as error:
        raise WorkFailed(
            f"The score could not be engraved: no valid MusicXML ({error})."
        ) from error
    if root.find("part/measure") is None:
        raise WorkFailed("The score could not be engraved: its MusicXML has no bars.")


def _soundings(timemap: list[dict[str, Any]]) -> tuple[Sounding, ...]:
    """Note symbols grouped by the time they sound."""
    started: dict[str, int] = {}
    groups: dict[tuple[int, int], list[str]] = {}
    for moment in timemap:
        now = round(moment["tstamp"])
        for name in moment.get("off", ()):
            groups.setdefault((started.pop(name, now), now), []).append(_REPEATED.sub("", name))
        started.update(dict.fromkeys(moment.get("on", ()), now))
    return tuple(Sounding(*times, tuple(groups[times])) for times in sorted(groups))


@cache
def notation_font() -> bytes:
    """The music font as WOFF2, for the notes of a metronome mark and other signs amid words."""
    sheet = (_RESOURCES / f"{MUSIC_FONT}.css").read_text(encoding="ascii")
    encoded = re.search(r"base64,([A-Za-z0-9+/=]+)", sheet)
    if encoded is None:
        raise WorkFailed(f"The installed verovio has no font {MUSIC_FONT}; install it again.")
    return base64.b64decode(encoded[1])


@cache
def glyph(sign: str) -> tuple[str, float]:
    """A sign of the music font: its outline, the ``d`` of a path where y grows upwards, and its advance; 1,000 to the em."""
    code = f"{ord(sign):04X}"
    drawn = ElementTree.parse(_RESOURCES / MUSIC_FONT / f"{code}.xml").find("path")
    table = ElementTree.parse(_RESOURCES / f"{MUSIC_FONT}.xml")
    entry = next(each for each in table.iter("g") if each.get("c") == code)
    return "" if drawn is None else drawn.get("d", ""), float(entry.get("h-a-x", 0))


def _with_font(page: str) -> str:
    """The SVG document with the music font inside, where it says anything in it."""
    if f'font-family="{MUSIC_FONT}"' not in page:
        return page
    data = base64.b64encode(notation_font()).decode("ascii")
    face = f"@font-face{{font-family:{MUSIC_FONT};src:url(data:font/woff2;base64,{data})}}"
    return page.replace("</svg>", f"<style>{face}</style></svg>", 1)
