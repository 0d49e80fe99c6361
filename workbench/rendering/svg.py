"""Engraved SVG made safe and neutral.

An engraving carries text a person typed (titles, part names), so what reaches a page is rebuilt from
a list of what is allowed: drawing elements and text, no script, no event handler, no style sheet,
no reference to anything outside the document.

It takes the colour of the text around it (``currentColor``), so that one engraving serves light and dark
pages, and a single note is coloured by setting CSS ``color`` on it.

Notes keep their ids and gain ``aria-label``, their name in words: ``F sharp 4``. Measures keep their number
as ``data-n``.
"""

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_ELEMENTS = "svg g defs symbol use path rect ellipse circle line polygon polyline text tspan"
_ALLOWED = {f"{{{SVG}}}{name}": name for name in _ELEMENTS.split()}  # names within the namespace
_NAMES = """
    id class aria-label data-n d x y x1 x2 y1 y2 dx dy cx cy r rx ry width height points transform
    viewBox overflow font-family font-size font-style font-weight text-anchor fill fill-opacity
    stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin stroke-opacity opacity
"""
_ATTRIBUTES = frozenset(_NAMES.split())
_ACCIDENTALS = {"s": " sharp", "f": " flat", "ss": " double sharp", "x": " double sharp"}
_ACCIDENTALS |= {"ff": " double flat", "n": "", "": ""}
# What verovio says in a style sheet, said as attributes: style sheets do not pass.
_BOLD = frozenset({"ending", "fing", "reh", "tempo"})
_ITALIC = frozenset({"dir", "dynam", "mNum"})

ElementTree.register_namespace("", SVG)


def neutral_svg(text: str) -> str:
    """The SVG with nothing in it but drawing, in the colour of its surroundings.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        Where the text is no XML.
    """
    root = ElementTree.fromstring(text)
    _clean(root)
    root.set("fill", "currentColor")
    root.set("stroke", "currentColor")
    return ElementTree.tostring(root, encoding="unicode")


def described(svg: str, text: str) -> str:
    """The drawing with a description, which programs show and screen readers read; as it is where there is none."""
    if not text:
        return svg
    begun = svg.index(">", svg.index("<svg")) + 1
    return f"{svg[:begun]}<desc>{escape(text)}</desc>{svg[begun:]}"


def stacked(pages: Sequence[str]) -> str:
    """Drawings, each with a width and a height in pixels, one below the other in one."""
    if len(pages) == 1:
        return pages[0]
    root = ElementTree.Element(f"{{{SVG}}}svg")
    height = width = 0
    for page in map(ElementTree.fromstring, pages):
        size = [int(page.get(name, "0").removesuffix("px")) for name in ("width", "height")]
        page.set("y", str(height))
        root.append(page)
        width, height = max(width, size[0]), height + size[1]
    root.set("width", f"{width}px")
    root.set("height", f"{height}px")
    return ElementTree.tostring(root, encoding="unicode")


def _clean(element: ElementTree.Element) -> None:
    classes = element.get("class", "").split()
    kind = classes[0] if classes else ""
    if kind == "note":
        element.set("aria-label", _note_name(element))
    for child in list(element):
        name = _ALLOWED.get(child.tag)
        if name is None or "placeholder" in child.get("class", "").split():
            _remove(element, child)
            continue
        _clean(child)
        if name == "g" and not len(child):
            _remove(element, child)
    name = _ALLOWED.get(element.tag)
    # Glyphs of the music font stand in ``defs`` with ids such as ``E0A4-x1``, and have no class.
    is_glyph = name in ("g", "symbol") and "class" not in element.attrib
    _clean_attributes(element, keep_id=kind == "note" or is_glyph)
    if name == "text":
        element.set("stroke", "none")
    elif kind in _BOLD:
        element.set("font-weight", "bold")
    elif kind in _ITALIC:
        element.set("font-style", "italic")


def _remove(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Take a child out; the text behind it stays."""
    siblings = list(parent)
    index = siblings.index(child)
    if child.tail and child.tail.strip():
        before = siblings[index - 1] if index else None
        if before is None:
            parent.text = (parent.text or "") + child.tail
        else:
            before.tail = (before.tail or "") + child.tail
    parent.remove(child)


def _clean_attributes(element: ElementTree.Element, *, keep_id: bool) -> None:
    for name, value in list(element.attrib.items()):
        if name in (f"{{{XLINK}}}href", "href"):
            del element.attrib[name]
            if value.startswith("#"):
                element.set("href", value)
        elif name not in _ATTRIBUTES or "url(" in value or value == "black":
            del element.attrib[name]
    if not keep_id:
        element.attrib.pop("id", None)


def _note_name(note: ElementTree.Element) -> str:
    """``F sharp 4``, from the attributes verovio was asked to write."""
    accidental = ""
    for child in note.iter():
        if "accid" in child.get("class", "").split():
            accidental = child.get("data-accid") or child.get("data-accid.ges") or ""
    step = note.get("data-pname", "").upper()
    return f"{step}{_ACCIDENTALS.get(accidental, '')} {note.get('data-oct', '')}".strip()
