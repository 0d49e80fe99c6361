"""The statement that a model made a piece, read back from what people look at: PDF, SVG and share pages.

Only the fields are looked at that :mod:`workbench.rendering.pdf`, :mod:`workbench.rendering.svg` and
:mod:`workbench.rendering.share_page` write: a PDF's *Subject*, the first ``<desc>`` elements of a drawing, the description of a page. They are
found as bytes; nothing is unpacked, laid out or run. A file that another program wrote anew may keep them elsewhere, or not at all.
"""

import html
import re

from workbench.core.provenance import found_in

MAX_BYTES = 50_000_000
_HEAD = 65_536  # bytes within which a drawing or a page describes itself

_SUBJECT = re.compile(
    rb"/Subject\s{0,9}(?:\(((?:[^()\\]|\\.|\((?:[^()\\]|\\.){0,500}\)){0,4000})\)|<([0-9A-Fa-f\s]{0,8000})>)",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"} | dict.fromkeys(
    (b"\n", b"\r", b"\r\n"), b""
)
_DESCRIBED = re.compile(r'<meta\s+name="description"\s+content="([^"]{0,4000})"', re.IGNORECASE)
_DESC = re.compile(r"<desc\b[^<>]{0,200}>([^<]{0,4000})</desc>")


def is_shown(data: bytes) -> bool:
    """Whether a file is a PDF, a page or a drawing, by how it begins."""
    return _is_pdf(data) or _is_page(data) or _is_drawing(data)


def statement_in(data: bytes) -> str:
    """What such a file says of a model that made it; empty where it says nothing."""
    if _is_pdf(data):
        return found_in(*(_said(*found.groups()) for found in _SUBJECT.finditer(data)))
    head = data[:_HEAD].decode("utf-8", errors="replace")
    pattern = _DESC if _is_drawing(data) else _DESCRIBED
    return found_in(*(html.unescape(found[1]) for found in pattern.finditer(head)))


def _is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:1024]


def _is_page(data: bytes) -> bool:
    return _start(data).lower().startswith((b"<!doctype html", b"<html"))


def _is_drawing(data: bytes) -> bool:
    start = _start(data)
    return start.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in start


def _start(data: bytes) -> bytes:
    return data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()


def _said(literal: bytes | None, digits: bytes | None) -> str:
    """A text string of a PDF: UTF-16 where it says so, else one byte a letter."""
    if literal is not None:
        text = _ESCAPED.sub(_sign, literal)
    else:
        pairs = re.sub(rb"\s", b"", digits or b"")
        text = bytes.fromhex(pairs[: len(pairs) // 2 * 2].decode())
    if text.startswith(b"\xfe\xff"):
        return text[2:].decode("utf-16-be", errors="replace")
    return text.decode("latin-1")


def _sign(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code.isdigit():
        return bytes([int(code, 8) & 255]) if code[0] < ord("8") else code
    return _SIGNS.get(code, code)
