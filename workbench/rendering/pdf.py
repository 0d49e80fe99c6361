"""A score as a PDF file: A4 pages of real drawing, with a heading, page numbers and a foot.

The engraver's SVG is walked through and drawn anew with reportlab. Only what an engraving holds is known here:
paths, the glyphs of the music font, beams, dots and words. Text is set in Times, which every reader of PDF has; what Times
cannot say is set in DejaVu Serif (``fonts/``), which is embedded, and signs of the music font amid words are
drawn. The same score gives the same bytes.

Lengths are points (1/72 inch), but for the drawing's own units.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from workbench.core.provenance import Credits
from workbench.rendering.engraving import glyph
from workbench.rendering.svg_paths import steps

WIDTH, HEIGHT = A4
_MARGIN = 15 * mm
_SERIF = Path(__file__).parent / "fonts" / "DejaVuSerif.ttf"
_TITLE, _NAME, _SMALL = 20, 11, 8
_FACES = {
    (False, False): "Times-Roman", (True, False): "Times-Bold",
    (False, True): "Times-Italic", (True, True): "Times-BoldItalic",
}  # fmt: skip
_MATRIX = re.compile(r"(\w+)\(([^)]*)\)")


def pdf(sheets: Sequence[str], credits: Credits) -> bytes:
    """The file of a score: ``sheets`` are SVG drawings of whole A4 pages, see :func:`engraving.engrave_sheets`."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(credits.title or "Untitled")
    canvas.setAuthor(credits.composer)
    canvas.setSubject(credits.statement)
    canvas.setCreator("Music workbench")
    for number, sheet in enumerate(sheets, start=1):
        _heading(canvas, credits, is_first=number == 1)
        _foot(canvas, credits.statement, number, len(sheets))
        canvas.saveState()
        canvas.transform(1, 0, 0, -1, 0, HEIGHT)
        _Drawing(canvas).draw(ElementTree.fromstring(sheet))
        canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _heading(canvas: Canvas, credits: Credits, *, is_first: bool) -> None:
    room = WIDTH - 2 * _MARGIN
    if is_first:
        _words(canvas, credits.title, _TITLE, WIDTH / 2, HEIGHT - 20 * mm, 0.5, room)
        _words(canvas, credits.composer, _NAME, WIDTH - _MARGIN, HEIGHT - 27 * mm, 1.0, room)
    else:
        _words(canvas, credits.title, _SMALL, WIDTH / 2, HEIGHT - 12 * mm, 0.5, room)


def _foot(canvas: Canvas, statement: str, number: int, of: int) -> None:
    room = WIDTH - 2 * _MARGIN
    _words(canvas, statement, _SMALL, WIDTH / 2, 10 * mm, 0.5, room)
    if of > 1:
        _words(canvas, f"{number} / {of}", _SMALL, WIDTH - _MARGIN, 15 * mm, 1.0, room)


def _words(
    canvas: Canvas, text: str, size: float, x: float, y: float, share: float, room: float
) -> None:
    """A line of text with so large a share of it left of ``x``; smaller where it would not fit the room."""
    run = Run(" ".join(text.split())[:300], size)
    size *= min(1.0, room / max(run.width, 1.0))
    run = replace(run, size=size)
    run.draw(canvas, x - share * run.width, y)


@dataclass(frozen=True)
class Run:
    """Text in one size and face."""

    text: str
    size: float
    bold: bool = False
    italic: bool = False

    @property
    def font(self) -> str:
        """Times, as far as it goes."""
        try:
            self.text.encode("cp1252")
        except UnicodeEncodeError:
            return _serif()
        return _FACES[self.bold, self.italic]

    @property
    def width(self) -> float:
        """Of all of it, in the unit of ``size``."""
        if signs := self._signs():
            return sum(advance for _, advance in signs) * self.size / 1000
        return pdfmetrics.stringWidth(self.text, self.font, self.size)

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """From ``x`` on, its baseline at ``y``, upright where y grows upwards."""
        if not (signs := self._signs()):
            canvas.setFont(self.font, self.size)
            canvas.drawString(x, y, self.text)
            return
        for d, advance in signs:
            canvas.saveState()
            scale = self.size / 1000
            canvas.transform(scale, 0, 0, scale, x, y)
            _fill(canvas, d)
            canvas.restoreState()
            x += advance * scale

    def _signs(self) -> list[tuple[str, float]]:
        """Outline and advance of each sign of the music font; none where it is a text of letters."""
        if not self.text or not all("\ue000" <= sign <= "\uf8ff" for sign in self.text):
            return []
        return [glyph(sign) for sign in self.text]


@cache
def _serif() -> str:
    pdfmetrics.registerFont(TTFont("DejaVuSerif", str(_SERIF)))
    return "DejaVuSerif"


def _fill(canvas: Canvas, d: str, *, stroked: bool = False, filled: bool = True) -> None:
    path = canvas.beginPath()
    draw = {"M": path.moveTo, "L": path.lineTo, "C": path.curveTo, "Z": path.close}
    for name, numbers in steps(d):
        draw[name](*numbers)
    canvas.drawPath(path, stroke=int(stroked), fill=int(filled))


class _Drawing:
    """Draws the elements of an SVG where y grows downwards."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.glyphs: dict[str, ElementTree.Element] = {}

    def draw(self, element: ElementTree.Element, *, bold: bool = False, italic: bool = False) -> None:  # fmt: skip
        """An element with all that is in it."""
        name = element.tag.rpartition("}")[2]
        if name == "defs":
            self.glyphs |= {each.get("id", ""): each for each in element}
            return
        bold = bold or element.get("font-weight") == "bold"
        italic = italic or element.get("font-style") == "italic"
        self.canvas.saveState()
        self._place(element, name)
        if name == "text":
            self._text(element, bold, italic)
        elif name == "use":
            for child in self.glyphs[element.get("href", "")[1:]]:
                self.draw(child)
        else:
            self._shape(element, name)
            for child in element:
                self.draw(child, bold=bold, italic=italic)
        self.canvas.restoreState()

    def _place(self, element: ElementTree.Element, name: str) -> None:
        if name == "svg":  # the page, and within it the drawing, each as wide as the paper
            width = float(element.get("viewBox", "0 0 2100 2970").split()[2])
            self.canvas.scale(self._paper / width, self._paper / width)
            self._paper = width
        for kind, text in _MATRIX.findall(element.get("transform", "")):
            numbers = [float(each) for each in re.split(r"[\s,]+", text.strip())]
            if kind == "translate":
                self.canvas.translate(numbers[0], numbers[1] if len(numbers) > 1 else 0)
            elif kind == "scale":
                self.canvas.scale(numbers[0], numbers[-1])
            elif kind == "rotate":
                self.canvas.translate(*(numbers[1:] or (0, 0)))
                self.canvas.rotate(numbers[0])
                self.canvas.translate(*(-each for each in numbers[1:] or (0, 0)))

    _paper = WIDTH

    def _shape(self, element: ElementTree.Element, name: str) -> None:
        width = element.get("stroke-width")
        look = {"stroked": width is not None, "filled": element.get("fill") != "none"}
        if width is not None:
            self.canvas.setLineWidth(float(width))
            self.canvas.setLineCap(1 if element.get("stroke-linecap") == "round" else 0)
        if name == "path":
            _fill(self.canvas, element.get("d", ""), **look)
        elif name in ("polygon", "polyline"):
            d = "M" + element.get("points", "") + ("Z" if name == "polygon" else "")
            _fill(self.canvas, d, **look)
        elif name == "rect":
            x, y, w, h = (float(element.get(each, 0)) for each in ("x", "y", "width", "height"))
            self.canvas.rect(x, y, w, h, stroke=int(look["stroked"]), fill=int(look["filled"]))
        elif name in ("ellipse", "circle"):
            x, y = float(element.get("cx", 0)), float(element.get("cy", 0))
            rx = float(element.get("rx") or element.get("r") or 0)
            ry = float(element.get("ry") or element.get("r") or 0)
            self.canvas.ellipse(x - rx, y - ry, x + rx, y + ry, stroke=0, fill=1)

    def _text(self, element: ElementTree.Element, bold: bool, italic: bool) -> None:
        runs = list(_runs(element, Run("", 0, bold, italic)))
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        share = {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor", ""), 0.0)
        self.canvas.transform(1, 0, 0, -1, x, y)
        x = -share * sum(run.width for run in runs)
        for run in runs:
            run.draw(self.canvas, x, 0)
            x += run.width


def _runs(element: ElementTree.Element, within: Run) -> Iterator[Run]:
    """The text of an element and its parts, each in its own size and face."""
    size = element.get("font-size")
    here = replace(
        within,
        size=float(size.removesuffix("px")) if size else within.size,
        bold=within.bold or element.get("font-weight") == "bold",
        italic=within.italic or element.get("font-style") == "italic",
    )
    if element.text and here.size:
        yield replace(here, text=element.text)
    for child in element:
        yield from _runs(child, here)
        if child.tail and here.size:
            yield replace(here, text=child.tail)
