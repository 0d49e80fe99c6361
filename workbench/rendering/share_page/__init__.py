"""A share page: one HTML file that shows a score and plays it, without the app and without a network.

It holds the engravings, the sound as MP3, the music font and the app's own player. Its content security policy allows the
one script and the one style sheet in it, by their digests, and no request to anywhere. Texts that a person typed stand
in it escaped; drawings are those of :mod:`workbench.rendering.svg`, which hold nothing but drawing.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path

from workbench.core.provenance import Credits
from workbench.rendering.engraving import MUSIC_FONT, Engraving, notation_font
from workbench.rendering.player import drawn, script, source
from workbench.rendering.timing import Pulse

MOST_SOUND_BYTES = 600_000
"""What the sound of a page may take, so that a page of 32 bars stays below 1.5 MB; long music gets fewer bits a second."""

_FOLDER = Path(__file__).parent
_EXPORT = "export default function ("
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="description" content="{statement}">
<meta name="generator" content="Music workbench">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p class="statement">{statement}</p>
<div class="place">{player}</div>
<noscript><p>This page plays its music with JavaScript, which is off in this browser.</p></noscript>
<dl>{details}</dl>
</main>
<footer>This file holds everything it needs and asks no network for anything.</footer>
<script type="application/json" id="music">{music}</script>
<script>{script}</script>
</body>
</html>
"""


def share_page(engravings: Sequence[Engraving], bars: Pulse, mp3: bytes, credits: Credits) -> bytes:
    """The file: ``engravings`` of one score for several widths, its bars, its sound, and what is said of it."""
    style = source("player.css") + _text("page.css")
    code = _script()
    title = credits.title or "Untitled"
    music = {
        **drawn(*engravings, bars=bars),
        "label": title,
        "sound": base64.b64encode(mp3).decode(),
        "font": {"family": MUSIC_FONT, "url": _data_url(notation_font(), "font/woff2")},
    }
    policy = (
        f"default-src 'none'; script-src {_digest(code)}; style-src {_digest(style)}; "
        "media-src blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    rows = (f"<dt>{html.escape(a)}</dt><dd>{html.escape(b)}</dd>" for a, b in credits.details)
    return _PAGE.format(
        policy=policy,
        title=html.escape(title),
        statement=html.escape(credits.statement),
        style=style,
        player=source("player.html"),
        details="".join(rows),
        music=json.dumps(music).replace("<", "\\u003c"),
        script=code,
    ).encode()


def _script() -> str:
    """The player as a function and the lines that start it, in a scope of their own."""
    player = script()
    assert player.count(_EXPORT) == 1
    return f"(() => {{\n{player.replace(_EXPORT, 'function player(')}\n{_text('page.js')}}})();"


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data_url(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
