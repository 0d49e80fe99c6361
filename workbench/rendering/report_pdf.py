"""A report of headings, paragraphs, tables and pictures as a PDF file, set by reportlab on A4 across.

The same blocks give the same bytes.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

MARGIN_MM = 15
MOST_COLUMNS = 8
"""Of a table; one with more is cut into several, each with the first column."""


@dataclass(frozen=True)
class Block:
    """A part of a report: ``title``, ``heading``, ``text``, ``code``, ``table`` or ``picture``."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table, its headings first."""
    picture: bytes = b""
    """A PNG."""


def report_pdf(blocks: Sequence[Block]) -> bytes:
    """The file."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import Image, Paragraph, Preformatted, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    size = landscape(A4)
    width = size[0] - 2 * MARGIN_MM * mm
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=size, invariant=1, title=blocks[0].text if blocks else "Report", author="Music workbench",
        **{f"{side}Margin": MARGIN_MM * mm for side in ("left", "right", "top", "bottom")},
    )  # fmt: skip
    names = {"title": "Title", "heading": "Heading2", "text": "BodyText"}
    story: list[Any] = []
    for block in blocks:
        if block.kind == "table":
            story += [*_tables(block.rows, width, styles), Spacer(1, 4 * mm)]
        elif block.kind == "picture":
            image = Image(io.BytesIO(block.picture))
            scale = min(width / image.imageWidth, (size[1] - 50 * mm) / image.imageHeight)
            image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
            story.append(image)
        elif block.kind == "code":
            story.append(Preformatted(_latin(block.text), styles["Code"], maxLineLength=130))
        else:
            story.append(Paragraph(escape(_latin(block.text)), styles[names[block.kind]]))
    document.build(story)
    return buffer.getvalue()


def _tables(rows: Sequence[Sequence[str]], width: float, styles: Any) -> list[Any]:
    """A table, cut into several where it has too many columns for the paper."""
    from reportlab.lib import colors
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    small = styles["BodyText"].clone("small", fontSize=7.5, leading=9)
    look = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.lightgrey),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    found: list[Any] = []
    count = len(rows[0])
    for first in range(1, count, MOST_COLUMNS - 1):
        columns = [0, *range(first, min(first + MOST_COLUMNS - 1, count))]
        cells = [[Paragraph(escape(_latin(row[c] or "–")), small) for c in columns] for row in rows]
        found += [Table(cells, colWidths=width / len(columns), style=look, repeatRows=1), Spacer(1, 8)]  # fmt: skip
    return found


def _latin(text: str) -> str:
    """With signs that the PDF's own typefaces have: marks of the leaderboard become stars and rings."""
    text = text.replace("●", "*").replace("○", "°").replace("σ", "s")
    return text.encode("cp1252", "replace").decode("cp1252")
